"""The blueprint that all views of the talks share, and what each of their pages shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext as _

from matchmaker.domain.match_states import By
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import Side
from matchmaker.extensions import db
from matchmaker.models import Match
from matchmaker.queries import talks as find
from matchmaker.queries.case_tiers import shown_revision, text_for
from matchmaker.queries.talks import Talk
from matchmaker.web.forms import BaseForm
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("talks", __name__, url_prefix="/<locale:locale>/talks/<reference>")
takes_part: Final = requires(Permission.MATCH_OWN_ANSWER, Permission.MATCH_CENTRE_REVIEW)
"""The parties, and staff of both centres; `own_talk` checks the row."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of a case, as an entry above its pages."""

    url: str
    text: str
    current: bool
    unread: int = 0


def own_talk(reference: str) -> Talk:
    """Return the talks that the person takes part in. Raises DomainError NOT_FOUND."""
    return find.get_talk(db.session, current_actor(), reference)


@blueprint.app_template_global()
def talk_tabs(match: Match) -> list[Tab]:
    """Return the parts of a case for whoever takes part in its talks, else nothing."""
    actor = current_actor()
    talk = find.talk_of(actor, match)
    if talk is None:
        return []
    unread = find.unread_counts(db.session, actor, [match.id]).get(match.id, 0)
    case = "cases.case" if talk.by is By.PARTY else "matches.review"
    parts: list[tuple[str, Any]] = [
        (case, _("Overview")),
        ("talks.thread", _("Messages")),
        ("talks.nda", _("Non-disclosure agreement")),
        ("talks.meetings", _("Meetings")),
        ("talks.files", _("Files")),
    ]
    return [
        Tab(
            url=url_for(endpoint, reference=match.reference),
            text=text,
            current=g.get("talk_part", request.endpoint) == endpoint,
            unread=unread if endpoint == "talks.thread" else 0,
        )
        for endpoint, text in parts
    ]


def talk_page(
    template: str, talk: Talk, part: str, *, form: BaseForm | None = None, **values: Any
) -> str:
    """Return a page of the talks. `part` is the endpoint of the tab that it belongs to, `form` the
    one that was refused."""
    g.talk_part = part
    g.form = form
    locale = current_actor().locale
    titles = {side: text_for(shown_revision(talk.match, side), locale) for side in Side}
    return render_template(
        f"talks/{template}.html",
        talk=talk,
        match=talk.match,
        titles=titles,
        is_party=talk.by is By.PARTY,
        form=form,
        **values,
    )
