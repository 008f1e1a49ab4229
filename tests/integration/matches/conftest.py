"""An offer from China and a need from Thailand, their centres, and everybody around them."""

from dataclasses import dataclass
from typing import Final

import pytest
from sqlalchemy.orm import Session

from matchmaker.domain.match_states import NO_REPLY_AFTER
from matchmaker.domain.outcomes import Terms
from matchmaker.domain.permissions import VISITOR, Actor
from matchmaker.domain.vocabulary import (
    Answer,
    ControlClass,
    DeclineReason,
    ListingKind,
    ListingState,
    MatchState,
    RejectReason,
    RevisionState,
    Side,
    TechnologyContractType,
    Verdict,
)
from matchmaker.models import Centre, Listing, ListingRevision, Match, Organisation, User
from matchmaker.services import matches, outcomes
from tests.factories import (
    NOW,
    TODAY,
    actor_of,
    add_text,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_nda,
    make_organisation,
    make_revision,
    make_user,
)

TERMS: Final = Terms(
    contract_type=TechnologyContractType.LICENCE, signed_on=TODAY,
    contract_value=120_000_000, transaction_value=80_000_000, currency="THB", jobs=12,
)  # fmt: skip


@dataclass
class World:
    """The rows, and who asks."""

    session: Session
    head_office: Centre
    thai_centre: Centre
    seller: Organisation
    buyer: Organisation
    offer: Listing
    need: Listing
    match: Match
    users: dict[str, User]

    def actor(self, name: str) -> Actor:
        """The actor of one of the people; `visitor` has no account."""
        return VISITOR if name == "visitor" else actor_of(self.session, self.users[name])

    def approve(self) -> Match:
        """Both centres approve."""
        for side, name in ((Side.OFFER, "offer_staff"), (Side.NEED, "need_staff")):
            matches.decide(
                self.session, self.actor(name), self.match, side,
                verdict=Verdict.APPROVE, now=NOW,
            )  # fmt: skip
        return self.match

    def ask(self) -> Match:
        """Both centres approve and the parties are asked."""
        self.approve()
        return matches.offer_to_parties(
            self.session, self.actor("offer_staff"), self.match, now=NOW
        )

    def agree(self) -> Match:
        """Both parties say yes."""
        self.ask()
        for side, name in ((Side.OFFER, "seller"), (Side.NEED, "buyer")):
            matches.answer(
                self.session, self.actor(name), self.match, side, answer=Answer.YES, now=NOW
            )
        return self.match

    def introduce(self) -> Match:
        """The parties are introduced."""
        self.agree()
        return matches.introduce(self.session, self.actor("need_staff"), self.match, now=NOW)

    def reach(self, state: MatchState) -> Match:
        """Take the match to a state by the verbs that people use."""
        before = {
            MatchState.SUGGESTED: lambda: self.match,
            MatchState.UNDER_REVIEW: lambda: matches.decide(
                self.session, self.actor("offer_staff"), self.match, Side.OFFER,
                verdict=Verdict.APPROVE, now=NOW,
            ),
            MatchState.APPROVED: self.approve,
            MatchState.OFFERED: self.ask,
            MatchState.INTRODUCED: self.introduce,
            MatchState.REJECTED: lambda: matches.decide(
                self.session, self.actor("offer_staff"), self.match, Side.OFFER,
                verdict=Verdict.REJECT, reason=RejectReason.NOT_RELEVANT, now=NOW,
            ),
        }  # fmt: skip
        if state in before:
            return before[state]()
        self.introduce()
        if state is MatchState.NDA:
            make_nda(self.session, self.match)
        if state in {MatchState.AGREEMENT, MatchState.OUTCOME_CONFIRMED}:
            return self.sign(confirmed=state is MatchState.OUTCOME_CONFIRMED)
        reason = DeclineReason.PRICE if state is MatchState.DECLINED else None
        now = NOW + NO_REPLY_AFTER if state is MatchState.NO_REPLY else NOW
        return matches.take_step(
            self.session, self.actor("offer_staff"), self.match, state,
            decline_reason=reason, now=now,
        )  # fmt: skip

    def sign(self, *, confirmed: bool = False) -> Match:
        """The centre of the offer records an agreement; `confirmed`: the other one confirms it."""
        outcomes.record_outcome(self.session, self.actor("offer_staff"), self.match, TERMS, now=NOW)
        if confirmed:
            outcomes.confirm_outcome(self.session, self.actor("need_staff"), self.match, now=NOW)
        return self.match

    def revise(self, listing: Listing, description: str) -> ListingRevision:
        """A new revision of a listing is published."""
        language = listing.revisions[-1].original_language
        for revision in listing.revisions:
            revision.state = RevisionState.SUPERSEDED
        self.session.flush()
        revision = make_revision(
            self.session, listing, state=RevisionState.PUBLISHED, language=language
        )
        add_text(self.session, revision, language, title="Revised", description=description)
        return revision


@pytest.fixture
def world(session: Session) -> World:
    """A suggested match, and one person of each kind."""
    head_office = make_centre(session, head_office=True, languages=("en", "zh-Hans"))
    thai_centre = make_centre(session, country="TH", languages=("en", "th"))
    other_centre = make_centre(session, country="VN")
    seller = make_organisation(session, country="CN", name="Guangxi Boards")
    buyer = make_organisation(session, country="TH", name="Khon Kaen Sugar")
    offer = make_listing(
        session, seller, state=ListingState.PUBLISHED, control_class=ControlClass.FREE
    )
    need = make_listing(
        session, buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED,
        title="What to do with bagasse", description="We burn our bagasse today.",
    )  # fmt: skip
    users = {
        "offer_staff": make_appointment(session, head_office),
        "need_staff": make_appointment(session, thai_centre),
        "other_staff": make_appointment(session, other_centre),
        "seller": make_membership(session, seller),
        "buyer": make_membership(session, buyer),
        "other_member": make_membership(session, make_organisation(session, country="VN")),
        "administrator": make_user(session, roles=["administrator"]),
        "auditor": make_user(session, roles=["auditor"]),
    }
    return World(
        session, head_office, thai_centre, seller, buyer, offer, need,
        make_match(session, offer, need), users,
    )  # fmt: skip
