"""What a party says of its talks when asked, and of the agreement that it signed."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.queries import cases as find
from matchmaker.queries.cases import Case
from matchmaker.queries.outcomes import evidence_of_party
from matchmaker.services import follow_ups, outcomes
from matchmaker.web.cases.views import blueprint, carry_out
from matchmaker.web.files import hand_out, upload_folder
from matchmaker.web.permissions import current_actor, requires


@blueprint.post("/<reference>/signed")
@requires(Permission.MATCH_OWN_ANSWER)
def outcome(reference: str) -> ResponseReturnValue:
    """Report a signed agreement to the centres."""

    def act(found: Case, form: Any) -> None:
        outcomes.propose_outcome(
            db.session, current_actor(), found.match, form.terms(),
            files=form.uploads(), folder=upload_folder(), now=utc_now(),
        )  # fmt: skip

    done = _l("Thank you, and congratulations. The centres record the agreement.")
    return carry_out(reference, "outcome", act, done)


@blueprint.post("/<reference>/follow-up")
@requires(Permission.MATCH_OWN_ANSWER)
def follow_up(reference: str) -> ResponseReturnValue:
    """Say how the talks go."""

    def act(found: Case, form: Any) -> None:
        asked = found.match.follow_up(found.side)
        if asked is None:
            raise DomainError(ErrorCode.FOLLOW_UP_CLOSED)
        follow_ups.answer_follow_up(
            db.session, current_actor(), asked, **form.values(), now=utc_now()
        )

    return carry_out(reference, "follow_up", act, _l("Your answer is recorded."))


@blueprint.get("/<reference>/evidence/<token>")
@requires(Permission.MATCH_OWN_ANSWER)
def evidence(reference: str, token: str) -> ResponseReturnValue:
    """Hand out a file that the person's own organisation sent, as a download."""
    found = find.get_case(db.session, current_actor(), reference)
    return hand_out(evidence_of_party(found.match, found.side, token))
