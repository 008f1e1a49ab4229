"""The entries of the header, in one table: each area adds its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from matchmaker.domain.permissions import Actor, Permission


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry. `permission` None shows it to everybody."""

    endpoint: str
    label: LazyString
    permission: Permission | None = None


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry as the page shows it."""

    url: str
    label: LazyString
    current: bool


NAVIGATION: Final[tuple[NavItem, ...]] = (
    NavItem("search.results", _l("Search")),
    NavItem("directory.index", _l("Directory")),
    NavItem("posting.mine", _l("My listings"), Permission.LISTING_OWN_EDIT),
    NavItem("cases.mine", _l("My matches"), Permission.MATCH_OWN_ANSWER),
    NavItem("posting.new", _l("Post"), Permission.LISTING_OWN_EDIT),
    NavItem("desk.index", _l("My desk"), Permission.MATCH_CENTRE_REVIEW),
    NavItem("moderation.queue", _l("Moderation"), Permission.LISTING_CENTRE_MODERATE),
    NavItem("translations.queue", _l("Translations"), Permission.TRANSLATION_CENTRE_WRITE),
    NavItem("matches.queue", _l("Matches"), Permission.MATCH_CENTRE_REVIEW),
    NavItem("match_audit.queue", _l("Matches for auditors"), Permission.MATCH_AUDIT_READ),
    NavItem("tasks.queue", _l("Tasks"), Permission.TASK_CENTRE_DO),
    NavItem("represented.index", _l("Without account"), Permission.LISTING_CENTRE_POST),
    NavItem("organisations.queue", _l("Organisations"), Permission.ORGANISATION_CENTRE_VERIFY),
    NavItem("glossary.index", _l("Glossary"), Permission.GLOSSARY_CENTRE_EDIT),
    NavItem("export_control.index", _l("Export control"), Permission.EXPORT_CATALOGUE_READ),
    NavItem("statistics.index", _l("Statistics"), Permission.STATISTICS_NETWORK_READ),
    NavItem("engine.learnt", _l("What the engine learns"), Permission.BLEND_ANY_READ),
    NavItem("nda_texts.index", _l("Non-disclosure agreement"), Permission.NDA_TEXT_MANAGE),
    NavItem("administration.users", _l("Administration"), Permission.USER_ANY_MANAGE),
    NavItem("demo.mails", _l("Sent mails")),
)


def nav_items(actor: Actor) -> list[NavLink]:
    """Return the entries that `actor` may open, in order; areas not registered are left out."""
    blueprint = request.blueprint
    return [
        NavLink(
            url=url_for(item.endpoint),
            label=item.label,
            current=request.endpoint == item.endpoint
            or (blueprint is not None and _owner(item) == blueprint),
        )
        for item in NAVIGATION
        if item.endpoint in current_app.view_functions
        and (item.permission is None or actor.may(item.permission))
    ]


def _owner(item: NavItem) -> str | None:
    """The area whose every page lights this entry: none where two entries share an area."""
    area = item.endpoint.split(".")[0]
    shared = sum(other.endpoint.startswith(f"{area}.") for other in NAVIGATION) > 1
    return None if shared else area
