"""What staff do when talks lead somewhere: the agreement, its evidence, answers on the phone."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import Side
from matchmaker.extensions import db
from matchmaker.models import Match
from matchmaker.queries import matches as find
from matchmaker.queries.outcomes import evidence_for_staff
from matchmaker.services import follow_ups, outcomes
from matchmaker.web.commit import commit
from matchmaker.web.files import hand_out, upload_folder
from matchmaker.web.matches.views import blueprint, carry_out
from matchmaker.web.permissions import current_actor, requires


@blueprint.post("/<reference>/outcome")
@requires(Permission.MATCH_CENTRE_REVIEW)
def outcome(reference: str) -> ResponseReturnValue:
    """Record the agreement and take the match to it, or amend it."""

    def act(match: Match, form: Any) -> None:
        outcomes.record_outcome(
            db.session, current_actor(), match, form.terms(),
            files=form.uploads(), folder=upload_folder(), now=utc_now(),
        )  # fmt: skip

    return carry_out(reference, "outcome", act, _l("The agreement is recorded."))


@blueprint.post("/<reference>/refuse-outcome/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def refuse_outcome(reference: str, side: str) -> ResponseReturnValue:
    """Close what a party reported; it is kept."""

    def act(match: Match, form: Any) -> None:
        outcomes.refuse_proposal(
            db.session, current_actor(), match, Side(side),
            note=form.note.data or "", now=utc_now(),
        )  # fmt: skip

    return carry_out(reference, f"refuse_outcome-{side}", act, _l("The report is not taken over."))


@blueprint.post("/<reference>/confirm")
@requires(Permission.MATCH_CENTRE_REVIEW)
def confirm(reference: str) -> ResponseReturnValue:
    """Confirm an agreement that somebody else recorded."""

    def act(match: Match, _form: Any) -> None:
        outcomes.confirm_outcome(db.session, current_actor(), match, now=utc_now())

    return carry_out(reference, "confirm", act, _l("The outcome is confirmed."))


@blueprint.post("/<reference>/follow-up/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def follow_up(reference: str, side: str) -> ResponseReturnValue:
    """Write down what a party said on the phone."""

    def act(match: Match, form: Any) -> None:
        asked = match.follow_up(Side(side))
        if asked is None:
            raise DomainError(ErrorCode.FOLLOW_UP_CLOSED)
        follow_ups.answer_follow_up(
            db.session, current_actor(), asked, **form.values(), now=utc_now()
        )

    return carry_out(reference, f"follow_up-{side}", act, _l("The answer is recorded."))


@blueprint.get("/<reference>/evidence/<token>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def evidence(reference: str, token: str) -> ResponseReturnValue:
    """Hand out a file of the agreement, as a download."""
    actor = current_actor()
    return hand_out(evidence_for_staff(find.get_match(db.session, actor, reference), actor, token))


@blueprint.post("/<reference>/evidence/<token>/remove")
@requires(Permission.MATCH_CENTRE_REVIEW)
def remove_evidence(reference: str, token: str) -> ResponseReturnValue:
    """Take a file away from an agreement that is not confirmed yet."""
    actor = current_actor()
    match = find.get_match(db.session, actor, reference)
    target = url_for(".review", reference=match.reference)
    outcomes.remove_evidence(db.session, actor, match, token, now=utc_now())
    commit()
    flash(_l("The file is removed."), "success")
    return redirect(target)
