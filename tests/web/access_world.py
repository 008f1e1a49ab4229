"""One of everything that pages are about, and one of everybody who may open them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.domain.notifications import BounceCode, Frequency
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import (
    ControlClass,
    FollowUpAnswer,
    ListingKind,
    ListingState,
    MatchState,
    Side,
    TaskKind,
    TextField,
    TranslationState,
)
from matchmaker.models import (
    Attachment,
    CaseFile,
    CentreDelegation,
    ExportEvidence,
    GlossaryConcept,
    ImportBatch,
    Listing,
    Notification,
    Organisation,
    OrganisationServiceText,
    Outcome,
    OutcomeEvidence,
    OutgoingMail,
    RevisionAttachment,
    SavedSearch,
    TranslationRequest,
    User,
)
from matchmaker.queries.follow_ups import introduction_of
from matchmaker.queries.mail_addresses import address_hash
from matchmaker.services import bounces, public_listings
from matchmaker.services.attachments import file_path
from matchmaker.services.follow_up_links import AnswerLink, answer_token
from matchmaker.services.mail_links import address_token, unsubscribe_token
from matchmaker.services.notifications import notify
from matchmaker.services.outreach import open_task
from tests.factories import (
    NOW,
    add_text,
    make_appointment,
    make_catalogue,
    make_centre,
    make_follow_up,
    make_listing,
    make_match,
    make_meeting,
    make_membership,
    make_message,
    make_nda_text,
    make_organisation,
    make_outcome,
    make_sectors,
    make_service,
    make_user,
)

Login = Callable[[User], FlaskClient]
MARKS: Final[Mapping[TextField, str]] = {
    field: f"zq{field.value.replace('_', '')}x" for field in TextField
}
"""A word for each text field that stands nowhere else."""
OWNER: Final = "Hidden Mill of Nanning"


class World:
    """The head office in China, centres of Thailand and Vietnam, and who turns to them."""

    def __init__(self, session: Session, app: Flask) -> None:
        self.session = session
        settings: Settings = app.config["SETTINGS"]
        self.folder = settings.upload_folder
        self.secret = settings.secret_key
        make_sectors(session)
        self.chinese = make_centre(session, head_office=True)
        self.thai = make_centre(session, country="TH")
        self.vietnamese = make_centre(session, country="VN")
        self.seller = make_organisation(session, name=OWNER)
        self.buyer = make_organisation(session, country="TH", name="Khon Kaen Sugar")
        self.young = make_organisation(session, verified=False)
        self.shop = make_organisation(session, phone="+8613800138000")
        self.applicant = make_membership(session, self.seller, owner=False, accepted=False)
        self.people = self._people()
        self._listings()
        self._work()
        self._told()
        session.flush()

    def _people(self) -> dict[str, User | None]:
        session = self.session
        third = make_organisation(session, country="VN")
        return {
            "visitor": None,
            "account": make_user(session),
            "owner": make_membership(session, self.seller),
            "partner": make_membership(session, self.buyer),
            "outsider": make_membership(session, third),
            "newcomer": make_membership(session, self.young),
            "staff": make_appointment(session, self.chinese),
            "lead": make_appointment(session, self.chinese, lead=True),
            "thai_staff": make_appointment(session, self.thai),
            "other_staff": make_appointment(session, self.vietnamese),
            "administrator": make_user(session, roles=["administrator"]),
            "auditor": make_user(session, roles=["auditor"]),
        }

    def _listings(self) -> None:
        session = self.session
        marks = {field.value: mark for field, mark in MARKS.items()}
        title, description = marks.pop("title"), marks.pop("description")
        self.offer = make_listing(
            session, self.seller, state=ListingState.PUBLISHED, title=title,
            description=description, texts=marks, anonymous=True, control_class=ControlClass.FREE,
        )  # fmt: skip
        self.need = make_listing(
            session, self.buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED
        )
        self.draft = make_listing(session, self.seller, title="Half a thought")
        add_text(session, self.draft.newest, "th", title="ครึ่งความคิด")
        self.shop_draft = make_listing(session, self.shop, title="Written by staff")
        self.waiting = make_listing(
            session, self.seller, state=ListingState.SUBMITTED, language="th",
            title="Waits for the centre",
        )  # fmt: skip
        self.files = {
            "open": self._file(self.offer, confidential=False),
            "confidential": self._file(self.offer, confidential=True),
            "draft": self._file(self.draft, confidential=False),
            "shop": self._file(self.shop_draft, confidential=False),
        }
        for listing in (self.offer, self.need):
            public_listings.refresh(session, listing, NOW)

    def _attachment(self) -> Attachment:
        token = secrets.token_urlsafe(32)
        path = file_path(self.folder, token)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%PDF-1.7 %%EOF")
        return Attachment(
            token=token, filename="paper.pdf", content_type="application/pdf", size=14,
            sha256="0" * 64, uploaded_at=NOW,
        )  # fmt: skip

    def _file(self, listing: Listing, *, confidential: bool) -> str:
        attachment = self._attachment()
        listing.newest.attachments.append(
            RevisionAttachment(
                attachment=attachment,
                caption="",
                confidential=confidential,
                position=len(listing.newest.attachments),
            )
        )
        self.session.flush()
        return attachment.token

    def _work(self) -> None:
        session = self.session
        self.concept = GlossaryConcept(code="bagasse", created_at=NOW)
        session.add(self.concept)
        session.add(
            CentreDelegation(centre=self.chinese, delegate=self.vietnamese, since=NOW, until=NOW)
        )
        self.match = make_match(session, self.offer, self.need, state=MatchState.OFFERED)
        self.match.offered_at = NOW
        self.task = open_task(
            session, SYSTEM, self.shop, kind=TaskKind.QUESTION, dedupe_key="access", now=NOW,
            code="question_asked", reference=self.shop.reference, question="Who?",
            centre=self.chinese.code, answer_to="a@example.org",
        )  # fmt: skip
        session.add(
            TranslationRequest(
                revision_id=self.waiting.newest.id,
                language="en",
                centre=self.chinese,
                state=TranslationState.WANTED,
                created_at=NOW,
            )
        )
        self.batch = self._batch(self.seller)
        self._talks()

    def _talks(self) -> None:
        """A case whose parties talk, about two listings that nobody else is told of."""
        session, owner = self.session, self.people["owner"]
        assert owner is not None
        offer = make_listing(session, self.seller, state=ListingState.PUBLISHED)
        need = make_listing(
            session, self.buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED
        )
        self.talk = make_match(session, offer, need, state=MatchState.INTRODUCED)
        message = make_message(session, self.talk, owner, side=Side.OFFER)
        attachment = self._attachment()
        message.files.append(CaseFile(attachment=attachment, position=0))
        self.files["talk"] = attachment.token
        make_nda_text(session)
        self.meeting = make_meeting(session, self.talk, owner)
        self._directory()
        self._outcome()

    def _outcome(self) -> None:
        """The owner reported an agreement with its evidence and was asked how the talks go; of
        another match staff recorded one."""
        self._evidence("outcome", make_outcome(self.session, self.talk, side=Side.OFFER))
        offer = make_listing(self.session, self.seller, state=ListingState.PUBLISHED)
        need = make_listing(
            self.session, self.buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED
        )
        self.signed = make_match(self.session, offer, need, state=MatchState.AGREEMENT)
        recorded = make_outcome(self.session, self.signed, recorded_by=self.people["staff"])
        self._evidence("signed", recorded)
        asked = make_follow_up(self.session, self.talk, Side.OFFER, asked_at=utc_now())
        link = AnswerLink(
            self.talk.reference, asked.side, asked.days, introduction_of(self.talk),
            FollowUpAnswer.TESTING,
        )  # fmt: skip
        self.answer_token = answer_token(self.secret, link)

    def _evidence(self, name: str, outcome: Outcome) -> None:
        attachment = self._attachment()
        outcome.evidence.append(OutcomeEvidence(attachment=attachment, side=Side.OFFER, position=0))
        self.files[name] = attachment.token

    def _directory(self) -> None:
        """A service in two languages, a catalogue, and the evidence of a check."""
        session = self.session
        self.service = make_service(session, self.seller)
        self.service.texts.append(OrganisationServiceText(language="th", title="ทดสอบ"))
        make_catalogue(session)
        attachment, check = self._attachment(), self.offer.export_check
        assert check is not None
        session.add(attachment)
        session.flush()
        session.add(ExportEvidence(attachment_id=attachment.id, check_id=check.id))
        self.files["evidence"] = attachment.token

    def _told(self) -> None:
        """What the owner was told, a search that they keep, and links in mails to them."""
        owner = self.people["owner"]
        assert owner is not None
        notify(
            self.session, [owner], "listing_published", key="access", now=NOW,
            reference=self.offer.reference,
        )  # fmt: skip
        self.notice = self.session.scalars(
            select(Notification).where(Notification.user_id == owner.id)
        ).one()
        self.saved = SavedSearch(
            reference=new_reference(Prefix.SEARCH), user=owner, name="Boards", question="boards",
            filters={}, frequency=Frequency.DAILY, created_at=NOW,
        )  # fmt: skip
        self.session.add(self.saved)
        lost = OutgoingMail(
            dedupe_key="lost", recipient="lost@example.org", locale="en",
            code="match_message", data={}, created_at=NOW, gave_up_at=utc_now(),
            last_error="451 Try later",
        )  # fmt: skip
        self.session.add(lost)
        self.session.flush()
        bounces.record(
            self.session, lost, code=BounceCode.PERMANENT, status="5.1.1", key="lost", now=NOW
        )
        self.troubled = address_hash(lost.recipient)
        self.mail_links = {
            "mail_links.unsubscribe": unsubscribe_token(self.secret, owner.mail_key, None),
            "mail_links.address": address_token(self.secret, owner),
        }

    def _batch(self, organisation: Organisation) -> ImportBatch:
        owner = self.people["owner"]
        assert owner is not None
        batch = ImportBatch(
            token=secrets.token_urlsafe(32), organisation=organisation, by_id=owner.id,
            filename="table.csv", rows=[], report=[], created_at=NOW,
        )  # fmt: skip
        self.session.add(batch)
        return batch

    def browser(self, who: str, client: FlaskClient, login: Login) -> FlaskClient:
        """Return the browser of one of the people."""
        user = self.people[who]
        if user is not None:
            return login(user)
        with client.session_transaction() as cookie:
            cookie.clear()
        return client
