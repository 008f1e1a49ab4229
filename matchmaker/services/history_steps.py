"""The steps of the demonstration's history: each is one verb of the services."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.listing_states import By as ListingBy
from matchmaker.domain.outcomes import Terms
from matchmaker.domain.permissions import SYSTEM, Actor
from matchmaker.domain.vocabulary import (
    Answer,
    Band,
    Clearance,
    ControlClass,
    DeclineReason,
    FollowUpAnswer,
    ListingState,
    MatchState,
    OrganisationServiceKind,
    RejectReason,
    Side,
    TechnologyContractType,
    Verdict,
)
from matchmaker.matching.documents import Reason
from matchmaker.models import CaseMessage, Centre, Listing, Match, Meeting, User
from matchmaker.models import OrganisationService as Service
from matchmaker.queries.ndas import accepted_text
from matchmaker.services import (
    case_messages,
    casework,
    export_clearances,
    follow_ups,
    introductions,
    landing,
    listing_states,
    listings,
    matches,
    meetings,
    ndas,
    outcomes,
    pairs,
    suggestions,
    talk_steps,
)
from matchmaker.services.match_sides import is_readable
from matchmaker.services.seeding import organisation_keys

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a step takes place; `side` is the side of the actor, `now` its instant."""

    session: Session
    offer: Listing
    need: Listing
    known: Match | None
    actor: Actor
    step: Row
    folder: Path
    now: datetime
    side: Side
    instant: Callable[[Row], datetime]
    """Turns a row with `ago` and `at` into an instant."""

    @property
    def listing(self) -> Listing:
        return self.offer if self.side is Side.OFFER else self.need

    @property
    def match(self) -> Match:
        """The match, from the first step of its case on."""
        if self.known is None:
            raise ValueError(f"{self.offer.own_number} {self.need.own_number}: no match yet")
        return self.known


def _suggest(scene: Scene) -> Match:
    """What the engine found; the file holds its score and reasons."""
    candidate = suggestions.Candidate(
        reference=scene.need.reference,
        score=scene.step["score"],
        band=Band(scene.step["band"]),
        reasons=tuple(Reason(**reason) for reason in scene.step["reasons"]),
    )
    suggestions.suggest(
        scene.session, scene.offer, [candidate], index_version="demonstration", now=scene.now
    )
    return _begun(scene)


def _begun(scene: Scene) -> Match:
    match = scene.session.scalars(
        select(Match).where(Match.offer_id == scene.offer.id, Match.need_id == scene.need.id)
    ).one()
    match.created_at = min(match.created_at, scene.now)
    return match


def _interest(scene: Scene) -> Match:
    target = scene.need if scene.side is Side.OFFER else scene.offer
    return pairs.express_interest(
        scene.session,
        scene.actor,
        target,
        scene.listing,
        what_cooperation=scene.step["what_cooperation"],
        about_you=scene.step["about_you"],
        now=scene.now,
    )


def _pair(scene: Scene) -> Match:
    return pairs.pair(
        scene.session,
        scene.actor,
        scene.offer,
        scene.need,
        note=scene.step.get("note", ""),
        now=scene.now,
    )


def _approve(scene: Scene) -> Match:
    revisions = (scene.match.offer_revision, scene.match.need_revision)
    return matches.decide(
        scene.session,
        scene.actor,
        scene.match,
        scene.side,
        verdict=Verdict.APPROVE,
        read_in_original=not all(is_readable(scene.actor, each) for each in revisions),
        now=scene.now,
    )


def _reject(scene: Scene) -> Match:
    return matches.decide(
        scene.session, scene.actor, scene.match, scene.side, verdict=Verdict.REJECT,
        reason=RejectReason(scene.step["reason"]), note=scene.step.get("note", ""), now=scene.now,
    )  # fmt: skip


def _stop(scene: Scene) -> Match:
    return matches.stop(
        scene.session, scene.actor, scene.match, reason=RejectReason(scene.step["reason"]),
        note=scene.step.get("note", ""), now=scene.now,
    )  # fmt: skip


def _reopen(scene: Scene) -> Match:
    return matches.reopen(
        scene.session, scene.actor, scene.match, note=scene.step["note"], now=scene.now
    )


def _offer(scene: Scene) -> Match:
    return introductions.offer_to_parties(scene.session, scene.actor, scene.match, now=scene.now)


def _answer(scene: Scene) -> Match:
    return introductions.answer(
        scene.session, scene.actor, scene.match, scene.side, answer=Answer(scene.step["answer"]),
        decline_reason=_reason(scene.step), now=scene.now,
    )  # fmt: skip


def _reason(step: Row) -> DeclineReason | None:
    return DeclineReason(step["reason"]) if "reason" in step else None


def _clear(scene: Scene) -> Match:
    export_clearances.clear_export(
        scene.session,
        scene.actor,
        scene.match,
        scene.side,
        control_class=ControlClass(scene.step["control_class"]),
        clearance=Clearance(scene.step["clearance"]),
        number=scene.step.get("number", ""),
        catalogue_version=scene.step.get("catalogue_version", ""),
        note=scene.step.get("note", ""),
        now=scene.now,
    )
    return scene.match


def _introduce(scene: Scene) -> Match:
    return introductions.introduce(scene.session, scene.actor, scene.match, now=scene.now)


def _step(scene: Scene) -> Match:
    return talk_steps.take_step(
        scene.session,
        scene.actor,
        scene.match,
        MatchState(scene.step["to"]),
        decline_reason=_reason(scene.step),
        declined_by=scene.side,
        now=scene.now,
    )


def _message(scene: Scene) -> Match:
    message = case_messages.write_message(
        scene.session,
        scene.actor,
        scene.match,
        body=scene.step["text"],
        language=scene.step["language"],
        folder=scene.folder,
        now=scene.now,
    )
    scene.session.flush()
    case_messages.mark_read(scene.session, scene.actor, message, now=scene.now)
    return scene.match


def _read(scene: Scene) -> Match:
    newest = scene.session.scalars(
        select(CaseMessage)
        .where(CaseMessage.match_id == scene.match.id)
        .order_by(CaseMessage.id.desc())
        .limit(1)
    ).one()
    case_messages.mark_read(scene.session, scene.actor, newest, now=scene.now)
    return scene.match


def _nda(scene: Scene) -> Match:
    text = accepted_text(scene.session, scene.match)
    body = text.body(scene.step["language"]) if text is not None else None
    if body is None:
        raise ValueError(f"There is no agreement in {scene.step['language']}.")
    ndas.accept_text(
        scene.session,
        scene.actor,
        scene.match,
        language=scene.step["language"],
        sha256=body.sha256,
        name=scene.step["name"],
        sample_counts=True,
        now=scene.now,
    )
    return scene.match


def _meeting(scene: Scene) -> Match:
    interpret = scene.step.get("interpret")
    plan = meetings.Plan(
        title=scene.step["title"],
        times=[scene.instant(each) for each in scene.step["times"]],
        minutes=scene.step["minutes"],
        time_zone=scene.step["time_zone"],
        place=scene.step["place"],
        interpret=(interpret[0], interpret[1]) if interpret else None,
    )
    meetings.propose_meeting(scene.session, scene.actor, scene.match, plan, now=scene.now)
    return scene.match


def _newest_meeting(scene: Scene) -> Meeting:
    return scene.session.scalars(
        select(Meeting)
        .where(Meeting.match_id == scene.match.id)
        .order_by(Meeting.id.desc())
        .limit(1)
    ).one()


def _accept_time(scene: Scene) -> Match:
    meeting = _newest_meeting(scene)
    meetings.accept_time(
        scene.session, scene.actor, meeting, meeting.times[0].starts_at,
        seen=meeting.lock_version, now=scene.now,
    )  # fmt: skip
    return scene.match


def _decline_meeting(scene: Scene) -> Match:
    meeting = _newest_meeting(scene)
    meetings.decline_meeting(
        scene.session,
        scene.actor,
        meeting,
        note=scene.step["note"],
        seen=meeting.lock_version,
        now=scene.now,
    )
    return scene.match


def _terms(scene: Scene) -> Terms:
    return Terms(
        contract_type=TechnologyContractType(scene.step["contract_type"]),
        signed_on=scene.now.date() - timedelta(days=scene.step.get("signed_before", 3)),
        contract_value=scene.step.get("contract_value"),
        transaction_value=scene.step.get("transaction_value"),
        currency=scene.step.get("currency"),
        registration_number=scene.step.get("registration_number", ""),
        jobs=scene.step.get("jobs"),
    )


def _propose_outcome(scene: Scene) -> Match:
    outcomes.propose_outcome(
        scene.session, scene.actor, scene.match, _terms(scene), folder=scene.folder, now=scene.now
    )
    return scene.match


def _record_outcome(scene: Scene) -> Match:
    outcomes.record_outcome(scene.session, scene.actor, scene.match, _terms(scene), now=scene.now)
    return scene.match


def _confirm(scene: Scene) -> Match:
    outcomes.confirm_outcome(scene.session, scene.actor, scene.match, now=scene.now)
    return scene.match


def _follow_up(scene: Scene) -> Match:
    asked = scene.match.follow_up(scene.side)
    if asked is None:
        raise ValueError(f"{scene.offer.own_number} {scene.need.own_number}: nobody asked yet")
    follow_ups.answer_follow_up(
        scene.session, scene.actor, asked, answer=FollowUpAnswer(scene.step["answer"]),
        decline_reason=_reason(scene.step), now=scene.now,
    )  # fmt: skip
    return scene.match


def _comment(scene: Scene) -> Match:
    casework.comment(
        scene.session, scene.actor, scene.match, note=scene.step["note"], now=scene.now
    )
    return scene.match


def _assign(scene: Scene) -> Match:
    """Whoever acts takes the side on."""
    person = scene.session.get_one(User, scene.actor.user_id)
    return casework.assign(
        scene.session, scene.actor, scene.match, scene.side, person, now=scene.now
    )


def _due(scene: Scene) -> Match:
    day = scene.now.date() + timedelta(days=scene.step["within"])
    return casework.set_due(scene.session, scene.actor, scene.match, scene.side, day, now=scene.now)


def _remind(scene: Scene) -> Match:
    return casework.remind_centre(
        scene.session, scene.actor, scene.match, scene.side.other, now=scene.now
    )


def _hand_over(scene: Scene) -> Match:
    centre = scene.session.scalars(select(Centre).where(Centre.code == scene.step["centre"])).one()
    return casework.hand_over(
        scene.session,
        scene.actor,
        scene.match,
        scene.side,
        centre,
        note=scene.step["note"],
        now=scene.now,
    )


def _landing(scene: Scene) -> Match:
    owner = organisation_keys(scene.session)[scene.step["organisation"]]
    reference = scene.session.scalars(
        select(Service.reference).where(
            Service.organisation_id == owner,
            Service.kind == OrganisationServiceKind(scene.step["kind"]),
        )
    ).one()
    landing.attach(
        scene.session,
        scene.actor,
        scene.match,
        reference,
        note=scene.step.get("note", ""),
        now=scene.now,
    )
    return scene.match


def _expire(scene: Scene) -> Match:
    """A listing whose owner did not renew it in time."""
    listing_states.move(
        scene.session, SYSTEM, scene.listing, ListingState.EXPIRED, by=ListingBy.CLOCK,
        now=scene.now,
    )  # fmt: skip
    return scene.match


def _renew(scene: Scene) -> Match:
    listings.renew(scene.session, scene.actor, scene.listing, now=scene.now)
    return scene.match


STEPS: Final[Mapping[str, Callable[[Scene], Match]]] = {
    "suggest": _suggest,
    "interest": _interest,
    "pair": _pair,
    "approve": _approve,
    "reject": _reject,
    "stop": _stop,
    "reopen": _reopen,
    "offer": _offer,
    "answer": _answer,
    "clear": _clear,
    "introduce": _introduce,
    "step": _step,
    "message": _message,
    "read": _read,
    "nda": _nda,
    "meeting": _meeting,
    "accept_time": _accept_time,
    "decline_meeting": _decline_meeting,
    "propose_outcome": _propose_outcome,
    "outcome": _record_outcome,
    "confirm": _confirm,
    "follow_up": _follow_up,
    "comment": _comment,
    "assign": _assign,
    "due": _due,
    "remind": _remind,
    "hand_over": _hand_over,
    "landing": _landing,
    "expire": _expire,
    "renew": _renew,
}
"""What a step may do, by the name that the file gives it; each returns the match of its case."""
