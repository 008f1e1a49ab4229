"""Answering from a mail, without signing in. Opening the page records nothing: mail scanners open
every link; only the button does."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import VISITOR
from matchmaker.extensions import db
from matchmaker.models import FollowUp
from matchmaker.queries.follow_ups import is_open, linked_follow_up
from matchmaker.queries.mail_facts import match_facts
from matchmaker.services import follow_ups
from matchmaker.services.follow_up_links import AnswerLink, read_answer
from matchmaker.web.commit import commit
from matchmaker.web.matches.outcome_forms import FollowUpFields, given_answer
from matchmaker.web.permissions import current_actor, public

blueprint = Blueprint("follow_up", __name__, url_prefix="/<locale:locale>/follow-up")


@blueprint.route("/<token>", methods=["GET", "POST"])
@public
def answer(token: str) -> ResponseReturnValue:
    """Show the question with the answer of the link chosen; record what is sent."""
    settings: Settings = current_app.config["SETTINGS"]
    link = read_answer(settings.secret_key, token)
    asked = _asked(link)
    if not is_open(asked, utc_now()):
        return _page(asked, None, closed=True), 410
    form = FollowUpFields(data=given_answer(asked) | _chosen(asked, link))
    form.fill()
    if not form.validate_on_submit():
        return _page(asked, form), 400 if request.method == "POST" else 200
    try:
        follow_ups.answer_follow_up(
            db.session, VISITOR, asked, **form.values(), by_link=True, now=utc_now()
        )
        commit()
    except DomainError as error:
        db.session.rollback()
        form.add_error(error)
        asked = _asked(link)
        return _page(asked, form), 409
    asked = _asked(link)
    return _page(asked, None, done=True)


def _asked(link: AnswerLink) -> FollowUp:
    return linked_follow_up(db.session, link.reference, link.side, link.days, link.introduced)


def _chosen(asked: FollowUp, link: AnswerLink) -> dict[str, str]:
    """The answer of the link; the note and the reason of another answer are left behind."""
    chosen = {"answer": link.answer.value}
    return chosen if asked.answer is link.answer else {**chosen, "decline_reason": "", "note": ""}


def _page(
    asked: FollowUp, form: FollowUpFields | None, *, done: bool = False, closed: bool = False
) -> str:
    locale = current_actor().locale
    return render_template(
        "follow_up/answer.html",
        asked=asked,
        facts=match_facts(db.session, asked.match.reference, asked.side, locale),
        form=form,
        done=done,
        closed=closed,
    )
