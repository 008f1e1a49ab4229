"""The main job: from a need in Thai and an offer in Chinese to two people who know each other."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy import select

from matchmaker.domain.vocabulary import MatchState
from matchmaker.models import AuditEntry, Listing, Match, User
from tests.e2e.conftest import Visit
from tests.e2e.posting import complete, post
from tests.e2e.site import (
    BANGKOK,
    INSTITUTE,
    NANNING,
    PASSWORD,
    Site,
    body_of,
    demo_listing,
    wait_for,
)
from tests.e2e.visitor import Visitor

MILL = "mill@mill.example.org"


def register(mill: Visitor, site: Site) -> None:
    """Open an account, confirm it by the link of the mail, and sign in."""
    mill.open("/account/register")
    mill.fill(name="สมชาย ใจดี", email=MILL, password=PASSWORD, locale="th")
    mill.send()
    assert mill.path.startswith("/account/check-mail")
    mill.page.goto(site.link_in_mail(MILL, path="/account/confirm/"))
    mill.send("")
    mill.sign_in(MILL)


def found_organisation(mill: Visitor) -> None:
    """Register the organisation; it waits to be verified."""
    mill.follow(mill.main.locator('a[href$="/account/organisation"]'))
    mill.fill(
        name="โรงงานน้ำตาลตัวอย่าง", language="th", organisation_type="enterprise",
        size="from_50_to_249", country="TH",
    )  # fmt: skip
    mill.send()
    assert mill.path == "/account/"
    expect(mill.main).to_contain_text("โรงงานน้ำตาลตัวอย่าง")


def publish(staff: Visitor, reference: str, *, verify: bool = False) -> None:
    """Find a submission in the queue of the centre, do what is missing, and publish it."""
    staff.open("/desk/listings/")
    staff.follow(staff.main.locator(f'a[href$="/desk/listings/{reference}"]'))
    if verify:
        staff.send("/verify")
    if reference.startswith("S-"):
        staff.fill("/export-check", control_class="free", catalogue_version="2025-07")
        staff.send("/export-check")
    staff.send("/publish")
    expect(staff.main.locator('.notice[role="status"]')).to_be_visible()


def approve(staff: Visitor, reference: str, side: str, *, unread: bool) -> None:
    """Find the match in the queue, read why it was suggested, and approve it for one side."""
    staff.open("/desk/matches/")
    staff.follow(staff.main.locator(f'a[href$="/desk/matches/{reference}"]'))
    expect(staff.main.locator('section[aria-labelledby="reasons"] tbody tr').first).to_be_visible()
    decide = f"/decide/{side}"
    staff.fill(decide, verdict="approve")
    if unread:
        staff.send(decide)
        expect(staff.main.locator(".error-summary")).to_be_visible()
        staff.fill(decide, verdict="approve", read_in_original=True)
    else:
        expect(staff.form(decide).locator("[name=read_in_original]")).to_have_count(0)
    staff.send(decide)
    expect(staff.main.locator(".error-summary")).to_have_count(0)


def say_yes(party: Visitor, reference: str) -> None:
    """Find the question among one's matches, and agree to the introduction."""
    party.open("/my/matches/")
    party.follow(party.main.locator(f'h3 a[href$="/my/matches/{reference}"]'))
    expect(party.main).not_to_contain_text("@")
    party.fill("/answer", answer="yes")
    party.send("/answer")


def test_from_a_need_to_an_introduction(site: Site, visit: Visit) -> None:
    """An enterprise in Thailand and an institute in Guangxi are introduced to each other."""
    mill = visit("th", width=360)
    register(mill, site)
    found_organisation(mill)
    need = post(mill, "demand")
    complete(mill, need, demo_listing("N01"), leave=True)
    bangkok = visit("th")
    bangkok.sign_in(BANGKOK)
    publish(bangkok, need, verify=True)

    institute = visit("zh-Hans")
    institute.sign_in(INSTITUTE)
    offer = post(institute, "offer")
    complete(institute, offer, demo_listing("O01"))
    nanning = visit("zh-Hans")
    nanning.sign_in(NANNING)
    publish(nanning, offer)

    match = wait_for(lambda: match_of(site, offer, need), "the match of offer and need")
    approve(nanning, match, "offer", unread=False)
    approve(bangkok, match, "need", unread=True)
    bangkok.send(f"/{match}/offer")
    for address, party in ((MILL, mill), (INSTITUTE, institute)):
        site.mail_to(address, having=f"/my/matches/{match}")
        say_yes(party, match)
    nanning.open(f"/desk/matches/{match}")
    nanning.send("/introduce")

    check_introduced(site, mill, institute, match)
    check_trail(site, match, need, offer)


def match_of(site: Site, offer: str, need: str) -> str | None:
    """Return the reference of the match, once the worker has made it."""
    with site.read() as session:
        for match in session.scalars(select(Match)):
            if (match.offer.reference, match.need.reference) == (offer, need):
                return match.reference
    return None


def check_introduced(site: Site, mill: Visitor, institute: Visitor, match: str) -> None:
    """Each has a mail in their language, and a page, with the other's contact."""
    for party, own, other in ((mill, MILL, INSTITUTE), (institute, INSTITUTE, MILL)):
        mail = site.mail_to(own, having=other)
        assert mail["Content-Language"] == party.locale
        text = body_of(mail)
        assert f"/{party.locale}/my/matches/{match}" in text
        assert demo_listing("N01")["title"] in text
        assert demo_listing("O01")["title"] in text
        party.open(f"/my/matches/{match}")
        expect(party.main.locator(f'a[href="mailto:{other}"]')).to_be_visible()
    assert "双方均已同意" in body_of(site.mail_to(INSTITUTE, having=MILL))


def check_trail(site: Site, match: str, need: str, offer: str) -> None:
    """The audit trail has every step, in order, and names who did it."""
    with site.read() as session:
        person = session.scalars(select(User).where(User.email == MILL)).one()
        listings = {
            listing.reference: listing.id
            for listing in session.scalars(select(Listing))
            if listing.reference in (need, offer)
        }
        organisation = person.memberships[0].organisation
        case = session.scalars(select(Match).where(Match.reference == match)).one()
        assert case.state is MatchState.INTRODUCED

        def trail(table: str, row: int) -> list[str]:
            return [
                f"{entry.action} {entry.data.get('to', '')}".strip()
                for entry in session.scalars(
                    select(AuditEntry)
                    .where(AuditEntry.subject_type == table, AuditEntry.subject_id == row)
                    .order_by(AuditEntry.id)
                )
            ]

        assert trail("user", person.id) == ["user_registered", "user_confirmed"]
        assert trail("organisation", organisation.id) == [
            "organisation_created", "organisation_verified",
        ]  # fmt: skip
        assert trail("match", case.id) == [
            "match_suggested",
            "match_decided",
            "match_state_changed under_review",
            "match_decided",
            "match_state_changed approved",
            "match_state_changed offered",
            "match_answered",
            "match_answered",
            "match_state_changed introduced",
        ]
        for row in listings.values():
            steps = trail("listing", row)
            assert steps[0] == "listing_created"
            assert [step for step in steps if "state_changed" in step] == [
                "listing_state_changed submitted", "listing_state_changed published",
            ]  # fmt: skip
        assert "listing_export_checked" in trail("listing", listings[offer])
