"""What comes of an introduction, written as rows."""

from datetime import datetime

from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import Side, TechnologyContractType
from matchmaker.models import FollowUp, Match, Outcome, User
from tests.factories.clock import NOW, TODAY


def make_outcome(
    session: Session, match: Match, *, side: Side | None = None, recorded_by: User | None = None
) -> Outcome:
    """An agreement: a report of the party of `side`, or recorded by staff of the offer's centre."""
    outcome = Outcome(
        match=match, contract_type=TechnologyContractType.LICENCE, signed_on=TODAY,
        contract_value=120_000_000, transaction_value=80_000_000, currency="THB", jobs=12,
        registration_number="2026-45-0001", note="Signed in Bangkok", proposed_side=side,
        proposed_at=NOW if side else None,
    )  # fmt: skip
    if recorded_by is not None:
        outcome.recorded_by, outcome.recorded_at = recorded_by, NOW
        outcome.recorded_centre_id = match.offer_centre_id
    session.add(outcome)
    session.flush()
    return outcome


def make_follow_up(
    session: Session, match: Match, side: Side, *, days: int = 30, asked_at: datetime = NOW
) -> FollowUp:
    """A question to one side how its talks go, not answered yet."""
    asked = FollowUp(
        match=match, side=side, days=days, asked_at=asked_at, note="", recorded_by_staff=False
    )
    session.add(asked)
    session.flush()
    return asked
