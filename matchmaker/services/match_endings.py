"""What follows when a match ends: meetings and tasks fall away, everybody concerned is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from matchmaker.domain.match_states import CASE_STATES, By
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import MatchState, Side, TaskKind
from matchmaker.models import Match
from matchmaker.services import meetings
from matchmaker.services.match_notices import tell_both_centres
from matchmaker.services.notifications import notify
from matchmaker.services.outreach import drop_tasks, members, tell_organisation


def follow_ending(
    session: Session,
    actor: Actor,
    match: Match,
    before: MatchState,
    *,
    by: By,
    data: Mapping[str, Any],
    now: datetime,
) -> None:
    """Call off the meetings and drop the tasks of a match that just ended, and tell its parties and
    both centres.

    `before` is the state that it ended in, `data` what the audit entry of the step says.
    """
    ended_by = _ended_by(by, data)
    meetings.call_off(session, actor, match, ended_by[0] if ended_by else None, now=now)
    drop_tasks(session, actor, match, now=now)
    for side in Side:
        if _was_told(match, side):
            _tell_party(session, actor, match, side, data, own=side in ended_by, now=now)
    if _concerns_centres(match, before, data):
        tell_both_centres(session, actor, match, "match_closed", now=now, state=match.state.value)


def _ended_by(by: By, data: Mapping[str, Any]) -> tuple[Side, ...]:
    """The sides whose party ended it, or of which staff wrote down that it declines."""
    named = data.get("sides") if by is By.PARTY else None
    return tuple(Side(side) for side in named or [data.get("side")] if side)


def _was_told(match: Match, side: Side) -> bool:
    """Whether the party knows of the match: it was asked or introduced, or expressed interest."""
    asked = match.offered_at is not None or match.introduced_at is not None
    return asked or match.answer(side) is not None


def _concerns_centres(match: Match, before: MatchState, data: Mapping[str, Any]) -> bool:
    """Whether staff hear of it only by this: they are told of decisions and answers as such, and
    nobody has looked at a suggestion yet."""
    if match.state is MatchState.REJECTED:
        return bool(data.get("reason"))
    if match.state is MatchState.DECLINED:
        return before in CASE_STATES
    return before is not MatchState.SUGGESTED


def _tell_party(
    session: Session,
    actor: Actor,
    match: Match,
    side: Side,
    data: Mapping[str, Any],
    *,
    own: bool,
    now: datetime,
) -> None:
    """Tell the people of one side; where its party ended it (`own`), the colleagues."""
    listing = match.listing(side)
    declined = match.state is MatchState.DECLINED and data.get("side") == side.other
    code = "match_declined" if declined else "match_ended"
    key = f"{code}:{match.reference}:{side}:{int(now.timestamp())}"
    facts = {
        "reference": match.reference,
        "match_id": match.id,
        "side": side.value,
        "state": match.state.value,
    }
    if own:
        people = members(session, listing.organisation)
        others = [person for person in people if person.id != actor.user_id]
        notify(session, others, code, key=key, now=now, **facts)
        return
    tell_organisation(
        session, actor, listing.organisation, code=code, task=TaskKind.REJECTION,
        dedupe_key=key, now=now, listing=listing, match=match, **facts,
    )  # fmt: skip
