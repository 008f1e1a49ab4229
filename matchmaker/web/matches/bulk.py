"""One decision, or one person, for many matches of the queue; each is told apart in the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

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
from matchmaker.web.matches.forms import BulkForm
from matchmaker.web.matches.reviewing import StoryLine, check_version, story
from matchmaker.web.matches.views import blueprint, queue_page
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

    @property
    def value(self) -> str:
        """What its tick box sends."""
        return ":".join(map(str, (self.reference, self.version, *self.seen)))


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
    again: str = ""
    """What its tick box sends when the person tries again; '' where there is nothing to try."""


@blueprint.route("/bulk", methods=["GET", "POST"])
@requires(Permission.MATCH_CENTRE_REVIEW)
def bulk() -> ResponseReturnValue:
    """Carry out one action on all ticked matches and say for each what happened."""
    if request.method == "GET":  # the result was left and come back to, or its language changed
        return redirect(url_for(".queue"))
    actor = current_actor()
    people = find.own_colleagues(db.session, actor)
    form = BulkForm()
    form.fill(people)
    back = request.form.get("back", "")
    values = list(dict.fromkeys(request.form.getlist("match")))[:MOST]
    picked = {one.reference: one for value in values if (one := Picked.parse(value))}
    if not picked:
        form.form_errors.append(_("You chose no match. Tick those that you mean."))
        return queue_page(MultiDict(parse_qsl(back)), form), 400
    wish = _wish(form, people) if form.validate() else None
    results = _results(actor, picked, wish)
    if wish is not None:
        commit()
    page = render_template(
        "matches/bulk.html",
        results=results,
        done=sum(result.done for result in results),
        again=any(result.again for result in results),
        form=form,
        back=back,
    )
    return page, 200 if wish is not None else 400


def _results(actor: Actor, picked: Mapping[str, Picked], wish: Wish | None) -> list[Result]:
    """What happened to each; without a wish nothing was tried, and all can be sent again."""
    found = {match.reference: match for match in find.get_matches(db.session, actor, list(picked))}
    results = []
    for reference, match in found.items():
        if wish is not None:
            results.append(_one(actor, match, picked[reference], wish))
            continue
        title = find.title_of(match.offer_revision, actor.locale)
        results.append(
            Result(
                reference, title.text, title.language, done=False, text="",
                again=picked[reference].value,
            )
        )  # fmt: skip
    gone = _("It is not among the matches that you may see any more.")
    return results + [
        Result(reference, "", actor.locale, done=False, text=gone)
        for reference in picked
        if reference not in found
    ]


def _wish(form: BulkForm, people: Sequence[User]) -> Wish:
    by_address = {person.email: person for person in people}
    return Wish(
        action=request.form.get("action", ""),
        reason=RejectReason(form.reason.data) if form.reason.data else None,
        note=form.note.data or "",
        assignee=by_address.get(form.assignee.data or ""),
    )


def _one(actor: Actor, match: Match, picked: Picked, wish: Wish) -> Result:
    """Act on one match in a savepoint of its own: what is refused leaves the others alone.

    Whoever tries again has been told what happened meanwhile; which texts were seen stays.
    """
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
            reference, title.text, title.language, done=False, text=sentence(told), last=last,
            again=replace(picked, version=match.lock_version).value,
        )  # fmt: skip
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
