"""The people of the casework, what they find on their site, and what each does again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import current_app
from playwright.sync_api import FilePayload, Locator, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.clock import utc_now
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import ConfidentialAfter, ControlClass, MatchState
from matchmaker.models import Centre, Listing, Match, Organisation, User
from matchmaker.services import export_catalogues, ndas, public_listings, seeding
from tests.e2e.conftest import Visit
from tests.e2e.samples import publish
from tests.e2e.site import (
    BANGKOK,
    INSTITUTE,
    NANNING,
    SEEDS,
    Site,
    body_of,
    demo_listing,
    load_network,
    wait_for,
)
from tests.e2e.visitor import Visitor
from tests.factories import (
    add_text,
    make_appointment,
    make_match,
    make_membership,
    make_organisation,
    make_user,
)

MILL: Final = "nok@mill.example.org"
COLLEAGUE: Final = "lin@centres.example.org"
VIENTIANE: Final = "vientiane@centres.example.org"
NAMES: Final = {
    NANNING: "Wei Xiulan",
    COLLEAGUE: "Lin Fang",
    BANGKOK: "Anong Srisai",
    VIENTIANE: "Bounmy Keo",
    INSTITUTE: "Li Guixiang",
    MILL: "Nok Wongsa",
}
NEED: Final = {
    "title": "Use for 60,000 t of surplus bagasse a year: goods that sell, without plastic",
    "summary": "A sugar mill is left with bagasse after each season.",
    "description": "Every year about 60,000 t of bagasse are left over from our boilers. We look "
    "for a way to make goods for consumers of it, beside the mill, without plastic.",
}
CATALOGUE: Final = """number,name,keywords,class,language
07-12,蔗渣浆模塑餐具成型技术,甘蔗渣；模压；餐具,restricted,zh-Hans
07-12,Moulding of tableware from bagasse pulp,bagasse; moulded fibre,restricted,en
09-03,深海沉积物保压取样技术,保压取样；深海,dual_use,zh-Hans
"""
SECRET: Final = "胶料配方：淀粉基施胶剂占干浆百分之三点二。"


def pdf(name: str) -> FilePayload:
    """Return a small file to upload."""
    return {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.7\ntrailer\n%%EOF\n"}


def load_casework(session: Session, hashed: str) -> None:
    """Write the network with names and languages, a third centre, a mill in Thailand, the sample
    agreement and a catalogue; no listing yet."""
    load_network(session, hashed)
    centres = seeding.read_json(SEEDS / "centres.json")
    seeding.load_centres(session, [row for row in centres if row["key"] == "la-vientiane"])
    for code, email, locale in (
        ("cn-nanning", COLLEAGUE, "zh-Hans"),
        ("la-vientiane", VIENTIANE, "en"),
    ):
        centre = session.scalars(select(Centre).where(Centre.code == code)).one()
        person = make_user(session, email=email, locale=locale, password_hash=hashed)
        make_appointment(session, centre, person)
    mill = make_organisation(session, country="TH", name="Isan Sugar Mill")
    make_membership(session, mill, make_user(session, email=MILL, password_hash=hashed))
    for email, name in NAMES.items():
        user_of(session, email).name = name
    for email in (MILL, BANGKOK):
        person = user_of(session, email)
        person.locale, person.time_zone = "en", "Asia/Bangkok"
    ndas.load_sample(session, SEEDS / "nda", now=utc_now())
    export_catalogues.import_catalogue(
        session, SYSTEM, CATALOGUE.encode(),
        country="CN", version="2026", title="样本目录", now=utc_now(),
    )  # fmt: skip


def user_of(session: Session, email: str) -> User:
    """Return an account."""
    return session.scalars(select(User).where(User.email == email)).one()


def own(session: Session, email: str) -> Organisation:
    """Return the organisation for which somebody acts."""
    return user_of(session, email).memberships[0].organisation


def publish_offer(session: Session, key: str, **given: Any) -> Listing:
    """Publish a listing of the demonstration as the institute's."""
    return publish(session, own(session, INSTITUTE), key, **given)


def publish_need(session: Session, key: str, **english: str) -> Listing:
    """Publish a listing of the demonstration as the mill's, with an English version."""
    need = publish(session, own(session, MILL), key)
    add_text(session, need.newest, "en", **english)
    public_listings.refresh(session, need, utc_now())
    return need


def publish_bagasse(session: Session) -> tuple[str, str]:
    """Publish an offer of which nobody has checked the export yet and which keeps something for
    after an agreement, and a need that it answers; return their references."""
    offer = publish_offer(
        session, "O01",
        control_class=ControlClass.NOT_CHECKED, confidential_after=ConfidentialAfter.NDA,
    )  # fmt: skip
    offer.newest.texts[0].confidential_detail = SECRET
    need = publish_need(session, "N01", **NEED)
    return offer.reference, need.reference


@dataclass(frozen=True)
class Case:
    """A match, the staff of both its centres and the people of both its parties."""

    site: Site
    reference: str
    nanning: Visitor
    bangkok: Visitor
    institute: Visitor
    mill: Visitor

    @property
    def parties(self) -> tuple[tuple[Visitor, str, str], ...]:
        """Each party with its address and the other's."""
        return (self.institute, INSTITUTE, MILL), (self.mill, MILL, INSTITUTE)


def open_case(site: Site, visit: Visit, reference: str) -> Case:
    """Let the four come; the Chinese side reads Chinese, the other one English."""
    people = []
    for email, locale in (
        (NANNING, "zh-Hans"), (BANGKOK, "en"), (INSTITUTE, "zh-Hans"), (MILL, "en"),
    ):  # fmt: skip
        person = visit(locale)
        person.sign_in(email)
        people.append(person)
    return Case(site, reference, *people)


def find_on_desk(staff: Visitor, reference: str) -> None:
    """Find what waits for one's centre, and open it."""
    staff.go("/desk/")
    staff.follow(staff.main.locator(f'.match-list a[href$="/desk/matches/{reference}"]'))


def find_match(staff: Visitor, reference: str) -> None:
    """Find a match in the queue, and open it."""
    staff.go("/desk/matches/")
    staff.follow(staff.main.locator(f'.match-list a[href$="/desk/matches/{reference}"]'))


def find_own(party: Visitor, reference: str) -> None:
    """Find a match among those of one's organisation, and open it."""
    party.go("/my/matches/")
    party.follow(party.main.locator(f'h3 a[href$="/my/matches/{reference}"]'))


def act(visitor: Visitor, action: str, **fields: Any) -> None:
    """Fill in a form of the open page and send it; nothing is wrong with it."""
    visitor.fill(action, **fields)
    visitor.send(action)
    expect(visitor.main.locator(".error-summary")).to_have_count(0)
    expect(done(visitor)).to_be_visible()


def done(visitor: Visitor) -> Locator:
    """The notice that something was done."""
    return visitor.main.locator('.notice--success[role="status"]').first


def approve(staff: Visitor, side: str, *, unread: bool = False) -> None:
    """Read on the open page why a match was suggested, and approve it for one side."""
    expect(staff.main.locator('section[aria-labelledby="reasons"] tbody tr').first).to_be_visible()
    decide = f"/decide/{side}"
    staff.fill(decide, verdict="approve")
    if unread:
        staff.send(decide)
        expect(staff.main.locator(".error-summary")).to_be_visible()
        staff.fill(decide, verdict="approve", read_in_original=True)
    else:
        expect(staff.form(decide).locator("[name$=read_in_original]")).to_have_count(0)
    staff.send(decide)
    expect(staff.main.locator(".error-summary")).to_have_count(0)


def say_yes(party: Visitor, reference: str) -> None:
    """Find the question among one's matches, and agree to the introduction."""
    find_own(party, reference)
    expect(party.main).not_to_contain_text("@")
    act(party, "/answer", answer="yes")


def check_introduced(
    site: Site, party: Visitor, reference: str, *, to: str, other: str, titles: list[str]
) -> None:
    """A party has a mail in its language, and a page, with the other's contact."""
    mail = site.mail_to(to, having=other, about=reference)
    assert mail["Content-Language"] == party.locale
    text = body_of(mail)
    assert f"/{party.locale}/my/matches/{reference}" in text
    for title in titles:
        assert title in text
    find_own(party, reference)
    expect(party.main.locator(f'a[href="mailto:{other}"]')).to_be_visible()


def in_days(days: int) -> str:
    """Return a date from today on, as people type it."""
    return (utc_now() + timedelta(days=days)).date().isoformat()


def title_of(key: str) -> str:
    """Return the title of a listing of the demonstration."""
    return str(demo_listing(key)["title"])


def match_of(site: Site, offer: str, need: str) -> str | None:
    """Return the reference of the match, once the worker has made it."""
    with site.read() as session:
        for match in session.scalars(select(Match)):
            if (match.offer.reference, match.need.reference) == (offer, need):
                return match.reference
    return None


def wait_for_match(site: Site, offer: str, need: str) -> str:
    """Wait until the worker's run of the engine suggests a match; return its reference."""
    return wait_for(lambda: match_of(site, offer, need), "the match of offer and need")


def pass_days(site: Site, reference: str, days: int) -> None:
    """Let the introduction be so long ago, and the worker do what time brings."""
    with site.write() as session:
        match = session.scalars(select(Match).where(Match.reference == reference)).one()
        assert match.introduced_at is not None
        match.introduced_at -= timedelta(days=days)

    def look() -> None:
        current_app.extensions["matchmaker.jobs"].deadlines()

    site.inside(look)


def ask_about(session: Session, offer_key: str, need_key: str, **english: str) -> Match:
    """Write a match of which both parties are just asked; the offer is free to leave."""
    match = make_match(
        session, publish_offer(session, offer_key), publish_need(session, need_key, **english),
        state=MatchState.OFFERED,
    )  # fmt: skip
    match.offered_at = match.state_changed_at = utc_now()
    return match


def tab(visitor: Visitor, end: str) -> Locator:
    """A part of the case whose page is open."""
    return visitor.main.locator(f'nav.tabs a[href*="/talks/"][href$="{end}"]')
