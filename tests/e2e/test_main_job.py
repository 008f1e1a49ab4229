"""The main job: from a need in Thai and an offer in Chinese to two people who know each other."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy import select

from matchmaker.domain.vocabulary import MatchState
from matchmaker.models import AuditEntry, Listing, Match, User
from tests.e2e.casework import (
    approve,
    check_introduced,
    find_match,
    say_yes,
    title_of,
    wait_for_match,
)
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

    match = wait_for_match(site, offer, need)
    find_match(nanning, match)
    approve(nanning, "offer")
    find_match(bangkok, match)
    approve(bangkok, "need", unread=True)
    bangkok.send(f"/{match}/offer")
    for address, party in ((MILL, mill), (INSTITUTE, institute)):
        party.page.goto(site.link_in_mail(address, path=f"/my/matches/{match}"))
        say_yes(party, match)
    nanning.open(f"/desk/matches/{match}")
    nanning.send("/introduce")

    titles = [title_of("N01"), title_of("O01")]
    for party, own, other in ((mill, MILL, INSTITUTE), (institute, INSTITUTE, MILL)):
        check_introduced(site, party, match, to=own, other=other, titles=titles)
    assert "双方均已同意" in body_of(site.mail_to(INSTITUTE, having=MILL))
    check_trail(site, match, need, offer)


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
