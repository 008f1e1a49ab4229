"""Two people, or two jobs, at the same moment: on a database of their own, really committed."""

from collections.abc import Iterator
from threading import Barrier, Thread

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from matchmaker.config import Settings
from matchmaker.database import engine_options, prepare_engine, write_transactions
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import (
    Band,
    ListingKind,
    ListingState,
    MatchState,
    RejectReason,
    Side,
    Verdict,
)
from matchmaker.models import Listing, Match, User
from matchmaker.queries.actors import load_actor
from matchmaker.services import matches
from matchmaker.services.match_states import lapse_open
from matchmaker.services.suggestions import Candidate, suggest
from tests.factories import (
    NOW,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_organisation,
)

Sessions = sessionmaker[Session]


@pytest.fixture
def sessions(own_settings: Settings) -> Iterator[Sessions]:
    """Sessions on a database of the test's own."""
    engine = create_engine(own_settings.database_url, **engine_options(own_settings.database_url))
    prepare_engine(engine)
    yield sessionmaker(engine)
    engine.dispose()


@pytest.fixture
def pair(sessions: Sessions) -> tuple[str, str]:
    """An offer and a need in the database; returns their references."""
    with sessions.begin() as session:
        head_office = make_centre(session, head_office=True)
        thai = make_centre(session, country="TH")
        make_appointment(session, head_office)
        make_appointment(session, thai)
        offer = make_listing(session, make_organisation(session), state=ListingState.PUBLISHED)
        need = make_listing(
            session, make_organisation(session, country="TH"),
            kind=ListingKind.DEMAND, state=ListingState.PUBLISHED,
        )  # fmt: skip
        return offer.reference, need.reference


def test_two_jobs_suggest_the_same_pair(sessions: Sessions, pair: tuple[str, str]) -> None:
    start = Barrier(2)
    made: list[int] = []

    def work(own: str, other: str) -> None:
        start.wait()
        with write_transactions(), sessions.begin() as session:
            listing = session.scalars(select(Listing).where(Listing.reference == own)).one()
            candidate = Candidate(other, 80, Band.STRONG)
            made.append(len(suggest(session, listing, [candidate], index_version="1", now=NOW)))

    threads = [Thread(target=work, args=names) for names in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        assert len(session.scalars(select(Match)).all()) == 1
    assert sorted(made) == [0, 1]


def _refuse_stale(match: Match, version: int) -> None:
    """What the form does that was opened before the other one was saved."""
    if match.lock_version != version:
        raise StaleDataError


def test_of_two_decisions_one_wins_and_the_other_is_told(
    sessions: Sessions, pair: tuple[str, str]
) -> None:
    with sessions.begin() as session:
        listings = {row.reference: row for row in session.scalars(select(Listing))}
        make_match(session, listings[pair[0]], listings[pair[1]])
    start, told = Barrier(2), []

    def work(place: int, side: Side, verdict: Verdict) -> None:
        with sessions() as session:
            user = session.scalars(select(User).order_by(User.id)).all()[place]
            actor = load_actor(session, user.id, now=NOW)
            match = session.scalars(select(Match)).one()
            version = match.lock_version
            session.rollback()
            start.wait()
            reason = RejectReason.DUPLICATE if verdict is Verdict.REJECT else None
            try:
                with write_transactions():
                    match = session.scalars(select(Match)).one()
                    _refuse_stale(match, version)
                    matches.decide(
                        session, actor, match, side, verdict=verdict, reason=reason, now=NOW
                    )
                    session.commit()
            except StaleDataError:
                told.append(side)

    threads = [
        Thread(target=work, args=arguments)
        for arguments in ((0, Side.OFFER, Verdict.APPROVE), (1, Side.NEED, Verdict.REJECT))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        match = session.scalars(select(Match)).one()
        assert len(told) == 1
        assert len(match.decisions) == 1
        expected = MatchState.REJECTED if told == [Side.OFFER] else MatchState.UNDER_REVIEW
        assert match.state is expected


def test_a_listing_that_ends_meanwhile_leaves_no_suggestion(
    sessions: Sessions, pair: tuple[str, str]
) -> None:
    """Whichever comes first, the listing that ended has no open match."""
    start = Barrier(2)

    def find() -> None:
        start.wait()
        with write_transactions(), sessions.begin() as session:
            offer = session.scalars(select(Listing).where(Listing.reference == pair[0])).one()
            suggest(
                session, offer, [Candidate(pair[1], 80, Band.STRONG)], index_version="1", now=NOW
            )

    def end() -> None:
        start.wait()
        with write_transactions(), sessions.begin() as session:
            need = session.scalars(select(Listing).where(Listing.reference == pair[1])).one()
            need.state = ListingState.CLOSED
            session.flush()
            lapse_open(session, SYSTEM, need, NOW)

    threads = [Thread(target=find), Thread(target=end)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        assert {match.state for match in session.scalars(select(Match))} <= {MatchState.LAPSED}
