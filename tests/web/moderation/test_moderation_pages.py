"""The queue and the review page in a browser without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from matchmaker.domain.clock import utc_now
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import (
    CodeField,
    ControlClass,
    ListingKind,
    ListingState,
    RevisionState,
)
from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.models import Attachment, Listing, PublicListing, RevisionAttachment, User
from matchmaker.web import glossing
from matchmaker.web.permissions import declared_access
from tests.factories import (
    NOW,
    add_text,
    make_appointment,
    make_centre,
    make_listing,
    make_membership,
    make_organisation,
    make_revision,
    make_sectors,
)

Login = Callable[[User], FlaskClient]


@pytest.fixture
def staff(session: Session) -> User:
    make_sectors(session)
    make_centre(session, head_office=True, languages=("zh-Hans", "en"))
    bangkok = make_centre(session, country="TH", languages=("th", "en"), time_zone="Asia/Bangkok")
    return make_appointment(session, bangkok)


def _submitted(session: Session, *, verified: bool = True, **details: object) -> Listing:
    owner = make_organisation(session, country="TH", verified=verified, name="Thai Sugar")
    details = {"kind": ListingKind.DEMAND, "state": ListingState.SUBMITTED, **details}
    listing = make_listing(session, owner, **details)  # type: ignore[arg-type]
    listing.newest.submitted_at = NOW
    session.flush()
    return listing


def _token(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that is sent to `action`."""
    form = re.search(rf'<form[^>]*action="[^"]*{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, action
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    return dict(hidden)


def test_every_view_asks_for_a_permission(client: FlaskClient) -> None:
    access = declared_access(client.application)
    ours = {name: who for name, who in access.items() if name.startswith("moderation.")}
    assert len(ours) == 12
    assert frozenset().union(*ours.values()) == {
        Permission.LISTING_CENTRE_MODERATE,
        Permission.ORGANISATION_CENTRE_VERIFY,
        Permission.TRANSLATION_CENTRE_WRITE,
    }


def test_the_queue_shows_what_waits(session: Session, staff: User, login: Login) -> None:
    listing = _submitted(session, language="th", title="ต้องการแผ่นไม้จากชานอ้อย")
    client = login(staff)
    page = client.get("/en/desk/listings/").text
    assert "One submission waits." in page
    assert '<span lang="th">ต้องการแผ่นไม้จากชานอ้อย</span>' in page
    assert listing.reference in page
    for query in ("kind=offer", "language=vi", "waiting=revision"):
        assert "Nothing waits here" in client.get(f"/en/desk/listings/?{query}").text
    for query in ("kind=demand", "kind=nonsense", "readable=y", "after=x", "language=th"):
        assert listing.reference in client.get(f"/en/desk/listings/?{query}").text


def test_others_stay_outside(session: Session, staff: User, login: Login) -> None:
    listing = _submitted(session)
    address = f"/en/desk/listings/{listing.reference}"
    owner = make_membership(session, listing.organisation)
    assert login(owner).get(address).status_code == 403
    other = make_appointment(session, make_centre(session, country="VN"))
    assert login(other).get(address).status_code == 404
    assert login(other).post(f"{address}/publish").status_code == 404
    assert login(staff).get(address).status_code == 200


def test_a_listing_is_published(session: Session, staff: User, login: Login) -> None:
    listing = _submitted(session)
    client = login(staff)
    address = f"/en/desk/listings/{listing.reference}"
    hidden = _token(client.get(address).text, "/publish")
    answer = client.post(f"{address}/publish", data=hidden, follow_redirects=True)
    assert f"{listing.reference} is published" in answer.text
    assert session.get(Listing, listing.id).state is ListingState.PUBLISHED  # type: ignore[union-attr]
    assert session.get(PublicListing, listing.id) is not None


def test_an_offer_of_a_new_organisation_is_checked_first(
    session: Session, staff: User, login: Login
) -> None:
    listing = _submitted(session, verified=False, kind=ListingKind.OFFER)
    client = login(staff)
    address = f"/en/desk/listings/{listing.reference}"
    page = client.get(address).text
    refused = client.post(f"{address}/publish", data=_token(page, "/publish"))
    assert refused.status_code == 409
    assert "waiting to be verified" in refused.text
    client.post(f"{address}/verify", data=_token(page, "/verify"))
    refused = client.post(f"{address}/publish", data=_token(page, "/publish"))
    assert "Choose the export-control class of this offer." in refused.text
    export = {**_token(page, "/export-check"), "export-control_class": "restricted"}
    refused = client.post(f"{address}/export-check", data={**export, "export-note": "as typed"})
    assert refused.status_code == 409
    assert "as typed" in refused.text
    export["export-catalogue_version"] = "2025-07"
    done = client.post(f"{address}/export-check", data=export, follow_redirects=True)
    assert "The export-control class is recorded." in done.text
    assert 'value="2025-07"' in done.text
    session.expire_all()
    assert listing.control_class is ControlClass.RESTRICTED
    client.post(f"{address}/publish", data=_token(page, "/publish"))
    assert session.get(Listing, listing.id).state is ListingState.PUBLISHED  # type: ignore[union-attr]


def test_changes_are_asked_for_and_nothing_typed_is_lost(
    session: Session, staff: User, login: Login
) -> None:
    listing = _submitted(session)
    client = login(staff)
    address = f"/en/desk/listings/{listing.reference}"
    hidden = _token(client.get(address).text, "/changes")
    none = client.post(f"{address}/changes", data=hidden)
    assert none.status_code == 409
    assert "Choose a reason." in none.text
    stale = {**hidden, "changes-version": "77", "changes-title": "Say what it does"}
    told = client.post(f"{address}/changes", data=stale)
    assert told.status_code == 409
    assert "Somebody else changed this since you opened it." in told.text
    assert "Say what it does" in told.text
    again = {**_token(told.text, "/changes"), "changes-title": "Say what it does"}
    client.post(f"{address}/changes", data=again)
    session.expire_all()
    assert listing.state is ListingState.CHANGES_REQUESTED
    assert [(r.field, r.reason) for r in listing.newest.change_requests] == [
        ("title", "Say what it does")
    ]


def test_what_was_taken_back_keeps_the_typed_reason_in_sight(
    session: Session, staff: User, login: Login
) -> None:
    listing = _submitted(session)
    client = login(staff)
    address = f"/en/desk/listings/{listing.reference}"
    hidden = _token(client.get(address).text, "/reject")
    listing.newest.state = RevisionState.WORKING
    session.flush()
    told = client.post(f"{address}/reject", data={**hidden, "reject-reason": "Not a need"})
    assert told.status_code == 409
    assert "Not a need" in told.text


def test_a_refusal_needs_a_reason(session: Session, staff: User, login: Login) -> None:
    listing = _submitted(session)
    client = login(staff)
    address = f"/en/desk/listings/{listing.reference}"
    hidden = _token(client.get(address).text, "/reject")
    empty = client.post(f"{address}/reject", data=hidden)
    assert empty.status_code == 422
    assert "<title>" in empty.text
    assert "Error:" in empty.text
    client.post(f"{address}/reject", data={**hidden, "reject-reason": "Advertising"})
    session.expire_all()
    assert listing.state is ListingState.REJECTED


def test_a_revision_shows_what_changes(session: Session, staff: User, login: Login) -> None:
    listing = _submitted(session, state=ListingState.PUBLISHED, title="Boards made of bagasse")
    pending = make_revision(
        session, listing, state=RevisionState.SUBMITTED, trl=7,
        codes={CodeField.SECTOR: ["machinery"]},
    )  # fmt: skip
    pending.submitted_at = NOW
    add_text(session, pending, "en", title="Panels made of bagasse",
             description="Boards made of cane bagasse, pressed without formaldehyde.",
             confidential_detail="hidden recipe")  # fmt: skip
    page = login(staff).get(f"/en/desk/listings/{listing.reference}").text
    assert "<del>Boards</del><ins>Panels</ins> made of bagasse" in page
    assert "<del>Sugar cane</del>" in page
    assert "hidden recipe" not in page
    assert "Confidential detail" in page
    assert "Publish the change" in page


def test_unreadable_text_is_glossed(
    session: Session, staff: User, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Glossary(
        [Concept("bagasse")],
        [Label("bagasse", "my", "ကြံဖတ်"), Label("bagasse", "en", "sugar cane bagasse")],
    )
    monkeypatch.setattr(glossing, "site_glossary", lambda: words)
    listing = _submitted(session, language="my", title="ကြံဖတ် ပျဉ်ပြား လိုအပ်သည်")
    page = login(staff).get(f"/en/desk/listings/{listing.reference}").text
    assert "There is no version in a language that you read." in page
    assert '<ruby>ကြံဖတ်<rp> (</rp><rt lang="en">sugar cane bagasse</rt>' in page
    assert "Ask for a version in this language: English" in page


def test_a_translation_is_wanted_in_one_click(session: Session, staff: User, login: Login) -> None:
    listing = _submitted(session, language="th", title="ต้องการแผ่นไม้")
    client = login(staff)
    address = f"/en/desk/listings/{listing.reference}"
    hidden = _token(client.get(address).text, "/translation")
    done = client.post(f"{address}/translation", data=hidden, follow_redirects=True)
    assert "The translation is asked for." in done.text
    assert f"/en/desk/translations/{listing.reference}/1/en" in done.text


def test_nobody_decides_about_their_own_organisation(
    session: Session, staff: User, login: Login
) -> None:
    listing = _submitted(session)
    make_membership(session, listing.organisation, staff)
    client = login(staff)
    address = f"/en/desk/listings/{listing.reference}"
    page = client.get(address).text
    assert "somebody else must decide" in page
    assert "/publish" not in page
    refused = client.post(f"{address}/publish", data={})
    assert refused.status_code == 409


def test_a_typed_reference_is_completed(session: Session, staff: User, login: Login) -> None:
    listing = _submitted(session)
    typed = listing.reference.lower().replace("-", "")
    answer = login(staff).get(f"/en/desk/listings/{typed}")
    assert answer.location.endswith(listing.reference)


def test_it_speaks_the_readers_language(session: Session, staff: User, login: Login) -> None:
    listing = _submitted(session)
    client = login(staff)
    for locale in ("zh-Hans", "th", "my"):
        assert client.get(f"/{locale}/desk/listings/").status_code == 200
        page = client.get(f"/{locale}/desk/listings/{listing.reference}")
        assert page.status_code == 200
        assert f'<html lang="{locale}"' in page.text


def test_a_published_listing_is_paused_shown_and_closed(
    session: Session, staff: User, login: Login
) -> None:
    last_day = (utc_now() + timedelta(days=30)).date()
    listing = _submitted(session, state=ListingState.PUBLISHED, valid_until=last_day)
    client = login(staff)
    address = f"/en/desk/listings/{listing.reference}"
    hidden = _token(client.get(address).text, "/hold")
    assert "readers no longer see it" in client.post(
        f"{address}/hold", data=hidden, follow_redirects=True
    ).text  # fmt: skip
    shown = client.post(f"{address}/resume", data=hidden, follow_redirects=True).text
    assert "The listing is public again." in shown
    empty = client.post(f"{address}/close", data=_token(shown, "/close"))
    assert empty.status_code == 422
    reason = {**_token(shown, "/close"), "close-reason": "Sold"}
    client.post(f"{address}/close", data=reason)
    session.expire_all()
    assert listing.state is ListingState.CLOSED
    assert client.get(f"{address}/close").location.endswith(listing.reference)


def test_open_files_are_linked_and_confidential_ones_are_not_named(
    session: Session, staff: User, login: Login
) -> None:
    listing = _submitted(session)
    for number, confidential in enumerate((False, True)):
        attachment = Attachment(
            token=f"token-{number}", filename=f"plan-{number}.pdf", content_type="application/pdf",
            size=10, sha256="0" * 64, uploaded_at=NOW,
        )  # fmt: skip
        listing.newest.attachments.append(
            RevisionAttachment(attachment=attachment, confidential=confidential, position=number)
        )
    session.flush()
    page = login(staff).get(f"/en/desk/listings/{listing.reference}").text
    assert f"/en/listings/{listing.reference}/files/token-0" in page
    assert "plan-1.pdf" not in page
    assert "token-1" not in page
    assert "A confidential file" in page


def test_what_an_owner_is_still_writing_is_not_shown(
    session: Session, staff: User, login: Login
) -> None:
    listing = _submitted(session, state=ListingState.PUBLISHED, title="Boards made of bagasse")
    draft = make_revision(session, listing, state=RevisionState.WORKING)
    add_text(session, draft, "en", title="Half a sentence")
    page = login(staff).get(f"/en/desk/listings/{listing.reference}").text
    assert "Half a sentence" not in page
    assert "Boards made of bagasse" in page
