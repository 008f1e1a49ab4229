"""The agreement of a match: proposed by a party, recorded by staff, confirmed by other staff."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from matchmaker.domain.clock import local_date
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import clean_text
from matchmaker.domain.match_states import By
from matchmaker.domain.outcomes import Terms, check_terms
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import FollowUpAnswer, MatchState, OutcomeClosing, Side
from matchmaker.models import Attachment, Match, Outcome, OutcomeEvidence
from matchmaker.queries.match_waits import BEFORE_AGREEMENT
from matchmaker.services import audit, match_states
from matchmaker.services.attachments import store_file
from matchmaker.services.audit import AuditAction
from matchmaker.services.case_messages import Upload
from matchmaker.services.casework import write_note
from matchmaker.services.match_notices import tell_reported
from matchmaker.services.match_sides import (
    check_staff,
    deciding_centre,
    is_involved,
    party_sides,
    staff_sides,
)

MAX_FILES: Final = 5
_TERMS: Final = tuple(field.name for field in fields(Terms))
_FREE_TEXT: Final = frozenset({"registration_number", "note"})
"""The audit trail holds that these changed, not what people wrote."""


def propose_outcome(
    session: Session,
    actor: Actor,
    match: Match,
    terms: Terms,
    *,
    files: Sequence[Upload] = (),
    folder: Path,
    now: datetime,
) -> Outcome:
    """Write down what a party says of the agreement it signed; staff check and record it.

    Each party has a report of its own, which it may write anew until staff record or refuse it.
    Raises DomainError: NOT_ALLOWED, OUTCOME_EXISTS,
    MATCH_STEP_NOT_ALLOWED, those of `check_terms` and `store_file`, TOO_MANY_FILES.
    """
    sides = party_sides(actor, match)
    if not sides:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    side = sides[0]
    if match.state in {MatchState.AGREEMENT, MatchState.OUTCOME_CONFIRMED}:
        raise DomainError(ErrorCode.OUTCOME_EXISTS)
    _check_before_agreement(match)
    earlier = match.report(side)
    outcome = _write(match, earlier, _cleaned(match, side, terms, now))
    outcome.proposed_side, outcome.proposed_by_id, outcome.proposed_at = side, actor.user_id, now
    _add_files(actor, outcome, side, files, folder=folder, now=now)
    audit.record(
        session, actor, AuditAction.OUTCOME_PROPOSED, match, now=now,
        side=side, by=By.PARTY, files=len(files), **_plain(outcome),
    )  # fmt: skip
    if earlier is None:
        tell_reported(session, actor, match, side, FollowUpAnswer.AGREEMENT_SIGNED, now=now)
    return outcome


def refuse_proposal(
    session: Session, actor: Actor, match: Match, side: Side, *, note: str, now: datetime
) -> None:
    """Close what the party of `side` proposed; the note says why, for the colleagues.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, NOTE_MISSING, OUTCOME_MISSING
    (nothing is proposed).
    """
    check_staff(actor, match)
    report = match.report(side)
    if report is None or match.state not in BEFORE_AGREEMENT:
        raise DomainError(ErrorCode.OUTCOME_MISSING)
    if not note.strip():
        raise DomainError(ErrorCode.NOTE_MISSING, field="note")
    report.closed_at, report.closing = now, OutcomeClosing.REFUSED
    match_states.touch(match)
    session.flush()  # one open report of a party at a time
    audit.record(session, actor, AuditAction.OUTCOME_PROPOSAL_REFUSED, match, now=now, side=side)
    write_note(session, actor, match, note, now)


def record_outcome(
    session: Session,
    actor: Actor,
    match: Match,
    terms: Terms,
    *,
    files: Sequence[Upload] = (),
    folder: Path | None = None,
    now: datetime,
) -> Outcome:
    """Record the agreement and take the match to it; while it is not confirmed, amend it.

    What the parties reported is closed and stays as it was; its files go with the agreement, and so
    do those of an agreement from which the talks stepped back. `folder` is the upload folder,
    needed with `files`. Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION,
    MATCH_STEP_NOT_ALLOWED (there is no introduction, or it is confirmed), those of `check_terms`
    and `store_file`, TOO_MANY_FILES.
    """
    side = check_staff(actor, match)[0]
    amends = match.state is MatchState.AGREEMENT
    if not amends:
        _check_before_agreement(match)
    before = _plain(match.outcome) if match.outcome is not None else {}
    texts = _texts(match.outcome)
    outcome = _write(match, match.outcome, _cleaned(match, side, terms, now))
    _sign(session, actor, outcome, match.centre_id(side), now=now)
    if not amends:
        _take_over(match, outcome, now)
    if files and folder is not None:
        _add_files(actor, outcome, None, files, folder=folder, now=now)
    after = _plain(outcome)
    if amends:
        changed = sorted(name for name in after if after[name] != before.get(name))
        rewritten = sorted(name for name, text in _texts(outcome).items() if text != texts[name])
        audit.record(
            session, actor, AuditAction.OUTCOME_CHANGED, match, now=now,
            changed=[*changed, *rewritten], before=before, files=len(files), **after,
        )  # fmt: skip
    else:
        audit.record(
            session, actor, AuditAction.OUTCOME_RECORDED, match, now=now, files=len(files), **after
        )
        match_states.move(session, actor, match, MatchState.AGREEMENT, by=By.STAFF, now=now)
    return outcome


def confirm_outcome(session: Session, actor: Actor, match: Match, *, now: datetime) -> Outcome:
    """Confirm a recorded agreement: somebody else's eyes have seen it.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, MATCH_STEP_NOT_ALLOWED,
    OUTCOME_MISSING, OUTCOME_OTHER_EYES.
    """
    side = check_staff(actor, match)[0]
    if match.state is not MatchState.AGREEMENT:
        raise DomainError(
            ErrorCode.MATCH_STEP_NOT_ALLOWED,
            state=match.state,
            target=MatchState.OUTCOME_CONFIRMED,
        )
    outcome = match.outcome
    if outcome is None or outcome.recorded_at is None:
        raise DomainError(ErrorCode.OUTCOME_MISSING)
    if not has_other_eyes(actor, match, outcome):
        raise DomainError(ErrorCode.OUTCOME_OTHER_EYES)
    outcome.confirmed_by_id, outcome.confirmed_at = actor.user_id, now
    outcome.confirmed_centre_id = deciding_centre(session, actor, match.centre_id(side), now=now)
    match_states.move(session, actor, match, MatchState.OUTCOME_CONFIRMED, by=By.STAFF, now=now)
    return outcome


def has_other_eyes(actor: Actor, match: Match, outcome: Outcome) -> bool:
    """Tell whether the actor may confirm what somebody recorded: never one's own record; staff of
    the other centre, a lead, or, where both sides belong to one centre, any colleague."""
    if actor.system:
        return True
    if not staff_sides(actor, match) or is_involved(actor, match):
        return False
    if outcome.recorded_by_id == actor.user_id:
        return False
    one_centre = match.offer_centre_id == match.need_centre_id
    return (
        one_centre
        or bool(actor.lead_centre_ids)
        or outcome.recorded_centre_id not in actor.centre_ids
    )


def reported_sides(match: Match) -> tuple[Side, ...]:
    """Return the sides whose report of an agreement waits for staff to record it."""
    if match.state not in BEFORE_AGREEMENT:
        return ()
    return tuple(side for side in Side if match.report(side) is not None)


def last_known(match: Match) -> Outcome | None:
    """Return what is known of the agreement by now: the recorded one, else what was reported last,
    else the one from which the talks stepped back."""
    if match.outcome is not None:
        return match.outcome
    return match.reports[-1] if match.reports else _stepped_back(match)


def remove_evidence(
    session: Session, actor: Actor, match: Match, token: str, *, now: datetime
) -> None:
    """Take a file away from an agreement that is not confirmed; somebody else then confirms what
    is left of it. A party's report keeps its own files.

    Raises DomainError: NOT_ALLOWED, DECISION_OWN_ORGANISATION, NOT_FOUND.
    """
    side = check_staff(actor, match)[0]
    outcome = match.outcome
    found = next(
        (e for e in (outcome.evidence if outcome else ()) if e.attachment.token == token), None
    )
    if outcome is None or found is None or match.state is MatchState.OUTCOME_CONFIRMED:
        raise DomainError(ErrorCode.NOT_FOUND)
    outcome.evidence.remove(found)
    _sign(session, actor, outcome, match.centre_id(side), now=now)
    match_states.touch(match)
    audit.record(
        session, actor, AuditAction.OUTCOME_CHANGED, match, now=now,
        changed=["evidence"], **_plain(outcome),
    )  # fmt: skip


def _check_before_agreement(match: Match) -> None:
    if match.state not in BEFORE_AGREEMENT:
        raise DomainError(
            ErrorCode.MATCH_STEP_NOT_ALLOWED, state=match.state, target=MatchState.AGREEMENT
        )


def _cleaned(match: Match, side: Side, terms: Terms, now: datetime) -> Terms:
    """Check what an agreement says; its day counts at the centre of the side that says it."""
    texts = {
        "registration_number": " ".join(clean_text(terms.registration_number).split()),
        "note": clean_text(terms.note),
    }
    values = {name: getattr(terms, name) for name in _TERMS} | texts
    return check_terms(Terms(**values), local_date(now, match.centre(side).time_zone))


def _write(match: Match, outcome: Outcome | None, terms: Terms) -> Outcome:
    """Write what an agreement says into its row, or into a new one."""
    new = outcome is None
    outcome = outcome or Outcome(registration_number="", note="")
    for name in _TERMS:
        setattr(outcome, name, getattr(terms, name))
    if new:
        match.outcomes.append(outcome)
    match_states.touch(match)
    return outcome


def _sign(
    session: Session, actor: Actor, outcome: Outcome, responsible_id: int, *, now: datetime
) -> None:
    """Write down who of staff answers for what is recorded now."""
    outcome.recorded_by_id, outcome.recorded_at = actor.user_id, now
    outcome.recorded_centre_id = deciding_centre(session, actor, responsible_id, now=now)


def _stepped_back(match: Match) -> Outcome | None:
    closed = (o for o in reversed(match.outcomes) if o.closing is OutcomeClosing.STEPPED_BACK)
    return next(closed, None)


def _take_over(match: Match, outcome: Outcome, now: datetime) -> None:
    """Give a new agreement the files that are there already, and close the reports."""
    earlier = _stepped_back(match)
    for source in [*([earlier] if earlier else []), *match.reports]:
        for each in source.evidence:
            _attach(outcome, each.attachment, each.side)
    for report in match.reports:
        report.closed_at, report.closing = now, OutcomeClosing.RECORDED


def _attach(outcome: Outcome, attachment: Attachment, side: Side | None) -> None:
    if any(each.attachment is attachment for each in outcome.evidence):
        return
    position = max((each.position for each in outcome.evidence), default=-1) + 1
    outcome.evidence.append(OutcomeEvidence(attachment=attachment, side=side, position=position))


def _add_files(
    actor: Actor,
    outcome: Outcome,
    side: Side | None,
    files: Sequence[Upload],
    *,
    folder: Path,
    now: datetime,
) -> None:
    own = [each for each in outcome.evidence if each.side is side]
    if len(own) + len(files) > MAX_FILES:
        raise DomainError(ErrorCode.TOO_MANY_FILES, field="files", limit=MAX_FILES)
    for upload in files:
        try:
            attachment = store_file(
                actor, content=upload.content, filename=upload.filename, folder=folder, now=now
            )
        except DomainError as error:
            raise DomainError(error.code, field="files", **error.data) from error
        _attach(outcome, attachment, side)


def _plain(outcome: Outcome) -> dict[str, object]:
    """The agreement for the audit trail: codes, numbers and the day."""
    values = {name: getattr(outcome, name) for name in _TERMS if name not in _FREE_TEXT}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def _texts(outcome: Outcome | None) -> dict[str, str]:
    return {name: getattr(outcome, name) if outcome else "" for name in sorted(_FREE_TEXT)}
