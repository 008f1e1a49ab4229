"""Submitting many drafts at once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from matchmaker.domain.vocabulary import ListingKind, ListingState, RevisionState, TextField
from matchmaker.models import Listing, OutgoingMail
from matchmaker.services import listings
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_listing,
    make_membership,
    make_organisation,
)
from tests.web.posting.conftest import Desk
from tests.web.posting.pages import Page, read

MANY = "/en/my/listings/submit"


def send(desk: Desk, **fields: object) -> Page:
    answer = desk.post(MANY, fields)
    assert answer.status_code == 200
    return read(answer.text)


def ticked(*chosen: Listing) -> list[str]:
    return [f"{listing.reference}:{listing.newest.lock_version}" for listing in chosen]


def test_two_hundred_drafts_stand_on_pages_of_fifty(desk: Desk) -> None:
    for number in range(120):
        desk.listing(title=f"Draft {number}", description=f"Number {number}")
    first = desk.get("/en/my/listings/")
    assert "Page 1 of 3" in first.text
    assert first.text.count('name="listing"') == 50
    assert "Submit all 120 complete drafts" in first.text
    assert desk.get("/en/my/listings/?page=3").text.count('name="listing"') == 20


def test_the_chosen_drafts_are_submitted(desk: Desk) -> None:
    first, second, third = (desk.listing(title=f"Draft {n}") for n in range(3))
    assert "2 of 2 are submitted." in send(desk, listing=ticked(first, third)).text
    assert [first.state, second.state, third.state] == [
        ListingState.SUBMITTED,
        ListingState.DRAFT,
        ListingState.SUBMITTED,
    ]
    assert first.newest.state is RevisionState.SUBMITTED
    assert desk.session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


def test_each_that_fails_says_why_and_where(desk: Desk) -> None:
    good = desk.listing(title="Good")
    empty = desk.listing(title="Empty", description="")
    twin = desk.listing(title="Good", description=good.newest.texts[0].description)
    dated = desk.listing(title="Late", kind=ListingKind.DEMAND, video_url="nonsense")
    changed = desk.listing(title="Changed")
    before = ticked(changed)
    listings.save_text(
        desk.session, actor_of(desk.session, desk.user), changed, "en",
        {TextField.TITLE: "Changed since"}, now=NOW,
    )  # fmt: skip
    desk.session.flush()
    page = send(desk, listing=[*ticked(good, empty, twin, dated), *before])
    assert "1 of 5 are submitted." in page.text
    assert "Your organisation already has a listing with this text." in page.text
    assert page.links.count(f"/en/my/listings/{good.reference}") == 2
    assert f"/en/my/listings/{empty.reference}/edit/text" in page.links
    assert "“nonsense” is not among the allowed values." in page.text
    assert "Somebody else changed this since you opened it." in page.text
    assert {empty.state, twin.state, dated.state, changed.state} == {ListingState.DRAFT}


def test_all_complete_drafts_at_once(desk: Desk) -> None:
    complete = [desk.listing(title=f"Draft {number}") for number in range(3)]
    desk.listing(title="No description", description="")
    desk.listing(title="No sector", sectors=())
    desk.listing(ListingState.PUBLISHED, title="Out there")
    mine = desk.get("/en/my/listings/")
    assert "Submit all 3 complete drafts" in mine.text
    assert mine.text.count('name="listing"') == 5
    page = send(desk, which="complete")
    assert "3 of 3 are submitted." in page.text
    assert {listing.state for listing in complete} == {ListingState.SUBMITTED}
    assert "No draft is complete." in send(desk, which="complete").text


def test_more_than_one_request_takes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matchmaker.web.posting.bulk_views.MOST", 2)
    for number in range(3):
        desk.listing(title=f"Draft {number}")
    page = send(desk, which="complete")
    assert "2 of 2 are submitted." in page.text
    assert "Submit 1 complete draft" in page.text


def test_nothing_chosen_and_nonsense(desk: Desk) -> None:
    draft = desk.listing()
    assert "You chose no draft." in send(desk).text
    assert "You chose no draft." in send(desk, listing=["", "x:y:z", ":"]).text
    stranger = make_listing(desk.session, make_organisation(desk.session, centre=desk.centre))
    page = send(desk, listing=ticked(stranger))
    assert stranger.reference not in page.text
    assert {draft.state, stranger.state} == {ListingState.DRAFT}
    answer = desk.client.get(MANY)
    assert (answer.status_code, answer.location) == (302, "/en/my/listings/")


def test_staff_submit_for_an_organisation_without_account(desk: Desk) -> None:
    silent = make_organisation(desk.session, centre=desk.centre)
    draft = make_listing(desk.session, silent, description="", sectors=())
    taken = make_organisation(desk.session, centre=desk.centre)
    other = make_listing(desk.session, taken)
    make_membership(desk.session, taken)
    desk.login(make_appointment(desk.session, desk.centre))
    assert "1 of 1 are submitted." in send(desk, listing=ticked(draft, other)).text
    assert draft.state is ListingState.SUBMITTED
    assert other.state is ListingState.DRAFT
