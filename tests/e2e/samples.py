"""Rows for the tests in a browser: a pair to be matched, and something for every page to show."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from flask_security.confirmable import generate_confirmation_token
from flask_security.recoverable import generate_reset_password_token
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.domain.notifications import Frequency, NotificationKind
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import (
    Channel,
    ControlClass,
    FollowUpAnswer,
    LandingStage,
    ListingKind,
    ListingState,
    MatchState,
    OrganisationSize,
    OrganisationType,
    Side,
)
from matchmaker.extensions import db
from matchmaker.models import (
    CaseMessageTranslation,
    LandingStep,
    Listing,
    Match,
    NdaAcceptance,
    Organisation,
    OrganisationServiceText,
    OutreachTask,
    User,
)
from matchmaker.queries.follow_ups import introduction_of
from matchmaker.services import (
    attachments,
    imports,
    listings,
    meetings,
    organisation_accounts,
    outreach,
    public_listings,
    saved_searches,
    translations,
)
from matchmaker.services.follow_up_links import AnswerLink, answer_token
from matchmaker.services.mail_links import address_token, unsubscribe_token
from matchmaker.services.meetings import Plan
from matchmaker.services.organisation_accounts import RepresentedOrganisation
from matchmaker.services.term_proposals import propose
from tests.e2e.site import INSTITUTE, demo_listing
from tests.factories import (
    NOW,
    actor_of,
    add_text,
    make_catalogue,
    make_follow_up,
    make_listing,
    make_match,
    make_membership,
    make_message,
    make_nda,
    make_nda_text,
    make_organisation,
    make_outcome,
    make_service,
    make_user,
)

ENTERPRISE: Final = "enterprise@enterprise.example.org"
NEWCOMER: Final = "newcomer@person.example.org"


@dataclass(frozen=True)
class Pair:
    """Two published listings that belong together."""

    offer: str
    need: str
    offer_title: str


def publish(session: Session, organisation: Organisation, key: str, **given: Any) -> Listing:
    """Write a listing of the demonstration, published, as `organisation`'s."""
    row = demo_listing(key)
    now = utc_now()
    given.setdefault("state", ListingState.PUBLISHED)
    if row["kind"] == ListingKind.OFFER:
        given.setdefault("control_class", ControlClass.FREE)
    listing = make_listing(
        session,
        organisation,
        kind=ListingKind(row["kind"]),
        language=row["language"],
        title=row["title"],
        description=row["description"],
        texts={"summary": row["summary"]},
        sectors=row["sectors"],
        valid_until=(now + timedelta(days=300)).date(),
        **given,
    )
    public_listings.refresh(session, listing, now)
    return listing


def publish_pair(session: Session, owner: str, *, need: str, offer: str) -> Pair:
    """Publish an offer of somebody's organisation and the need of a new one in Thailand."""
    own = session.scalars(select(User).where(User.email == owner)).one().memberships[0]
    first = publish(session, own.organisation, offer)
    second = publish(session, make_organisation(session, country="TH"), need)
    return Pair(first.reference, second.reference, demo_listing(offer)["title"])


@dataclass(frozen=True)
class Samples:
    """Values for the placeholders of addresses."""

    draft: str
    published: str
    submitted: str
    others: str
    match: str
    introduced: str
    offered: str
    agreed: str
    meeting: str
    organisation: str
    task: str
    file: str
    batch: str
    service: str
    answer: str
    """What a mail's link answers to the question how the talks of `introduced` go."""
    saved: str
    stop: str
    """The token of a link that stops mails; so the next confirms an address."""
    address: str
    translated: str
    pair: str
    """A query that names a proposed pair of terms."""


def load_samples(session: Session, settings: Settings, hashed: str) -> Samples:
    """Write something for every page: listings and matches in their states, an organisation
    without account with a task, a file, a table that was checked, a text to translate."""
    now = utc_now()
    secret, uploads = settings.secret_key, settings.upload_folder
    mill = make_organisation(session, country="TH", name="โรงงานน้ำตาลตัวอย่าง")
    enterprise = make_user(session, email=ENTERPRISE, locale="th", password_hash=hashed)
    make_membership(session, mill, enterprise)
    make_membership(session, mill, accepted=False)
    make_user(session, email=NEWCOMER, password_hash=hashed)
    make_organisation(session, country="TH", verified=False, name="Waiting Company")
    institute = session.scalars(select(User).where(User.email == INSTITUTE)).one()
    offerer = institute.memberships[0].organisation
    actor = actor_of(session, enterprise)

    draft = make_listing(session, mill, kind=ListingKind.DEMAND, language="th",
                         title=demo_listing("N01")["title"],
                         description=demo_listing("N01")["description"])  # fmt: skip
    add_text(session, draft.newest, "en", title="Use for surplus cane fibre",
             description="About 60,000 t of pressed cane fibre are left.")  # fmt: skip
    shown = attachments.add_attachment(
        session, actor, draft, content=_picture(), filename="mill.png", folder=uploads,
        caption="โรงงาน", now=now,
    )  # fmt: skip
    submitted = publish(session, mill, "N27", state=ListingState.SUBMITTED)
    for state in (ListingState.REJECTED, ListingState.EXPIRED, ListingState.ON_HOLD):
        make_listing(session, mill, state=state, title=f"Listing {state}")
    needs = [publish(session, mill, key) for key in ("N01", "N08", "N11", "N17", "N31")]
    offers = [publish(session, offerer, f"O{need}") for need in ("01", "08", "11", "17", "31")]
    states = (MatchState.SUGGESTED, MatchState.APPROVED, MatchState.OFFERED,
              MatchState.INTRODUCED, MatchState.REJECTED)  # fmt: skip
    matches = [
        make_match(session, offer, need, state=state)
        for offer, need, state in zip(offers, needs, states, strict=True)
    ]
    listings.start_revision(session, actor, needs[4], now=now)
    agreed = make_match(session, offers[0], needs[1], state=MatchState.NDA)

    farm = _represented(session)
    outreach.ask_question(session, SYSTEM, farm, "How many buffaloes do you keep?", now=now)
    lao = publish(session, farm, "N35")
    translations.want(session, SYSTEM, lao.newest, "en", now)
    batch = imports.dry_run(
        session, actor, mill,
        [(2, {"kind": "demand", "language": "th", "title": "หาเครื่องอบแห้ง"}), (3, {"kind": "x"})],
        filename="needs.xlsx", trust_language=True, now=now,
    )  # fmt: skip
    session.flush()
    return Samples(
        draft=draft.reference,
        published=needs[0].reference,
        submitted=submitted.reference,
        others=offers[0].reference,
        match=matches[0].reference,
        introduced=matches[3].reference,
        offered=matches[2].reference,
        agreed=agreed.reference,
        meeting=_talks(session, matches[3], enterprise, institute, agreed),
        organisation=farm.reference,
        task=session.scalars(select(OutreachTask)).one().reference,
        file=shown.attachment.token,
        batch=batch.token,
        service=_service(session, mill, offerer, matches[0]),
        answer=_asked(session, matches[3], secret),
        saved=_saved(session, enterprise),
        stop=unsubscribe_token(secret, enterprise.mail_key, NotificationKind.MEETING),
        address=address_token(secret, enterprise),
        translated=lao.reference,
        pair=_term_pair(session, lao.reference),
    )


def _service(session: Session, mill: Organisation, offerer: Organisation, match: Match) -> str:
    """A service of the enterprise in two languages on the path of a match; a catalogue newer than
    the checks."""
    service = make_service(
        session, mill, language="th", title="สายการผลิตนำร่องเยื่อชานอ้อย",
        description="ต้มและขึ้นรูปเยื่อชานอ้อย 200 กิโลกรัมต่อวัน", places=["TH", "LA"],
    )  # fmt: skip
    service.texts.append(OrganisationServiceText(language="en", title="Pilot line for bagasse"))
    make_service(session, offerer, title="甘蔗渣检测", language="zh-Hans")
    session.add(
        LandingStep(
            match=match,
            service=service,
            stage=LandingStage.PILOT_PLATFORM,
            attached_by=make_user(session),
            note="Ask for Somchai.",
            at=NOW,
        )
    )
    make_catalogue(session, version="2099")
    return service.reference


def _talks(session: Session, match: Match, buyer: User, seller: User, agreed: Match) -> str:
    """Messages, an accepted agreement, and a meeting that waits for an answer; its reference."""
    make_message(session, match, seller, side=Side.OFFER, language="zh-Hans",
                 body="我们的样品已经寄出。\n详见 https://example.org/a")  # fmt: skip
    answer = make_message(session, match, buyer, side=Side.NEED, body="ขอบคุณครับ", language="th")
    answer.translations.append(
        CaseMessageTranslation(
            language="en", text="Thank you.", made_by="LibreTranslate", made_at=NOW, attempts=1
        )
    )
    text = make_nda_text(session, sample=True)
    nda = make_nda(session, agreed)
    for side, who in ((Side.OFFER, seller), (Side.NEED, buyer)):
        body = text.bodies[0]
        nda.acceptances.append(
            NdaAcceptance(
                side=side, user=who, name="สมชาย ใจดี", organisation=who.memberships[0].organisation,
                organisation_name="Sample Mill", language=body.language, sha256=body.sha256, at=NOW,
            )
        )  # fmt: skip
    meeting = meetings.propose_meeting(
        session, actor_of(session, seller), match,
        Plan(
            title="First call", times=[utc_now() + timedelta(days=day) for day in (5, 6)],
            minutes=60, time_zone="Asia/Shanghai", place="https://meet.example.org/x",
            interpret=("zh-Hans", "th"),
        ),
        now=utc_now(),
    )  # fmt: skip
    return meeting.reference


def _asked(session: Session, match: Match, secret: str) -> str:
    """An agreement that a party reported, and a question how the talks go; the link's token."""
    make_outcome(session, match, side=Side.OFFER)
    for side in Side:
        make_follow_up(session, match, side, asked_at=utc_now())
    introduced = introduction_of(match)
    link = AnswerLink(match.reference, Side.NEED, 30, introduced, FollowUpAnswer.ENDED)
    return answer_token(secret, link)


def _saved(session: Session, person: User) -> str:
    """A search that somebody keeps; its reference."""
    return saved_searches.save(
        session, actor_of(session, person), name="ชานอ้อย", question="ชานอ้อย",
        filters={"kind": ["offer"]}, frequency=Frequency.DAILY, found=[], now=utc_now(),
    ).reference  # fmt: skip


def _term_pair(session: Session, listing: str) -> str:
    """A pair that the engine proposes, as the query that names it."""
    one, other = ("lo", "ກາກອ້ອຍ"), ("zh-Hans", "蔗渣浆")
    propose(
        session, one, other,
        score=0.9, evidence=[{"kind": "listing", "reference": listing}], now=NOW,
    )  # fmt: skip
    names = ("left_language", "left", "right_language", "right")
    return urlencode(dict(zip(names, (*one, *other), strict=True)))


def confirmation_token(email: str) -> str:
    """Return the end of the link that confirms an address. Needs an app context."""
    return str(generate_confirmation_token(_user(email)))


def recovery_token(email: str) -> str:
    """Return the end of the link that sets a new password. Needs an app context."""
    return str(generate_reset_password_token(_user(email)))


def _user(email: str) -> User:
    return db.session.scalars(select(User).where(User.email == email)).one()


def _represented(session: Session) -> Organisation:
    given = RepresentedOrganisation(
        name="ຟາມຄວາຍນົມ", language="lo", organisation_type=OrganisationType.ENTERPRISE,
        size=OrganisationSize.UP_TO_10, country="LA", contact_name="ນາງ ຄຳ",
        channel=Channel.WHATSAPP, contact_language="lo", consent_note="By phone.",
        phone="+8562055501234",
    )  # fmt: skip
    farm = organisation_accounts.create_represented(session, SYSTEM, given, now=utc_now())
    session.flush()
    organisation_accounts.offer_claim(session, SYSTEM, farm, now=utc_now())
    return farm


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    return file.getvalue()
