"""One decision, or one person, for many matches of the queue; each is told apart in the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import RejectReason, Verdict
from matchmaker.extensions import db
from matchmaker.i18n.errors import sentence
from matchmaker.models import Match, User
from matchmaker.queries import matches as find
from matchmaker.queries.match_waits import JUDGED
from matchmaker.services import matches
from matchmaker.services.match_sides import staff_sides
from matchmaker.web.commit import commit
from matchmaker.web.forms import MAX_DIGITS
from matchmaker.web.matches.reviewing import StoryLine, check_version, story
from matchmaker.web.matches.views import blueprint
from matchmaker.web.permissions import current_actor, requires

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Picked:
    """A ticked match, with the version and the texts that the person saw in the queue."""

    reference: str
    version: int
    seen: tuple[int, int]

    @classmethod
    def parse(cls, value: str) -> Picked | None:
        """Read what a tick box sent; None for anything else."""
        reference, *numbers = value.split(":")
        if len(numbers) != 3 or not all(
            number.isdecimal() and len(number) < MAX_DIGITS for number in numbers
        ):
            return None
        version, first, second = (int(number) for number in numbers)
        return cls(reference, version, (first, second))


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with each of them."""

    action: str
    reason: RejectReason | None
    note: str
    assignee: User | None


@dataclass(frozen=True, slots=True)
class Result:
    """What happened to one match."""

    reference: str
    title: str
    language: str
    done: bool
    text: str
    last: StoryLine | None = None
    """What somebody else did to it meanwhile."""


@blueprint.route("/bulk", methods=["GET", "POST"])
@requires(Permission.MATCH_CENTRE_REVIEW)
def bulk() -> ResponseReturnValue:
    """Carry out one action on all ticked matches and say for each what happened."""
    if request.method == "GET":  # the result was left and come back to, or its language changed
        return redirect(url_for(".queue"))
    actor = current_actor()
    values = dict.fromkeys(request.form.getlist("match"))
    picked = {one.reference: one for value in values if (one := Picked.parse(value))}
    found = find.get_matches(db.session, actor, list(picked)[:MOST])
    wish = _wish(actor)
    results = [_one(actor, match, picked[match.reference], wish) for match in found]
    commit()
    return render_template(
        "matches/bulk.html",
        results=results,
        done=sum(result.done for result in results),
        back=request.form.get("back", ""),
    )


def _wish(actor: Actor) -> Wish:
    reason = request.form.get("reason", "")
    people = {person.email: person for person in find.own_colleagues(db.session, actor)}
    return Wish(
        action=request.form.get("action", ""),
        reason=RejectReason(reason) if reason in set(RejectReason) else None,
        note=request.form.get("note", "").strip()[:2000],
        assignee=people.get(request.form.get("assignee", "")),
    )


def _one(actor: Actor, match: Match, picked: Picked, wish: Wish) -> Result:
    """Act on one match in a savepoint of its own: what is refused leaves the others alone."""
    reference = match.reference
    title = find.title_of(match.offer_revision, actor.locale)
    try:
        with db.session.begin_nested():
            check_version(match, picked.version)
            text = str(_act(actor, match, picked, wish))
    except (DomainError, StaleDataError) as error:
        told = error if isinstance(error, DomainError) else DomainError(ErrorCode.STALE)
        last = _last_line(actor, match) if told.code is ErrorCode.STALE else None
        return Result(
            reference, title.text, title.language, done=False, text=sentence(told), last=last
        )
    return Result(reference, title.text, title.language, done=True, text=text)


def _last_line(actor: Actor, match: Match) -> StoryLine | None:
    lines = story(match, find.centre_names(db.session, actor.locale), notes=False)
    return lines[-1] if lines else None


def _act(actor: Actor, match: Match, picked: Picked, wish: Wish) -> Any:
    if wish.action == "assign":
        for side in staff_sides(actor, match):
            matches.assign(db.session, actor, match, side, wish.assignee, now=utc_now())
        if wish.assignee is None:
            return _("Assigned to nobody.")
        return _("Assigned to %(name)s.", name=wish.assignee.name)
    if wish.action not in set(Verdict):
        raise DomainError(ErrorCode.UNKNOWN_CODE, value=wish.action)
    verdict = Verdict(wish.action)
    sides = find.waiting_sides(actor, match) if match.state in JUDGED else ()
    if not sides:
        raise DomainError(ErrorCode.DECISION_TOO_LATE)
    for side in sides if verdict is Verdict.APPROVE else sides[:1]:
        matches.decide(
            db.session, actor, match, side, verdict=verdict, reason=wish.reason,
            note=wish.note, seen=picked.seen, now=utc_now(),
        )  # fmt: skip
    return _("Approved.") if verdict is Verdict.APPROVE else _("Rejected.")
