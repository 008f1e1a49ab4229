"""What each party reads of the history of its talks: which events, which fields, which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from flask import Flask
from sqlalchemy import select

from matchmaker.domain.vocabulary import Answer, DeclineReason, MatchState, Side
from matchmaker.i18n.case_story import sentence
from matchmaker.models import AuditEntry
from matchmaker.queries.case_story import party_story
from matchmaker.queries.ndas import accepted_text
from matchmaker.services import matches, meetings, ndas, outcomes
from matchmaker.services.audit import AuditAction
from matchmaker.services.case_messages import Upload
from matchmaker.services.meetings import Plan
from tests.factories import NOW, make_nda_text
from tests.integration.matches.conftest import TERMS, World

AT: Final = NOW + timedelta(days=2)
FIELDS: Final[Mapping[str, set[str]]] = {
    "match_interest": set(),
    "match_answered": {"answer", "reason", "recorded_by_staff"},
    "match_state_changed": {"from", "to", "reason", "listing"},
    "match_handed_over": {"to"},
    "match_reminded": set(),
    "follow_up_answered": {"follow_up_answer"},
    "outcome_proposed": set(),
    "outcome_recorded": {"contract_type", "signed_on"},
    "outcome_changed": set(),
    "nda_accepted": set(),
    "nda_uploaded": set(),
    "nda_refused": set(),
    "nda_in_force": set(),
    "meeting_proposed": {"meeting"},
    "meeting_agreed": {"meeting", "starts_at"},
    "meeting_declined": {"meeting"},
    "meeting_cancelled": {"meeting"},
}
"""All that a party may ever read of an entry: no ids of people, no amounts, no hashes."""


def propose(world: World, who: str) -> Any:
    plan = Plan(
        title="Secret title", times=[AT], minutes=60, time_zone="Asia/Bangkok", place="Here",
        interpret=None,
    )  # fmt: skip
    return meetings.propose_meeting(world.session, world.actor(who), world.match, plan, now=NOW)


def meet(world: World) -> str:
    """One meeting that is agreed on and cancelled, and one that is declined; returns the first."""
    session = world.session
    meeting = propose(world, "seller")
    session.flush()
    buyer = world.actor("buyer")
    meetings.accept_time(session, buyer, meeting, AT, seen=meeting.lock_version, now=NOW)
    session.flush()
    staff = world.actor("need_staff")
    meetings.cancel_meeting(
        session, staff, meeting, note="Secret note", seen=meeting.lock_version, now=NOW
    )
    other = propose(world, "offer_staff")
    session.flush()
    meetings.decline_meeting(session, buyer, other, seen=other.lock_version, now=NOW)
    return meeting.reference


def agree(world: World, folder: Path) -> None:
    """The buyer uploads an agreement, the seller refuses it; both accept the operator's text."""
    make_nda_text(world.session)
    uploaded = ndas.upload_nda(
        world.session, world.actor("buyer"), world.match, Upload(b"%PDF-1.7 %%EOF", "nda.pdf"),
        folder=folder, now=NOW,
    )  # fmt: skip
    ndas.refuse_upload(
        world.session, world.actor("seller"), world.match,
        sha256=uploaded.attachment.sha256 if uploaded.attachment else "", now=NOW,
    )  # fmt: skip
    for who in ("seller", "buyer"):
        text = accepted_text(world.session, world.match)
        body = text.body("en") if text else None
        assert body is not None
        ndas.accept_text(
            world.session, world.actor(who), world.match, language="en", sha256=body.sha256,
            name="Secret Name", now=NOW,
        )  # fmt: skip


def sign(world: World, folder: Path) -> None:
    """The seller reports an agreement; the centres record, correct, confirm, and take that back."""
    session, match = world.session, world.match
    outcomes.propose_outcome(session, world.actor("seller"), match, TERMS, folder=folder, now=NOW)
    staff = world.actor("offer_staff")
    outcomes.record_outcome(session, staff, match, TERMS, now=NOW)
    outcomes.record_outcome(session, staff, match, replace(TERMS, note="Among us"), now=NOW)
    outcomes.record_outcome(session, staff, match, replace(TERMS, jobs=13), now=NOW)
    outcomes.confirm_outcome(session, world.actor("need_staff"), match, now=NOW)
    matches.take_step(session, staff, match, MatchState.AGREEMENT, now=NOW)


def told(world: World, app: Flask, side: Side) -> list[str]:
    world.session.flush()
    with app.test_request_context("/en/"):
        return [sentence(event, {}) for event in party_story(world.session, world.match, side)]


def test_both_parties_read_what_concerns_both(world: World, app: Flask, tmp_path: Path) -> None:
    world.introduce()
    meeting = meet(world)
    agree(world, tmp_path)
    sign(world, tmp_path)
    offer, need = (told(world, app, side)[3:] for side in Side)
    declined = next(line for line in offer if "declined" in line)
    other = declined.split()[-1]
    assert offer == [
        f"Your organisation proposed meeting {meeting}.",
        f"Both sides agreed on a time for meeting {meeting}: November 25, 2026, 12:00 GMT+08:00.",
        f"A centre cancelled meeting {meeting}.",
        f"A centre proposed meeting {other}",
        f"The other side declined meeting {other}",
        "The other side uploaded a signed non-disclosure agreement.",
        "Your organisation refused the uploaded agreement.",
        "Your organisation accepted the non-disclosure agreement.",
        "The other side accepted the non-disclosure agreement.",
        "The non-disclosure agreement came into force.",
        "Your organisation reported a signed agreement.",
        "The centres recorded the agreement: Technology licence, signed on November 23, 2026.",
        "The centres corrected what they had recorded of the agreement.",
        "The centres confirmed the agreement.",
        "The centres took back that the agreement is confirmed.",
    ]
    assert need == [
        f"The other side proposed meeting {meeting}.",
        offer[1],
        offer[2],
        offer[3],
        f"Your organisation declined meeting {other}",
        "Your organisation uploaded a signed non-disclosure agreement.",
        "The other side refused the uploaded agreement.",
        "The other side accepted the non-disclosure agreement.",
        "Your organisation accepted the non-disclosure agreement.",
        offer[9],
        *offer[11:],
    ], "what the seller reported by itself stays with it"


def test_no_field_but_these_reaches_a_party(world: World, tmp_path: Path) -> None:
    """Every action there is, with every field that entries ever have."""
    world.introduce()
    meet(world)
    agree(world, tmp_path)
    sign(world, tmp_path)
    session = world.session
    session.flush()
    everything: dict[str, Any] = {}
    for entry in session.scalars(select(AuditEntry)):
        everything |= entry.data
    everything |= {
        "side": "need", "by": "party", "who": "party", "from": "offered", "to": "introduced",
        "sides": ["need"], "changed": ["jobs"], "answer": Answer.NO, "reason": DeclineReason.PRICE,
        "recorded_by_staff": True, "listing": "D-1", "follow_up_answer": "paused", "nda": None,
    }  # fmt: skip
    del everything["nda"]
    for action in AuditAction:
        session.add(
            AuditEntry(
                at=NOW, action=action, subject_type="match", subject_id=world.match.id,
                data=everything,
            )
        )  # fmt: skip
    session.flush()
    own = {"match_answered", "match_handed_over", "match_reminded", "follow_up_answered",
           "outcome_proposed"}  # fmt: skip
    for side, expected in ((Side.NEED, set(FIELDS)), (Side.OFFER, set(FIELDS) - own)):
        events = party_story(session, world.match, side)[-len(expected) :]
        assert {event.action for event in events} == expected
        for event in events:
            allowed = FIELDS[event.action]
            if side is Side.OFFER:
                allowed = allowed - {"reason"}
            assert set(event.data) == allowed, event.action
