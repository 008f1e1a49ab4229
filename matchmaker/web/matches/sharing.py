"""How the centres of a match share the work: assign, take over, due date, hand over, remind."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import Side
from matchmaker.extensions import db
from matchmaker.models import Match, User
from matchmaker.queries import matches as find
from matchmaker.queries.centres import centre_by_code
from matchmaker.services import matches
from matchmaker.web.matches.views import blueprint, carry_out
from matchmaker.web.permissions import current_actor, requires


@blueprint.post("/<reference>/assign/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def assign(reference: str, side: str) -> ResponseReturnValue:
    """Give one side of a match to a colleague."""

    def act(match: Match, form: Any) -> None:
        actor = current_actor()
        colleagues = find.colleagues(db.session, actor, match, Side(side))
        people = {person.email: person for person in colleagues}
        wanted = form.assignee.data or ""
        if wanted and wanted not in people:
            raise DomainError(ErrorCode.UNKNOWN_CODE, field="assignee", value=wanted)
        matches.assign(db.session, actor, match, Side(side), people.get(wanted), now=utc_now())

    return carry_out(reference, f"assign-{side}", act, _l("The assignment is recorded."))


@blueprint.post("/<reference>/take-over/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def take_over(reference: str, side: str) -> ResponseReturnValue:
    """Work on one side oneself."""

    def act(match: Match, _form: Any) -> None:
        actor = current_actor()
        person = db.session.get(User, actor.user_id)
        matches.assign(db.session, actor, match, Side(side), person, now=utc_now())

    return carry_out(reference, f"take_over-{side}", act, _l("You work on it now."))


@blueprint.post("/<reference>/due/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def due(reference: str, side: str) -> ResponseReturnValue:
    """Say by when one side should be done."""

    def act(match: Match, form: Any) -> None:
        matches.set_due(
            db.session, current_actor(), match, Side(side), form.due_on.data, now=utc_now()
        )

    return carry_out(reference, f"due-{side}", act, _l("The due date is saved."))


@blueprint.post("/<reference>/hand-over/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def hand_over(reference: str, side: str) -> ResponseReturnValue:
    """Make another centre responsible for one side."""

    def act(match: Match, form: Any) -> None:
        centre = centre_by_code(db.session, form.centre.data, field="centre")
        matches.hand_over(
            db.session, current_actor(), match, Side(side), centre,
            note=form.note.data, now=utc_now(),
        )  # fmt: skip

    return carry_out(
        reference, f"hand_over-{side}", act, _l("The side is handed over; both centres get a mail.")
    )


@blueprint.post("/<reference>/remind-centre/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def remind_centre(reference: str, side: str) -> ResponseReturnValue:
    """Remind the other centre by mail."""

    def act(match: Match, _form: Any) -> None:
        matches.remind_centre(db.session, current_actor(), match, Side(side), now=utc_now())

    return carry_out(reference, f"remind_centre-{side}", act, _l("The centre gets a mail."))


@blueprint.post("/<reference>/remind-party/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def remind_party(reference: str, side: str) -> ResponseReturnValue:
    """Remind a party, by mail or with a task for who has no account."""

    def act(match: Match, _form: Any) -> None:
        matches.remind_party(db.session, current_actor(), match, Side(side), now=utc_now())

    return carry_out(
        reference, f"remind_party-{side}", act,
        _l("The party is reminded, by mail or by a task for those without an account."),
    )  # fmt: skip
