"""Published listings reach the indexes, ended ones leave, and a job that dies is done again."""

import errno
import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select

from matchmaker.database import Transactions
from matchmaker.domain.listing_states import By
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import (
    ListingKind,
    ListingState,
    MatchState,
    RevisionState,
)
from matchmaker.matching import storage
from matchmaker.models import Listing, Match, Organisation
from matchmaker.queries.documents import member_documents, public_documents
from matchmaker.services import (
    indexing,
    listing_states,
    matching_runs,
    public_listings,
    reason_runs,
)
from matchmaker.services.file_locks import file_lock
from matchmaker.services.index_files import Places
from tests.factories import (
    NOW,
    TODAY,
    add_text,
    make_centre,
    make_listing,
    make_organisation,
    make_revision,
    make_sectors,
)
from tests.integration.conftest import BrokenEncoder, ChoosyEncoder, WordEncoder

PATIENCE = 600.0
"""Seconds that a job may take: it stops halfway otherwise, on a slow machine."""
WORDS = (
    "bagasse boards pressed furniture",
    "buffalo milk cheese ripening",
    "underwater robot cleaning cages",
    "rice husk ash silica tyres",
    "hydrogen leak sensor optical",
    "cassava starch packaging film",
)


@pytest.fixture
def organisations(own_transactions: Transactions) -> list[int]:
    """A centre and two organisations; returns the ids of these."""
    with own_transactions.write() as session:
        make_sectors(session)
        make_centre(session, head_office=True)
        return [make_organisation(session, country=c, name=c).id for c in ("CN", "TH")]


def publish(
    transactions: Transactions, owner_id: int, title: str, *, kind: ListingKind, hidden: str = ""
) -> str:
    """Publish a listing; returns its reference."""
    with transactions.write() as session:
        owner = session.get_one(Organisation, owner_id)
        listing = make_listing(
            session,
            owner,
            kind=kind,
            state=ListingState.PUBLISHED,
            title=title,
            description=f"{title} at industrial scale",
            texts={"summary": title, "confidential_detail": hidden},
        )
        public_listings.refresh(session, listing, NOW)
        return listing.reference


def end(transactions: Transactions, reference: str, target: ListingState) -> None:
    with transactions.write() as session:
        listing = session.scalars(select(Listing).where(Listing.reference == reference)).one()
        by = By.CLOCK if target is ListingState.EXPIRED else By.OWNER
        listing_states.move(session, SYSTEM, listing, target, by=by, now=NOW)


def update(transactions: Transactions, places: Places, encoder: WordEncoder | None) -> int:
    return indexing.update_indexes(transactions, places, encoder, seconds=PATIENCE)


def match(transactions: Transactions, places: Places, encoder: WordEncoder | None) -> int:
    return matching_runs.match_changed(
        transactions, places, encoder, now=NOW, today=TODAY, seconds=PATIENCE
    )


def compare(transactions: Transactions, places: Places, encoder: WordEncoder | None) -> int:
    return reason_runs.compare_phrases(transactions, places, encoder, seconds=PATIENCE)


def groups(places: Places) -> tuple[frozenset[str], frozenset[str]]:
    member, public = places.member.get(), places.public.get()
    assert member is not None
    assert public is not None
    return member.groups(), public.groups()


def published_set(transactions: Transactions) -> frozenset[str]:
    with transactions.read() as session:
        return frozenset(
            session.scalars(
                select(Listing.reference).where(Listing.state == ListingState.PUBLISHED)
            )
        )


def test_a_listing_comes_goes_and_returns(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    encoder = WordEncoder()
    offer = publish(own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER)
    assert update(own_transactions, own_places, encoder) == 1
    assert groups(own_places) == ({offer}, {offer})
    assert update(own_transactions, own_places, encoder) == 0
    end(own_transactions, offer, ListingState.ON_HOLD)
    assert update(own_transactions, own_places, encoder) == 1
    assert groups(own_places) == (frozenset(), frozenset())
    with own_transactions.write() as session:
        listing = session.scalars(select(Listing)).one()
        assert listing.indexed_hash is None
        listing_states.move(session, SYSTEM, listing, ListingState.PUBLISHED, by=By.OWNER, now=NOW)
        public_listings.refresh(session, listing, NOW)
    texts = len(encoder.encoded)
    assert update(own_transactions, own_places, encoder) == 1
    assert groups(own_places) == ({offer}, {offer})
    assert len(encoder.encoded) == texts  # stored under their hash


def test_indexing_does_not_make_an_open_form_stale(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    publish(own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER)
    with own_transactions.read() as session:
        before = session.scalars(select(Listing.lock_version)).one()
    update(own_transactions, own_places, WordEncoder())
    match(own_transactions, own_places, WordEncoder())
    with own_transactions.read() as session:
        assert session.scalars(select(Listing.lock_version)).one() == before


def test_confidential_detail_is_in_no_index_and_the_public_one_holds_the_public_tier(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    publish(
        own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER, hidden="zirconium"
    )
    encoder = WordEncoder()
    update(own_transactions, own_places, encoder)
    member, public = own_places.member.get(), own_places.public.get()
    assert member is not None
    assert public is not None
    assert "industri" in member.contents.vocabulary
    assert not any("industr" in term for term in public.contents.vocabulary)
    for index in (member, public):
        assert not any("zircon" in term for term in index.contents.vocabulary)
    assert not any("zirconium" in text for text in encoder.encoded)
    assert all(d.signals.organisation == "" for d in public.contents.documents)


def test_a_new_revision_and_a_translation_are_taken(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    encoder = WordEncoder()
    publish(own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER)
    update(own_transactions, own_places, encoder)
    with own_transactions.write() as session:
        listing = session.scalars(select(Listing)).one()
        assert listing.published is not None
        add_text(session, listing.published, "pt", title="Placas de bagaço")
    assert update(own_transactions, own_places, encoder) == 1
    member = own_places.member.get()
    assert member is not None
    assert {d.language for d in member.contents.documents} == {"en", "pt"}
    with own_transactions.write() as session:
        listing = session.scalars(select(Listing)).one()
        assert listing.published is not None
        listing.published.state = RevisionState.SUPERSEDED
        session.flush()
        revision = make_revision(session, listing, state=RevisionState.PUBLISHED)
        add_text(session, revision, "en", title="Pulp trays", description="Trays of pulp")
    update(own_transactions, own_places, encoder)
    member = own_places.member.get()
    assert member is not None
    assert [d.title for d in member.contents.documents] == ["Pulp trays"]


def test_a_text_that_waits_for_the_encoder_is_found_by_its_words_meanwhile(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    for words in WORDS:
        publish(own_transactions, organisations[0], words, kind=ListingKind.OFFER)
    update(own_transactions, own_places, None)
    public = own_places.public.get()
    assert public is not None
    assert len(public.waiting()) == len(WORDS)
    assert public.search("buffalo cheese", "en", None, 1)
    # Later there is an encoder: the same texts are taken again.
    assert update(own_transactions, own_places, WordEncoder()) == len(WORDS)
    public = own_places.public.get()
    assert public is not None
    assert not public.waiting()


def test_frequencies_are_learnt_anew_when_the_latent_terms_have_come(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    for number in range(30):
        publish(
            own_transactions, organisations[0],
            f"{WORDS[number % len(WORDS)]} variant {number}", kind=ListingKind.OFFER,
        )  # fmt: skip
    update(own_transactions, own_places, None)
    member = own_places.member.get()
    assert member is not None
    before = member.version
    update(own_transactions, own_places, WordEncoder())
    member = own_places.member.get()
    assert member is not None
    assert not member.waiting()
    assert member.version != before
    assert member.version == member.refit().version


def test_a_broken_encoder_stops_nothing(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    publish(own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER)
    assert update(own_transactions, own_places, BrokenEncoder()) == 1
    assert update(own_transactions, own_places, BrokenEncoder()) == 0
    assert len(groups(own_places)[0]) == 1
    assert update(own_transactions, own_places, WordEncoder("2")) == 1  # a new model encodes it


def test_one_text_that_cannot_be_encoded_costs_the_others_nothing(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    listings = {
        publish(own_transactions, organisations[0], title, kind=ListingKind.OFFER): title
        for title in WORDS
    }
    encoder = ChoosyEncoder()
    assert update(own_transactions, own_places, encoder) == len(WORDS)
    member = storage.load(own_places.member.folder)
    waiting = {listings[name.partition(":")[0]] for name in member.waiting()}
    assert waiting == {WORDS[1]}
    assert update(own_transactions, own_places, encoder) == 0


def test_a_full_disk_leaves_the_old_index_and_the_next_run_goes_on(
    own_transactions: Transactions,
    own_places: Places,
    organisations: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = publish(own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER)
    update(own_transactions, own_places, WordEncoder())
    second = publish(own_transactions, organisations[0], WORDS[1], kind=ListingKind.OFFER)

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "_write", full)
        with pytest.raises(OSError, match="No space"):
            update(own_transactions, own_places, WordEncoder())
    assert storage.load(own_places.member.folder).groups() == {first}
    update(own_transactions, own_places, WordEncoder())
    assert groups(own_places) == ({first, second}, {first, second})


def test_killed_between_the_files_and_the_rows_it_is_done_again(
    own_transactions: Transactions,
    own_places: Places,
    organisations: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reference = publish(own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER)

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(indexing, "note_indexed", killed)
        with pytest.raises(KeyboardInterrupt):
            update(own_transactions, own_places, WordEncoder())
    assert update(own_transactions, own_places, WordEncoder()) == 1
    assert groups(own_places) == ({reference}, {reference})
    member = own_places.member.get()
    assert member is not None
    assert len(member) == 1


def test_a_lost_index_is_made_again(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    reference = publish(own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER)
    update(own_transactions, own_places, WordEncoder())
    shutil.rmtree(own_places.member.folder)
    assert update(own_transactions, own_places, WordEncoder()) == 1
    assert groups(own_places)[0] == {reference}


def test_the_sweep_finds_what_no_row_tells(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    references = [
        publish(own_transactions, organisations[0], words, kind=ListingKind.OFFER)
        for words in WORDS[:3]
    ]
    update(own_transactions, own_places, WordEncoder())
    assert indexing.find_drift(own_transactions, own_places) == 0
    member = own_places.member.get()
    assert member is not None
    own_places.member.put(member.remove([references[0]]))
    assert update(own_transactions, own_places, WordEncoder()) == 0
    assert indexing.find_drift(own_transactions, own_places) == 1
    assert update(own_transactions, own_places, WordEncoder()) == 1
    assert groups(own_places)[0] == set(references)


def test_two_writers_take_turns(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    publish(own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER)
    with file_lock(own_places.lock, wait=False) as mine:
        assert mine
        assert update(own_transactions, own_places, WordEncoder()) == 0
    assert update(own_transactions, own_places, WordEncoder()) == 1


def test_rebuilding_gives_what_updating_gave(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    for words in WORDS:
        publish(own_transactions, organisations[0], words, kind=ListingKind.OFFER)
    encoder = WordEncoder()
    update(own_transactions, own_places, encoder)
    member = own_places.member.get()
    assert member is not None
    steps: list[tuple[int, int]] = []
    count = indexing.rebuild(
        own_transactions, own_places, encoder, building=lambda *step: steps.append(step)
    )
    assert count == len(WORDS)
    assert steps[-1] == (len(WORDS), len(WORDS))
    rebuilt = own_places.member.get()
    assert rebuilt is not None
    assert rebuilt.hashes() == member.hashes()
    assert update(own_transactions, own_places, encoder) == 0


def test_without_listings_there_are_empty_indexes(
    own_transactions: Transactions, own_places: Places
) -> None:
    assert update(own_transactions, own_places, None) == 0
    assert groups(own_places) == (frozenset(), frozenset())


def test_a_need_and_an_offer_meet_and_part(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    encoder = WordEncoder()
    for words in WORDS:
        publish(own_transactions, organisations[0], words, kind=ListingKind.OFFER)
        publish(own_transactions, organisations[1], f"wanted {words}", kind=ListingKind.DEMAND)
    update(own_transactions, own_places, encoder)
    assert match(own_transactions, own_places, encoder) == 2 * len(WORDS)
    assert match(own_transactions, own_places, encoder) == 0
    with own_transactions.read() as session:
        best = session.scalars(select(Match).order_by(Match.score.desc())).all()
        assert len(best) >= len(WORDS)
        reasons = best[0].reasons
        assert abs(sum(reason["share"] for reason in reasons) - 1) < 0.01
        offer = best[0].offer.reference
    end(own_transactions, offer, ListingState.EXPIRED)
    update(own_transactions, own_places, encoder)
    assert offer not in groups(own_places)[0]
    with own_transactions.read() as session:
        left = session.scalars(
            select(Match).join(Listing, Match.offer_id == Listing.id)
            .where(Listing.reference == offer)
        ).all()  # fmt: skip
        assert {match.state for match in left} == {MatchState.LAPSED}


def test_phrases_are_compared_afterwards(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    encoder = WordEncoder()
    for words in WORDS:
        publish(own_transactions, organisations[0], words, kind=ListingKind.OFFER)
        publish(own_transactions, organisations[1], f"wanted {words}", kind=ListingKind.DEMAND)
    update(own_transactions, own_places, encoder)
    match(own_transactions, own_places, encoder)
    with own_transactions.read() as session:
        matches = session.scalars(select(Match)).all()
        assert all(one.phrases_due for one in matches)
        before = {one.id: sum(r["amount"] for r in one.reasons) for one in matches}
        versions = {one.id: one.lock_version for one in matches}
    assert compare(own_transactions, own_places, None) == 0
    assert compare(own_transactions, own_places, encoder) == len(before)
    assert compare(own_transactions, own_places, encoder) == 0
    with own_transactions.read() as session:
        for one in session.scalars(select(Match)):
            assert not one.phrases_due
            assert "titles" not in {reason["label"] for reason in one.reasons}
            assert sum(r["amount"] for r in one.reasons) == pytest.approx(before[one.id], abs=1e-6)
            assert one.lock_version == versions[one.id]
    asked = len(encoder.encoded)
    match_again(own_transactions)
    match(own_transactions, own_places, encoder)
    assert compare(own_transactions, own_places, encoder) == len(before)
    assert len(encoder.encoded) == asked  # every phrase is stored


def test_a_text_revised_meanwhile_is_not_explained_by_its_old_words(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    encoder = WordEncoder()
    publish(own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER)
    publish(own_transactions, organisations[1], f"wanted {WORDS[0]}", kind=ListingKind.DEMAND)
    update(own_transactions, own_places, encoder)
    match(own_transactions, own_places, encoder)
    with own_transactions.write() as session:
        for one in session.scalars(select(Match)):
            one.offer_revision.state = RevisionState.SUPERSEDED
    assert compare(own_transactions, own_places, encoder) == 0


def test_an_encoder_that_fails_leaves_the_titles(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    encoder = WordEncoder()
    publish(own_transactions, organisations[0], WORDS[0], kind=ListingKind.OFFER)
    publish(own_transactions, organisations[1], f"wanted {WORDS[0]}", kind=ListingKind.DEMAND)
    update(own_transactions, own_places, encoder)
    match(own_transactions, own_places, encoder)
    assert compare(own_transactions, own_places, BrokenEncoder()) == 1
    assert compare(own_transactions, own_places, encoder) == 0
    with own_transactions.read() as session:
        (one,) = session.scalars(select(Match))
        assert "titles" in {reason["label"] for reason in one.reasons}


def match_again(transactions: Transactions) -> None:
    with transactions.write() as session:
        matching_runs.forget_matched(session)


def test_a_listing_that_comes_later_is_found_for_the_earlier_ones(
    own_transactions: Transactions, own_places: Places, organisations: list[int]
) -> None:
    encoder = WordEncoder()
    for words in WORDS:
        publish(own_transactions, organisations[1], f"wanted {words}", kind=ListingKind.DEMAND)
    update(own_transactions, own_places, encoder)
    match(own_transactions, own_places, encoder)
    publish(own_transactions, organisations[0], WORDS[2], kind=ListingKind.OFFER)
    update(own_transactions, own_places, encoder)
    assert match(own_transactions, own_places, encoder) >= 1
    with own_transactions.read() as session:
        (found,) = session.scalars(select(Match)).all()
        assert found.need.published is not None
        assert found.need.published.original is not None
        assert WORDS[2] in found.need.published.original.title


def test_documents_hold_what_the_form_says(
    own_transactions: Transactions, organisations: list[int]
) -> None:
    with own_transactions.write() as session:
        owner = session.get_one(Organisation, organisations[1])
        listing = make_listing(
            session, owner, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED,
            budget_min=100, budget_max=200, currency="THB",
            valid_until=TODAY + timedelta(days=5),
        )  # fmt: skip
        public_listings.refresh(session, listing, NOW)
        (document,) = member_documents(session, [listing.id])[listing.id]
        assert document.kind == "need"
        assert document.signals.price == (100, 200, "THB")
        assert document.signals.country == "TH"
        assert document.signals.organisation == owner.reference
        assert document.signals.valid_until == TODAY + timedelta(days=5)
        (shown,) = public_documents(session)[listing.id]
        assert shown.id == document.id
        assert "formaldehyde" in document.text
        assert "formaldehyde" not in shown.text
