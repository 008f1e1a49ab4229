"""Who may take a match from which state to which, written out; and the people to try it.

The centre of the offer is a provincial one, so that the head office is a third centre here.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from matchmaker.domain.permissions import SYSTEM, VISITOR, Actor
from matchmaker.domain.vocabulary import (
    Answer,
    ControlClass,
    ListingKind,
    ListingState,
    MatchState,
    RevisionState,
    Side,
    TechnologyContractType,
    Verdict,
)
from matchmaker.models import (
    Listing,
    Match,
    MatchDecision,
    Organisation,
    Outcome,
    PartyAnswer,
    User,
)
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

S = MatchState

ROLES: Final = (
    "offer_staff",
    "offer_lead",
    "need_staff",
    "third_staff",
    "head_office",
    "seller",
    "buyer",
    "both_sides",
    "staff_and_buyer",
    "other_member",
    "administrator",
    "auditor",
    "visitor",
    "system",
)
"""`both_sides` belongs to both organisations; `staff_and_buyer` works for the offer's centre and
belongs to the buyer; `system` is the clock and what follows from other steps."""

STAFF: Final = frozenset({"offer_staff", "offer_lead", "need_staff"})
PARTIES: Final = frozenset({"seller", "buyer", "both_sides", "staff_and_buyer"})
OTHERS: Final = frozenset({"offer_lead", "need_staff"})
"""Staff besides `offer_staff`, who recorded the agreement."""
EITHER: Final = STAFF | PARTIES
ITSELF: Final = frozenset({"system"})

_TABLE: Final = """
suggested          under_review       EITHER
suggested          rejected           STAFF
suggested          lapsed             SYSTEM
under_review       approved           STAFF
under_review       rejected           STAFF
under_review       lapsed             SYSTEM
approved           under_review       SYSTEM
approved           offered            STAFF
approved           rejected           STAFF
approved           lapsed             SYSTEM
offered            introduced         STAFF
offered            rejected           STAFF
offered            declined           PARTIES
offered            withdrawn          EITHER
offered            no_reply           STAFF SYSTEM
offered            lapsed             SYSTEM
introduced         in_discussion      EITHER
introduced         nda                EITHER
introduced         negotiating        EITHER
introduced         agreement          STAFF
introduced         declined           EITHER
introduced         withdrawn          EITHER
introduced         no_reply           STAFF SYSTEM
in_discussion      introduced         EITHER
in_discussion      nda                EITHER
in_discussion      negotiating        EITHER
in_discussion      agreement          STAFF
in_discussion      declined           EITHER
in_discussion      withdrawn          EITHER
in_discussion      no_reply           STAFF
nda                in_discussion      EITHER
nda                negotiating        EITHER
nda                agreement          STAFF
nda                declined           EITHER
nda                withdrawn          EITHER
nda                no_reply           STAFF
negotiating        nda                EITHER
negotiating        agreement          STAFF
negotiating        declined           EITHER
negotiating        withdrawn          EITHER
negotiating        no_reply           STAFF
agreement          negotiating        STAFF
agreement          outcome_confirmed  OTHERS
agreement          declined           EITHER
agreement          withdrawn          EITHER
outcome_confirmed  agreement          STAFF
rejected           under_review       STAFF
rejected           suggested          SYSTEM
declined           under_review       STAFF
declined           suggested          SYSTEM
withdrawn          under_review       STAFF
withdrawn          suggested          SYSTEM
no_reply           under_review       STAFF
no_reply           suggested          SYSTEM
lapsed             under_review       EITHER
lapsed             suggested          SYSTEM
"""
"""An outcome is confirmed once the agreement is recorded, by somebody else than who recorded it.
A lapsed match opens again by a party's new interest, too. The system suggests an ended one again
after a text of it changed."""

_GROUPS: Final = {
    "STAFF": STAFF, "OTHERS": OTHERS, "PARTIES": PARTIES, "EITHER": EITHER, "SYSTEM": ITSELF,
}  # fmt: skip


def _read() -> dict[tuple[MatchState, MatchState], frozenset[str]]:
    table = {}
    for line in _TABLE.split("\n"):
        if line:
            before, after, *groups = line.split()
            who = frozenset().union(*(_GROUPS[group] for group in groups))
            table[MatchState(before), MatchState(after)] = who
    return table


ALLOWED: Final = _read()


@dataclass
class Network:
    """Three centres besides the head office, two parties who made an agreement, and one person of
    each role."""

    session: Session
    seller: Organisation
    buyer: Organisation
    offer: Listing
    need: Listing
    match: Match
    users: dict[str, User]

    def actor(self, role: str) -> Actor:
        if role == "system":
            return SYSTEM
        return VISITOR if role == "visitor" else actor_of(self.session, self.users[role])

    def stand_in(self, state: S) -> None:
        """Put the match into a state, with all that a step from there asks for besides."""
        match = self.match
        match.state, match.state_changed_at = state, NOW
        match.offered_at = match.introduced_at = NOW
        for side in Side:
            if state in {S.UNDER_REVIEW, S.APPROVED, S.OFFERED}:
                match.decisions.append(
                    MatchDecision(
                        side=side, verdict=Verdict.APPROVE, centre_id=match.centre_id(side), at=NOW
                    )
                )
            if state is S.OFFERED:
                match.answers.append(PartyAnswer(side=side, answer=Answer.YES, at=NOW))
        if state in {S.AGREEMENT, S.OUTCOME_CONFIRMED}:
            outcome = Outcome(
                contract_type=TechnologyContractType.SERVICE, signed_on=TODAY, recorded_at=NOW,
                recorded_by=self.users["offer_staff"], recorded_centre_id=match.offer_centre_id,
                registration_number="", note="",
            )  # fmt: skip
            match.outcomes.append(outcome)
        self.session.flush()

    def revise(self) -> None:
        """A text of the offer is published anew."""
        for revision in self.offer.revisions:
            revision.state = RevisionState.SUPERSEDED
        self.session.flush()
        newer = make_revision(self.session, self.offer, state=RevisionState.PUBLISHED)
        add_text(self.session, newer, "en", title="Revised", description="Something new")


def make_network(session: Session) -> Network:
    """A suggested match of an offer from Vietnam and a need from Thailand, and everybody."""
    head_office = make_centre(session, head_office=True)
    centres = {code: make_centre(session, country=code) for code in ("VN", "TH", "MY")}
    seller = make_organisation(session, country="VN")
    buyer = make_organisation(session, country="TH")
    offer = make_listing(
        session, seller, state=ListingState.PUBLISHED, control_class=ControlClass.FREE
    )
    need = make_listing(session, buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED)
    both, divided = make_membership(session, seller), make_appointment(session, centres["VN"])
    users = {
        "offer_staff": make_appointment(session, centres["VN"]),
        "offer_lead": make_appointment(session, centres["VN"], lead=True),
        "need_staff": make_appointment(session, centres["TH"]),
        "third_staff": make_appointment(session, centres["MY"]),
        "head_office": make_appointment(session, head_office, lead=True),
        "seller": make_membership(session, seller),
        "buyer": make_membership(session, buyer),
        "both_sides": make_membership(session, buyer, both),
        "staff_and_buyer": make_membership(session, buyer, divided),
        "other_member": make_membership(session, make_organisation(session, country="MY")),
        "administrator": make_user(session, roles=["administrator"]),
        "auditor": make_user(session, roles=["auditor"]),
    }
    match = make_match(session, offer, need)
    make_nda(session, match)
    return Network(session, seller, buyer, offer, need, match, users)
