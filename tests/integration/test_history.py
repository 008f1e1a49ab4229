"""The history of the demonstration on an empty database."""

from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matchmaker.database import Model, Transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.vocabulary import (
    Band,
    DeclineReason,
    MatchOrigin,
    MatchState,
    RejectReason,
    TechnologyContractType,
)
from matchmaker.models import (
    AuditEntry,
    CaseMessage,
    Listing,
    Match,
    Notification,
    Outcome,
    OutgoingMail,
)
from matchmaker.services import audit, demo_mark, ndas, seeding, seeding_history, suggestions
from matchmaker.services.directory_seeds import load_services
from matchmaker.services.lessons import last_settled, read_lessons

SEEDS = Path(__file__).parents[2] / "seeds"
CASES = seeding.read_lines(SEEDS / "history.jsonl")


def load(session: Session, folder: Path) -> int:
    """Load what the history needs, and the history."""
    now = utc_now()
    demo_mark.mark_as_demo(session)
    seeding.load_sectors(session, seeding.read_json(SEEDS / "sectors.json"))
    seeding.load_centres(session, seeding.read_json(SEEDS / "centres.json"))
    ndas.load_sample(session, SEEDS / "nda", now=now)
    organisations = seeding.read_lines(SEEDS / "organisations.jsonl")
    seeding.load_organisations(session, organisations, password="x", now=now)
    seeding.load_logins(session, password="x", now=now)
    staff = seeding.read_lines(SEEDS / "staff.jsonl")
    seeding_history.load_staff(session, staff, password="x", now=now)
    services = seeding.read_lines(SEEDS / "services.jsonl")
    load_services(session, services, seeding.organisation_keys(session), now=now)
    days = seeding_history.first_days(CASES)
    rows = [
        row
        for path in sorted((SEEDS / "listings").glob("*.jsonl"))
        for row in seeding.read_lines(path)
        if row["key"] in days
    ]
    paired = frozenset(days)
    refused = seeding.load_listings(session, rows, paired=paired, now=now, first_days=days)
    assert refused == []
    return seeding_history.load_history(session, CASES, folder=folder, now=now)


def count(session: Session, model: type[Model]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def suggest_others(session: Session) -> list[Match]:
    """What the engine does afterwards, here with no candidates but those that are known."""
    made = []
    for match in session.scalars(select(Match)).all():
        candidate = suggestions.Candidate(
            reference=match.need.reference, score=90, band=Band.STRONG
        )
        made += suggestions.suggest(
            session, match.offer, [candidate], index_version="test", now=utc_now()
        )
    return made


def test_the_history_tells_of_everything_once(
    own_transactions: Transactions, tmp_path: Path
) -> None:
    with own_transactions.write() as session, audit.seeding(session):
        assert load(session, tmp_path) == len(CASES) >= 60
    with own_transactions.read() as session:
        matches = session.scalars(select(Match)).all()
        assert {match.state for match in matches} == set(MatchState)
        assert {match.origin for match in matches} == set(MatchOrigin)
        countries = {each.organisation.country for m in matches for each in (m.offer, m.need)}
        assert len(countries) >= 8
        entries = session.scalars(select(AuditEntry)).all()
        told = {entry.data.get("reason") for entry in entries}
        assert told >= {reason.value for reason in RejectReason}
        assert told >= {reason.value for reason in DeclineReason}
        outcomes = session.scalars(select(Outcome)).all()
        assert {outcome.contract_type for outcome in outcomes} == set(TechnologyContractType)
        assert len({outcome.currency for outcome in outcomes}) >= 5
        assert count(session, OutgoingMail) == 0
        due = select(Notification.id).where(Notification.mail_due_at.is_not(None))
        assert session.scalars(due).all() == []
        assert read_lessons(session, last_settled(session, utc_now())) == []
        first = min(matches, key=lambda match: match.created_at)
        assert all(
            each.published_at is not None and each.published_at < first.created_at
            for each in (first.offer, first.need)
        )
        today = utc_now().date()
        for listing in session.scalars(select(Listing)):
            assert listing.valid_until is not None
            assert listing.valid_until > today
        states = {match.id: match.state for match in matches}
        before = [count(session, model) for model in (Match, CaseMessage, AuditEntry)]
    with own_transactions.write() as session, audit.seeding(session):
        assert load(session, tmp_path) == 0
        assert [count(session, model) for model in (Match, CaseMessage, AuditEntry)] == before
        assert suggest_others(session) == []
        assert {m.id: m.state for m in session.scalars(select(Match))} == states
