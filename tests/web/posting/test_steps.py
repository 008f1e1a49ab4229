"""Writing a listing on the site: each step saves, bad input is refused and kept."""

import re
from datetime import timedelta

import pytest
from babel.dates import format_date
from sqlalchemy import select

from matchmaker.domain.clock import utc_now
from matchmaker.domain.vocabulary import CodeField, ListingKind, ListingState, RevisionState
from matchmaker.models import ChangeRequest, Listing
from matchmaker.services import listings
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_membership,
    make_organisation,
    make_user,
)
from tests.web.posting.conftest import Desk
from tests.web.posting.pages import read

THAI = "แผ่นใยไม้อัดจากชานอ้อยสำหรับทำเฟอร์นิเจอร์ โดยไม่ใช้ฟอร์มาลดีไฮด์"


def path(listing: Listing, rest: str = "") -> str:
    return f"/en/my/listings/{listing.reference}{rest}"


def only_listing(desk: Desk) -> Listing:
    return desk.session.scalars(select(Listing)).one()


def test_a_listing_from_start_to_confirmation(desk: Desk) -> None:
    answer = desk.send("/en/my/listings/new", kind="demand")
    assert answer.status_code == 302
    listing = only_listing(desk)
    assert listing.kind is ListingKind.DEMAND
    assert answer.location == path(listing)
    page = desk.get(path(listing))
    assert "Complete your listing" in page.text
    assert page.text.count("Not started") == 2
    answer = desk.send(
        path(listing, "/edit/text"), title="Boards from bagasse",
        description="We look for a way to press boards from cane bagasse.", after="next",
    )  # fmt: skip
    assert answer.location == path(listing, "/edit/questions")
    answer = desk.send(answer.location, material="Bagasse of sugar cane", after="next")
    assert answer.location == path(listing, "/edit/details")
    needed_by = (utc_now() + timedelta(days=90)).date()
    answer = desk.send(
        answer.location, stage_of_development="lab_tested", budget_max="120,000.50",
        currency="CNY", needed_by=needed_by.isoformat(), after="next",
    )  # fmt: skip
    assert answer.location == path(listing, "/edit/sectors")
    answer = desk.send(
        answer.location, sector=["sugar_cane"], keyword="bagasse, board\n甘蔗渣",
        ipc_code="c13b 20/16", after="next",
    )  # fmt: skip
    assert answer.location == path(listing, "/edit/cooperation")
    answer = desk.send(
        answer.location, partnership_type=["supplier"], target_country=["TH", "VN"],
        sdg=["12"], after="next",
    )  # fmt: skip
    assert answer.location == path(listing, "/edit/confidentiality")
    answer = desk.send(answer.location, anonymous="y", after="next")
    assert answer.location == path(listing)
    revision = listing.newest
    assert revision.budget_max == 12000050
    assert revision.values(CodeField.KEYWORD) == ("bagasse", "board", "甘蔗渣")
    assert revision.values(CodeField.IPC_CODE) == ("C13B20/16",)
    assert revision.anonymous
    assert listing.open_for_interest
    assert "In progress" in desk.get(path(listing)).text  # one question of five
    page = desk.get(path(listing, "/check"))
    day = format_date(needed_by, "long", locale="en")
    for shown in ("Boards from bagasse", "CNY 120,000.50", "Sugar cane", "Thailand", day):
        assert shown in page.text
    answer = desk.send(path(listing, "/check"))
    assert answer.location == path(listing, "/submitted")
    assert listing.state is ListingState.SUBMITTED
    assert listing.reference in desk.get(answer.location).text


def test_leaving_and_coming_back(desk: Desk) -> None:
    listing = desk.listing()
    answer = desk.send(path(listing, "/edit/text"), summary="Half a thought", after="later")
    assert answer.location == "/en/my/listings/"
    page = desk.get("/en/my/listings/")
    assert "Your draft is saved" in page.text
    assert path(listing) in page.links
    assert desk.get(path(listing, "/edit/text")).fields["summary"] == "Half a thought"


def test_change_links_lead_back_to_the_check_page(desk: Desk) -> None:
    listing = desk.listing()
    change = path(listing, "/edit/sectors?back=check")
    assert change in desk.get(path(listing, "/check")).links
    assert desk.send(change, after="next").location == path(listing, "/check")


@pytest.mark.parametrize(
    ("key", "changes", "message"),
    [
        ("text", {"title": "x" * 257}, "Shorten this to 256 characters or fewer: it has 257."),
        ("text", {"language": "xx"}, "Choose one of the answers shown."),
        ("details", {"stage_of_development": "dream"}, "Choose one of the answers shown."),
        ("details", {"price_min": "a lot"}, "Enter an amount of money"),
        *(
            ("details", {"price_min": number}, "Enter an amount of money")
            for number in ("1e999999", "1e-3", "NaN", "sNaN", "-Infinity", "1" * 5000)
        ),
        ("details", {"price_min": "5"}, "Choose the currency of the amount."),
        (
            "details",
            {"price_min": "9", "price_max": "5", "currency": "CNY"},
            "The lower amount must not be above the higher one.",
        ),
        ("details", {"trl": "12"}, "Choose one of the answers shown."),
        ("details", {"video_url": "not an address"}, "Enter a web address"),
        ("sectors", {"sector": ["nope"]}, "not among the allowed values"),
        (
            "sectors",
            {"sector": ["agriculture", "machinery", "biomedicine", "sugar_cane"]},
            "Choose no more than 3.",
        ),
        ("sectors", {"ipc_code": "sugar"}, "not among the allowed values"),
        ("cooperation", {"target_country": ["Siam"]}, "not among the allowed values"),
        ("cooperation", {"sdg": ["18"]}, "Choose one of the answers shown."),
        ("confidentiality", {"wished_valid_until": "soon"}, "Enter a date"),
        ("confidentiality", {"wished_valid_until": "0001-01-01"}, "Enter a date"),
        ("confidentiality", {"wished_valid_until": "9999-12-31"}, "Enter a date"),
        ("confidentiality", {"wished_valid_until": "2020-01-01"}, "Choose a date in the future."),
        ("confidentiality", {"own_number": "x" * 65}, "Shorten this to 64 characters"),
    ],
)
def test_bad_input_is_refused_and_kept(
    desk: Desk, key: str, changes: dict[str, object], message: str
) -> None:
    listing = desk.listing()
    before = listings.details_of(listing.newest)
    answer = desk.send(path(listing, f"/edit/{key}"), **changes)
    assert answer.status_code == 200
    assert "There is a problem" in answer.text
    assert re.search(r"<title>\s+Error:", answer.text)
    assert message in answer.text
    for name in {"title", "price_min", "video_url", "ipc_code", "own_number"} & changes.keys():
        assert str(changes[name]) in answer.text
    assert listings.details_of(listing.newest) == before


def test_what_was_typed_elsewhere_on_the_page_is_kept(desk: Desk) -> None:
    listing = desk.listing()
    answer = desk.send(
        path(listing, "/edit/details"), price_min="12,5,x",
        advantages_and_innovation="No formaldehyde", trl="4",
    )  # fmt: skip
    assert "12,5,x" in answer.text
    assert "No formaldehyde" in answer.text
    assert '<option value="4" selected>' in answer.text


def test_a_text_in_another_language_than_declared(desk: Desk) -> None:
    listing = desk.listing()
    where = path(listing, "/edit/text")
    answer = desk.send(where, title=THAI, description=THAI)
    assert answer.status_code == 200
    assert "This text seems to be in Thai, not in English." in answer.text
    assert "It is Thai: correct it" in answer.text
    assert THAI in answer.text
    assert listing.newest.original is not None
    assert listing.newest.original.title != THAI
    answer = desk.send(where, title=THAI, description=THAI, language_choice="th")
    assert answer.status_code == 302
    assert (listing.newest.original_language, listing.newest.original.title) == ("th", THAI)


def test_a_language_is_kept_when_the_writer_says_so(desk: Desk) -> None:
    listing = desk.listing()
    answer = desk.send(
        path(listing, "/edit/text"), title=THAI, description=THAI, language_choice="keep"
    )
    assert answer.status_code == 302
    assert listing.newest.confirmed_original
    assert listing.newest.original_language == "en"
    listing = desk.listing(kind=ListingKind.DEMAND)
    answer = desk.send(path(listing, "/edit/questions"), material=THAI)
    assert "Which language is it?" in answer.text


def test_a_stale_form_shows_both_versions(desk: Desk) -> None:
    listing = desk.listing()
    where = path(listing, "/edit/text")
    mine = desk.get(where).fields
    desk.send(where, title="Their title")
    answer = desk.client.post(where, data={**mine, "title": "My title"})
    assert answer.status_code == 409
    assert "My title" in answer.text
    assert "Their title" in answer.text
    assert listing.newest.original is not None
    assert listing.newest.original.title == "Their title"
    resent = desk.client.post(where, data=_buttons_form(answer.text))
    assert resent.status_code == 302
    assert listing.newest.original.title == "My title"


def _buttons_form(text: str) -> dict[str, object]:
    return read(text.replace('class="buttons"', 'class="form"')).fields


def test_amounts_in_conflict_are_shown_as_people_write_them(desk: Desk) -> None:
    listing = desk.listing()
    where = path(listing, "/edit/details")
    mine = desk.get(where).fields
    desk.send(where, price_min="1,500", currency="CNY")
    answer = desk.client.post(where, data={**mine, "price_min": "1600.50", "currency": "CNY"})
    assert answer.status_code == 409
    assert ">1600.5<" in answer.text
    assert ">1500<" in answer.text


def test_controls_carry_the_language_of_their_text(desk: Desk) -> None:
    listing = desk.listing(language="vi", title="Ván ép", description="Ván ép từ bã mía")
    assert re.search(r'id="title"[^>]* lang="vi"', desk.get(path(listing, "/edit/text")).text)
    assert re.search(r'id="title"[^>]* lang="th"', desk.get(path(listing, "/languages/th")).text)


def test_two_people_on_two_pages_do_not_disturb_each_other(desk: Desk) -> None:
    listing = desk.listing()
    mine = desk.get(path(listing, "/edit/text")).fields
    desk.send(path(listing, "/edit/sectors"), keyword="bagasse")
    answer = desk.client.post(
        path(listing, "/edit/text"), data={**mine, "title": "Mine", "after": "next"}
    )
    assert answer.status_code == 302


def test_what_staff_ask_for_stands_at_its_field(desk: Desk) -> None:
    listing = desk.listing(ListingState.CHANGES_REQUESTED)
    staff = make_user(desk.session)
    for field, reason in (("title", "Say which boards."), ("sector", "Add machinery.")):
        listing.newest.change_requests.append(
            ChangeRequest(field=field, reason=reason, by_id=staff.id, at=NOW)
        )
    page = desk.get(path(listing))
    assert "Say which boards." in page.text
    assert path(listing, "/edit/text") in page.links
    assert "Say which boards." in desk.get(path(listing, "/edit/text")).text
    text = desk.get(path(listing, "/edit/sectors")).text
    assert "Add machinery." in text
    assert "Say which boards." not in text
    assert desk.send(path(listing, "/check")).status_code == 302
    assert listing.state is ListingState.SUBMITTED


def test_an_incomplete_listing_leads_to_what_is_missing(desk: Desk) -> None:
    listing = desk.listing(description="", sectors=())
    assert "These tasks are not complete yet" in desk.get(path(listing, "/check")).text
    answer = desk.send(path(listing, "/check"))
    assert answer.status_code == 409
    assert "Before you can submit" in answer.text
    assert path(listing, "/edit/sectors") in answer.text
    assert listing.state is ListingState.DRAFT


def test_a_duplicate_names_the_other_listing(desk: Desk) -> None:
    twin = desk.listing(ListingState.PUBLISHED)
    listing = desk.listing()
    answer = desk.send(path(listing, "/check"))
    assert answer.status_code == 409
    assert "already has a listing with this text" in answer.text
    assert path(twin) in answer.text


def test_a_stale_check_page_submits_nothing(desk: Desk) -> None:
    listing = desk.listing()
    seen = desk.get(path(listing, "/check")).fields
    desk.send(path(listing, "/edit/text"), title="Changed meanwhile")
    answer = desk.client.post(path(listing, "/check"), data=seen)
    assert answer.status_code == 409
    assert "Changed meanwhile" in answer.text
    assert listing.state is ListingState.DRAFT


@pytest.mark.parametrize("kind", list(ListingKind))
def test_every_step_of_every_kind_opens(desk: Desk, kind: ListingKind) -> None:
    listing = desk.listing(kind=kind)
    keys = ["text", "details", "sectors", "cooperation", "confidentiality"]
    for key in keys:
        assert f"{path(listing)}/edit/{key}" in desk.get(path(listing)).links
        assert desk.send(path(listing, f"/edit/{key}")).status_code == 302
    answer = desk.client.get(path(listing, "/edit/questions"))
    assert answer.status_code == (404 if kind is ListingKind.OFFER else 200)
    assert desk.client.get(path(listing, "/edit/nonsense")).status_code == 404


def test_what_is_submitted_is_not_edited(desk: Desk) -> None:
    listing = desk.listing(ListingState.SUBMITTED)
    for rest in ("/edit/text", "/check", "/languages", "/languages/th", "/files"):
        assert desk.client.get(path(listing, rest)).location == path(listing)
    for rest in ("/edit/text", "/languages/th", "/files"):
        assert desk.client.post(path(listing, rest)).status_code == 409
    assert listing.newest.state is RevisionState.SUBMITTED


def test_others_find_nothing(desk: Desk) -> None:
    other = make_organisation(desk.session)
    listing = desk.listing()
    desk.login(make_membership(desk.session, other))
    for rest in ("", "/edit/text", "/check", "/files", "/languages", "/submitted", "/close"):
        assert desk.client.get(path(listing, rest)).status_code == 404
    for rest in ("/edit/text", "/check", "/take-back", "/close", "/files"):
        assert desk.client.post(path(listing, rest)).status_code == 404
    desk.login(make_user(desk.session))
    assert desk.client.get("/en/my/listings/").status_code == 403
    desk.client.delete_cookie("session")


def test_visitors_sign_in_first(desk: Desk) -> None:
    with desk.client.session_transaction() as cookie:
        cookie.clear()
    answer = desk.client.get("/en/my/listings/")
    assert answer.status_code == 302
    assert "sign-in" in answer.location


def test_staff_post_for_an_organisation_without_account(desk: Desk) -> None:
    silent = make_organisation(desk.session, name="Silent Farm")
    staff = make_appointment(desk.session, desk.centre)
    desk.login(staff)
    page = desk.get(f"/en/my/listings/new?organisation={silent.reference}")
    assert "Silent Farm" in page.text
    desk.send("/en/my/listings/new", kind="offer", organisation=silent.reference)
    listing = only_listing(desk)
    assert listing.organisation_id == silent.id
    assert desk.get(path(listing)).text
    answer = desk.send("/en/my/listings/new", kind="offer", organisation="G-0000-0000")
    assert answer.status_code == 404
    assert actor_of(desk.session, staff).is_staff


def test_a_new_listing_needs_its_answers(desk: Desk) -> None:
    answer = desk.send("/en/my/listings/new")
    assert "Choose an offer, a demand or a scenario." in answer.text
    answer = desk.send("/en/my/listings/new", kind="wish", language="xx")
    assert answer.text.count("Choose one of the answers shown.") == 4
    assert desk.session.scalars(select(Listing)).all() == []
