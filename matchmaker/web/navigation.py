"""The entries of the header, in one table: each area adds its line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from flask import current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from matchmaker.domain.permissions import Actor, Permission

MOST_IN_A_ROW: Final = 6
"""So many entries fit beside each other in every language; of more, groups fold together."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry. `permission` None shows it to everybody; `group` is where it folds away."""

    endpoint: str
    label: LazyString
    permission: Permission | None = None
    group: LazyString | None = None
    also: str = ""
    """Another area whose pages belong to it."""


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry as the page shows it."""

    url: str
    label: LazyString
    current: bool


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries that stand beside each other or, where `heading` is set, unfold under it."""

    heading: LazyString | None
    links: tuple[NavLink, ...]

    @property
    def current(self) -> bool:
        """Whether the page belongs to one of the entries."""
        return any(link.current for link in self.links)


_LISTINGS: Final = _l("Listings")
_MATCHES: Final = _l("Matches")
_KNOWLEDGE: Final = _l("Knowledge")
_ADMINISTRATION: Final = _l("Administration")

NAVIGATION: Final[tuple[NavItem, ...]] = (
    NavItem("search.results", _l("Search")),
    NavItem("directory.index", _l("Directory")),
    NavItem("desk.index", _l("My desk"), Permission.MATCH_CENTRE_REVIEW),
    NavItem("posting.mine", _l("My listings"), Permission.LISTING_OWN_EDIT, _LISTINGS),
    NavItem("posting.new", _l("Post"), Permission.LISTING_OWN_EDIT, _LISTINGS),
    NavItem("moderation.queue", _l("Moderation"), Permission.LISTING_CENTRE_MODERATE, _LISTINGS),
    NavItem(
        "translations.queue", _l("Translations"), Permission.TRANSLATION_CENTRE_WRITE, _LISTINGS
    ),
    NavItem("represented.index", _l("Without account"), Permission.LISTING_CENTRE_POST, _LISTINGS),
    NavItem(
        "organisations.queue", _l("Organisations"), Permission.ORGANISATION_CENTRE_VERIFY, _LISTINGS
    ),
    NavItem("cases.mine", _l("My matches"), Permission.MATCH_OWN_ANSWER, _MATCHES, "talks"),
    NavItem(
        "matches.queue",
        _l("Matches to review"),
        Permission.MATCH_CENTRE_REVIEW,
        _MATCHES,
        "landing",
    ),
    NavItem("desk.talks", _l("Running talks"), Permission.MATCH_CENTRE_REVIEW, _MATCHES, "talks"),
    NavItem("match_audit.queue", _l("Matches for auditors"), Permission.MATCH_AUDIT_READ, _MATCHES),
    NavItem("tasks.queue", _l("Tasks"), Permission.TASK_CENTRE_DO, _MATCHES),
    NavItem("glossary.index", _l("Glossary"), Permission.GLOSSARY_CENTRE_EDIT, _KNOWLEDGE),
    NavItem(
        "export_control.index", _l("Export control"), Permission.EXPORT_CATALOGUE_READ, _KNOWLEDGE
    ),
    NavItem("engine.learnt", _l("What the engine learns"), Permission.BLEND_ANY_READ, _KNOWLEDGE),
    NavItem("statistics.index", _l("Statistics"), Permission.STATISTICS_NETWORK_READ, _KNOWLEDGE),
    NavItem(
        "nda_texts.index",
        _l("Non-disclosure agreement"),
        Permission.NDA_TEXT_MANAGE,
        _ADMINISTRATION,
    ),
    NavItem(
        "undeliverable.index", _l("Undeliverable mail"), Permission.USER_ANY_MANAGE, _ADMINISTRATION
    ),
    NavItem("demo.mails", _l("Sent mails"), None, _ADMINISTRATION),
)


def nav_groups(actor: Actor) -> list[NavGroup]:
    """Return the entries that `actor` may open, in order; areas not registered are left out.

    Where there are many, those of one group fold under its heading, so that the header stays one
    row high. A group of one entry is that entry.
    """
    items = [
        item
        for item in NAVIGATION
        if item.endpoint in current_app.view_functions
        and (item.permission is None or actor.may(item.permission))
    ]
    here = _here(items)
    folds = len(items) > MOST_IN_A_ROW
    return [
        NavGroup(
            heading=group if folds and len(links) > 1 else None,
            links=tuple(
                NavLink(url_for(item.endpoint), item.label, item is here) for item in links
            ),
        )
        for group, some in groupby(items, key=lambda item: item.group)
        for links in (list(some),)
    ]


def _here(items: list[NavItem]) -> NavItem | None:
    """The entry of the page, else the first of its area."""
    area = request.blueprint
    exact = (item for item in items if item.endpoint == request.endpoint)
    near = (item for item in items if area in (item.endpoint.partition(".")[0], item.also))
    return next(exact, None) or (next(near, None) if area else None)
