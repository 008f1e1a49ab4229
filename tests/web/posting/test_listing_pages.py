"""My listings, languages, files, and the steps without a form."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.domain.vocabulary import (
    ListingKind,
    ListingState,
    MatchState,
    RevisionState,
    TextOrigin,
)
from matchmaker.models import ChangeRequest, Listing, OutgoingMail
from matchmaker.services import attachments
from tests.factories import (
    NOW,
    add_text,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_organisation,
    make_user,
)
from tests.web.posting.conftest import Desk

PDF = b"%PDF-1.7\ntrailer\n%%EOF\n"


def path(listing: Listing, rest: str = "") -> str:
    return f"/en/my/listings/{listing.reference}{rest}"


def press(desk: Desk, listing: Listing, verb: str) -> int:
    token = desk.get(path(listing)).text.split('name="csrf_token" value="')[1].split('"')[0]
    return desk.client.post(path(listing, f"/{verb}"), data={"csrf_token": token}).status_code


def test_my_listings(desk: Desk) -> None:
    assert "You have no listings here yet" in desk.get("/en/my/listings/").text
    for number in range(60):
        desk.listing(title=f"Draft {number}")
    desk.listing(ListingState.PUBLISHED, title="Out there", valid_until=date(2027, 5, 1))
    desk.listing(ListingState.ARCHIVED, title="Long gone")
    first = desk.get("/en/my/listings/")
    assert "Out there" in first.text
    assert "Public until May 1, 2027." in first.text
    assert "Draft: 60" in first.text
    assert "Long gone" not in first.text
    assert "Page 1 of 2" in first.text
    assert "Draft 0<" in desk.get("/en/my/listings/?page=2").text
    archived = desk.get("/en/my/listings/?state=archived")
    assert "Long gone" in archived.text
    assert "Out there" not in archived.text
    assert "Out there" in desk.get("/en/my/listings/?state=nonsense&page=-3").text


def test_without_an_organisation_one_is_shown_the_way(desk: Desk) -> None:
    unverified = make_organisation(desk.session, verified=False)
    desk.login(make_membership(desk.session, unverified))
    assert "Start writing" in desk.get("/en/my/listings/new").text
    desk.login(make_appointment(desk.session, desk.centre))
    assert "Register an organisation" in desk.get("/en/my/listings/new").text


@pytest.mark.parametrize("state", list(ListingState))
def test_every_state_has_its_page(desk: Desk, state: ListingState) -> None:
    listing = desk.listing(state)
    page = desk.get(path(listing))
    assert listing.reference in page.text
    assert ("Complete your listing" in page.text) is (
        state in {ListingState.DRAFT, ListingState.CHANGES_REQUESTED}
    )


def test_the_way_of_a_published_listing(desk: Desk) -> None:
    last_day = (utc_now() + timedelta(days=30)).date()
    listing = desk.listing(ListingState.PUBLISHED, valid_until=last_day)
    assert press(desk, listing, "hold") == 302
    assert listing.state is ListingState.ON_HOLD
    assert press(desk, listing, "resume") == 302
    assert press(desk, listing, "renew") == 302
    assert press(desk, listing, "revise") == 302
    assert listing.newest.state is RevisionState.WORKING
    assert "You have an edit that is not submitted yet." in desk.get(path(listing)).text
    desk.send(path(listing, "/edit/text"), title="Better boards")
    desk.send(path(listing, "/check"))
    assert listing.newest.state is RevisionState.SUBMITTED
    assert listing.state is ListingState.PUBLISHED
    assert press(desk, listing, "take-back") == 302
    assert "is lost" in desk.get(path(listing, "/discard")).text
    assert desk.send(path(listing, "/discard")).location == path(listing)
    assert listing.working is None
    assert desk.send(path(listing, "/close")).location == path(listing)
    assert listing.state is ListingState.CLOSED
    assert press(desk, listing, "resume") == 409
    assert desk.send(path(listing, "/archive")).location == "/en/my/listings/"
    assert listing.state is ListingState.ARCHIVED


def test_steps_are_no_links(desk: Desk) -> None:
    listing = desk.listing(ListingState.PUBLISHED)
    for verb in ("hold", "revise", "renew", "take-back", "resume"):
        assert desk.client.get(path(listing, f"/{verb}")).status_code == 405
    for verb in ("close", "archive", "discard"):
        assert desk.client.get(path(listing, f"/{verb}")).status_code == 200
    assert listing.state is ListingState.PUBLISHED


def test_staff_say_why_they_close(desk: Desk) -> None:
    silent = make_organisation(desk.session)
    listing = make_listing(desk.session, silent, state=ListingState.PUBLISHED)
    desk.login(make_appointment(desk.session, desk.centre))
    answer = desk.send(path(listing, "/close"), reason=" ")
    assert "Choose a reason." in answer.text
    assert desk.send(path(listing, "/close"), reason="They sold it.").status_code == 302
    assert "They sold it." in desk.get(path(listing)).text


def test_why_it_was_rejected(desk: Desk) -> None:
    listing = desk.listing(ListingState.REJECTED)
    staff = make_user(desk.session)
    listing.newest.change_requests.append(
        ChangeRequest(field="", reason="No technology.", by_id=staff.id, at=NOW, rejection=True)
    )
    page = desk.get(path(listing))
    assert "The centre&#39;s reason" in page.text or "The centre's reason" in page.text
    assert "No technology." in page.text


def test_languages(desk: Desk) -> None:
    listing = desk.listing()
    add_text(desk.session, listing.newest, "vi", origin=TextOrigin.MACHINE, title="Ván ép")
    page = desk.get(path(listing, "/languages"))
    assert "Translated by machine" in page.text
    answer = desk.client.get(path(listing, "/languages?language=th"))
    assert answer.location == path(listing, "/languages/th")
    assert "Choose a language." in desk.get(path(listing, "/languages?language=xx")).text
    page = desk.get(answer.location)
    assert "Boards made of cane bagasse" in page.text
    assert '<div class="passage  passage--block" lang="en">' in page.text
    answer = desk.send(path(listing, "/languages/th"), description="แผ่นใยไม้อัดจากชานอ้อย")
    assert "Write something here." in answer.text
    assert "แผ่นใยไม้อัดจากชานอ้อย" in answer.text
    answer = desk.send(path(listing, "/languages/th"), title="แผ่นใยไม้อัดจากชานอ้อย")
    assert answer.location == path(listing, "/languages")
    text = listing.newest.text("th")
    assert text is not None
    assert text.origin is TextOrigin.HUMAN
    answer = desk.send(path(listing, "/languages/th"), title="Boards from the bagasse of cane")
    assert "seems to be in English, not in Thai" in answer.text
    answer = desk.send(
        path(listing, "/languages/th"), title="Boards from the bagasse of cane",
        language_choice="keep",
    )  # fmt: skip
    assert answer.status_code == 302
    assert text.title.startswith("Boards")
    token = desk.get(path(listing, "/languages")).text.split('name="csrf_token" value="')[1]
    desk.client.post(
        path(listing, "/languages/th/remove"), data={"csrf_token": token.split('"')[0]}
    )
    assert listing.newest.text("th") is None
    for code in ("en", "xx"):
        assert desk.client.get(path(listing, f"/languages/{code}")).status_code == 404


def test_a_version_in_the_language_it_turns_out_to_be(desk: Desk) -> None:
    listing = desk.listing()
    answer = desk.send(
        path(listing, "/languages/lo"), title="แผ่นใยไม้อัดจากชานอ้อย", language_choice="th"
    )
    assert answer.status_code == 302
    assert {text.language for text in listing.newest.texts} == {"en", "th"}


def test_a_stale_version_shows_both(desk: Desk) -> None:
    listing = desk.listing()
    where = path(listing, "/languages/th")
    mine = desk.get(where).fields
    desk.send(where, title="แผ่นใยไม้อัด")
    answer = desk.client.post(where, data={**mine, "title": "แผ่นชานอ้อย"})
    assert answer.status_code == 409
    assert "แผ่นใยไม้อัด" in answer.text
    assert "แผ่นชานอ้อย" in answer.text


def picture() -> bytes:
    target = BytesIO()
    Image.new("RGB", (30, 20), (0, 90, 90)).save(target, "PNG")
    return target.getvalue()


def upload(
    desk: Desk, listing: Listing, content: bytes, name: str = "plan.pdf", **more: str
) -> str:
    answer = desk.send(path(listing, "/files"), file=FileStorage(BytesIO(content), name), **more)
    return answer.location or answer.text


def test_files(desk: Desk) -> None:
    listing = desk.listing()
    assert upload(desk, listing, PDF, caption="The plan") == path(listing, "/files")
    upload(desk, listing, picture(), "photo.png", confidential="y")
    page = desk.get(path(listing, "/files"))
    assert "The plan" in page.text
    assert "photo.png" in page.text
    assert "Confidential" in page.text
    shown = listing.newest.attachments[0]
    where = path(listing, f"/files/{shown.attachment.token}")
    assert desk.send(where, caption="New plan", confidential="y").status_code == 302
    assert (shown.caption, shown.confidential) == ("New plan", True)
    stale = desk.get(where).fields
    desk.send(where, caption="Newest")
    answer = desk.client.post(where, data={**stale, "caption": "Mine"})
    assert answer.status_code == 409
    assert desk.client.get(path(listing, "/files/" + "x" * 43)).status_code == 404
    token = stale["csrf_token"]
    desk.client.post(f"{where}/remove", data={"csrf_token": token})
    assert len(listing.newest.attachments) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "This type of file is not accepted."),
        (b"%PDF-1.4", "The file is damaged"),
        (b"", "Choose a file."),
        (b"%PDF-" + b"\0" * attachments.MAX_BYTES, "The file is too large"),
    ],
)
def test_bad_files(desk: Desk, content: bytes, message: str) -> None:
    listing = desk.listing()
    name = "plan.pdf" if content else ""
    page = upload(desk, listing, content, name, caption="What I typed")
    assert message in page
    assert "What I typed" in page
    assert not listing.newest.attachments


def test_files_that_are_too_large_leave_what_was_typed(desk: Desk) -> None:
    listing = desk.listing()
    fields = {**desk.get(path(listing, "/files")).fields, "caption": "What I typed"}
    too_much = FileStorage(BytesIO(b"%PDF-" + b"\0" * 24_000_000), "a.pdf")
    answer = desk.post(path(listing, "/files"), {**fields, "file": too_much})
    assert answer.status_code in {200, 400}
    assert "together they may have up to 20 megabytes" in answer.text
    assert "What I typed" in answer.text
    assert not listing.newest.attachments


def test_a_request_that_is_far_too_large(desk: Desk) -> None:
    listing = desk.listing()
    fields = desk.get(path(listing, "/files")).fields
    too_much = FileStorage(BytesIO(b"\0" * 120_000_000), "a.pdf")
    answer = desk.post(path(listing, "/files"), {**fields, "file": too_much})
    assert answer.status_code == 413
    assert "The files are too large" in answer.text


def test_a_full_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    listing = desk.listing()
    monkeypatch.setattr("matchmaker.services.attachments.os.fsync", full)
    page = upload(desk, listing, PDF, caption="What I typed")
    assert "There is no space left to save this." in page
    assert "What I typed" in page


def test_files_are_handed_out_by_tier(desk: Desk, app: Flask, settings: Settings) -> None:
    listing = desk.listing()
    upload(desk, listing, PDF)
    upload(desk, listing, picture(), "Foto café.png", confidential="y")
    listing.newest.state = RevisionState.PUBLISHED
    listing.published_at, listing.centre_id = NOW, desk.centre.id
    listing.state = ListingState.PUBLISHED
    assert listing.published is not None
    plan, photo = (
        f"/en/listings/{listing.reference}/files/{shown.attachment.token}"
        for shown in listing.published.attachments
    )
    with desk.client.get(photo) as answer:
        assert answer.status_code == 200
        assert answer.data.startswith(b"\x89PNG")
        headers = answer.headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert headers["Content-Type"] == "image/png"
    assert "no-store" in headers["Cache-Control"]
    make_centre(desk.session, country="TH")
    other = make_organisation(desk.session, country="TH")
    reader = make_membership(desk.session, other)
    desk.login(reader)
    assert opens(desk, plan)
    assert not opens(desk, photo)
    need = make_listing(
        desk.session, other, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED, title="Need"
    )
    make_match(desk.session, listing, need, state=MatchState.INTRODUCED)
    assert opens(desk, photo)
    desk.login(make_user(desk.session))
    assert not opens(desk, plan)
    with desk.client.session_transaction() as cookie:
        cookie.clear()
    assert not opens(desk, plan)
    assert desk.client.get(f"/en/listings/{listing.reference}/files/x").status_code == 404


def opens(desk: Desk, where: str) -> bool:
    with desk.client.get(where) as answer:
        return answer.status_code == 200


def test_a_receipt_is_written(desk: Desk) -> None:

    listing = desk.listing()
    desk.send(path(listing, "/check"))
    mail = desk.session.scalars(select(OutgoingMail)).one()
    assert (mail.code, mail.recipient) == ("listing_submitted", desk.user.email)
