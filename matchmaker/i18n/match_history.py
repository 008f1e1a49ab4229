"""The history of a match as sentences, made for their reader from codes and data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from matchmaker.domain.match_states import ENDINGS
from matchmaker.domain.vocabulary import (
    Answer,
    Clearance,
    ControlClass,
    DeclineReason,
    FollowUpAnswer,
    LandingStage,
    MatchState,
    RejectReason,
    Side,
    TechnologyContractType,
    Verdict,
)
from matchmaker.i18n.case_story import meeting_agreed
from matchmaker.i18n.formats import long_date
from matchmaker.i18n.labels import label
from matchmaker.queries.matches import HistoryLine

Sentence = Any
"""A translated text: gettext's results are untyped."""


def sentences(line: HistoryLine, centre_names: Mapping[int, str]) -> list[str]:
    """Return what one entry says: a sentence, and a second one where somebody acted for another.

    `centre_names` are by id.
    """
    make = _MAKERS.get(line.action)
    if make is None:
        return []
    said = str(make(line.data, _who(line), line))
    found = [said] if said else []
    acting_for = line.data.get("acting_for")
    if acting_for is not None:
        found.append(_("This was for %(centre)s.", centre=centre_names.get(acting_for, "–")))
    if line.action == "match_handed_over":
        before, after = (centre_names.get(line.data[name], "–") for name in ("from", "to"))
        found.append(_("Before: %(before)s; now: %(after)s.", before=before, after=after))
    return found


def _who(line: HistoryLine) -> str:
    if line.who:
        return line.who
    if not line.party:
        return str(_("The system"))
    sides = line.data.get("sides") or [line.data.get("side")]
    if sides == [Side.OFFER]:
        return str(_("The organisation with the offer"))
    if sides == [Side.NEED]:
        return str(_("The organisation with the need"))
    return str(_("A party"))


def _suggested(data: Mapping[str, Any], _who: str, _line: HistoryLine) -> Sentence:
    return _("The engine suggested this match with a score of %(score)s.", score=data["score"])


def _interest(data: Mapping[str, Any], _who: str, _line: HistoryLine) -> Sentence:
    if data["side"] == Side.OFFER:
        return _("The organisation with the offer expressed interest.")
    return _("The organisation with the need expressed interest.")


def _paired(_data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s put the two listings together.", who=who)


def _decided(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    offer = data["side"] == Side.OFFER
    if data["verdict"] == Verdict.APPROVE:
        if offer:
            return _("%(who)s approved for the side of the offer.", who=who)
        return _("%(who)s approved for the side of the need.", who=who)
    reason = label(RejectReason(data["reason"]))
    if offer:
        return _("%(who)s rejected for the side of the offer: %(reason)s.", who=who, reason=reason)
    return _("%(who)s rejected for the side of the need: %(reason)s.", who=who, reason=reason)


def _moved(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    before, after = MatchState(data["from"]), MatchState(data["to"])
    told = _well_known_step(data, who, before, after)
    if told is not None:
        return told
    words = {"before": label(before), "after": label(after)}
    if data.get("revised"):
        return _("A text was revised: the match went from “%(before)s” to “%(after)s”.", **words)
    if data["by"] in {"system", "clock"}:
        return _("The match went from “%(before)s” to “%(after)s”.", **words)
    if data.get("reason"):
        return _(
            "%(who)s took the match from “%(before)s” to “%(after)s”: %(reason)s.",
            who=who,
            reason=_reason(data["reason"]),
            **words,
        )
    return _("%(who)s took the match from “%(before)s” to “%(after)s”.", who=who, **words)


def _well_known_step(
    data: Mapping[str, Any], who: str, before: MatchState, after: MatchState
) -> Sentence | None:
    """Return the sentence of a step that has one of its own; '' where the entry before tells it."""
    if after is MatchState.LAPSED and data.get("listing"):
        return _("The match lapsed because listing %(listing)s ended.", listing=data["listing"])
    if after is MatchState.NO_REPLY and data["by"] == "clock":
        return _("Nobody answered for 30 days, so the match ended.")
    if after is MatchState.UNDER_REVIEW and before in ENDINGS:
        return _(
            "%(who)s opened the match again; it had ended as “%(before)s”.",
            who=who,
            before=label(before),
        )
    if after is MatchState.UNDER_REVIEW and before is MatchState.SUGGESTED:
        return ""
    if after is MatchState.REJECTED and not data.get("reason"):
        return ""
    if after is MatchState.APPROVED:
        return _("Both centres have approved the match.")
    if after is MatchState.OFFERED:
        return _("%(who)s asked both parties.", who=who)
    if after is MatchState.INTRODUCED and before is MatchState.OFFERED:
        return _("%(who)s introduced the parties to each other.", who=who)
    return None


def _reason(code: str) -> str:
    if code in set(RejectReason):
        return str(label(RejectReason(code)))
    return str(label(DeclineReason(code)))


def _assigned(data: Mapping[str, Any], who: str, line: HistoryLine) -> Sentence:
    if not line.assignee:
        return _("%(who)s took the match back from whom it was assigned to.", who=who)
    names = {"who": who, "assignee": line.assignee}
    if line.assignee == line.who:
        return _("%(who)s took the match over.", who=who)
    if data.get("side") == Side.OFFER:
        return _("%(who)s assigned the side of the offer to %(assignee)s.", **names)
    return _("%(who)s assigned the side of the need to %(assignee)s.", **names)


def _due(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    if not data.get("due_on"):
        return _("%(who)s took the due date away.", who=who)
    day = long_date(date.fromisoformat(data["due_on"]))
    if data["side"] == Side.OFFER:
        return _("%(who)s set a due date for the side of the offer: %(day)s.", who=who, day=day)
    return _("%(who)s set a due date for the side of the need: %(day)s.", who=who, day=day)


def _handed_over(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    if data["side"] == Side.OFFER:
        return _("%(who)s handed the side of the offer over to another centre.", who=who)
    return _("%(who)s handed the side of the need over to another centre.", who=who)


def _reminded(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    offer = data["side"] == Side.OFFER
    if data["who"] == "centre":
        if offer:
            return _("%(who)s reminded the centre of the offer.", who=who)
        return _("%(who)s reminded the centre of the need.", who=who)
    if offer:
        return _("%(who)s reminded the organisation with the offer.", who=who)
    return _("%(who)s reminded the organisation with the need.", who=who)


def _noted(_data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s wrote a comment.", who=who)


def _answered(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    offer = data["side"] == Side.OFFER
    if data["answer"] == Answer.YES:
        if data.get("recorded_by_staff"):
            if offer:
                return _("%(who)s recorded a yes of the organisation with the offer.", who=who)
            return _("%(who)s recorded a yes of the organisation with the need.", who=who)
        if offer:
            return _("The organisation with the offer said yes.")
        return _("The organisation with the need said yes.")
    reason = _reason(data["reason"])
    if offer:
        return _("The organisation with the offer said no: %(reason)s.", reason=reason)
    return _("The organisation with the need said no: %(reason)s.", reason=reason)


def _outcome_proposed(data: Mapping[str, Any], _who: str, _line: HistoryLine) -> Sentence:
    kind = _contract_type(data)
    if data["side"] == Side.OFFER:
        return _("The organisation with the offer reported an agreement: %(kind)s.", kind=kind)
    return _("The organisation with the need reported an agreement: %(kind)s.", kind=kind)


def _outcome_refused(_data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s did not take over the agreement that a party reported.", who=who)


def _outcome_recorded(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s recorded the agreement: %(kind)s.", who=who, kind=_contract_type(data))


def _outcome_changed(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s corrected the agreement: %(kind)s.", who=who, kind=_contract_type(data))


def _outcome_closed(data: Mapping[str, Any], _who: str, _line: HistoryLine) -> Sentence:
    return _("The agreement is kept but no longer counts: %(kind)s.", kind=_contract_type(data))


def _contract_type(data: Mapping[str, Any]) -> str:
    return str(label(TechnologyContractType(data["contract_type"])))


def _follow_up_asked(data: Mapping[str, Any], _who: str, _line: HistoryLine) -> Sentence:
    words = {"days": data["days"]}
    if data["side"] == Side.OFFER:
        return _("%(days)s days on, the side of the offer was asked how the talks stand.", **words)
    return _("%(days)s days on, the side of the need was asked how the talks stand.", **words)


def _follow_up_answered(data: Mapping[str, Any], _who: str, _line: HistoryLine) -> Sentence:
    answer = str(label(FollowUpAnswer(data["follow_up_answer"])))
    if data.get("reason"):
        answer = f"{answer} ({_reason(data['reason'])})"
    if data["side"] == Side.OFFER:
        return _("The side of the offer said of the talks: %(answer)s.", answer=answer)
    return _("The side of the need said of the talks: %(answer)s.", answer=answer)


def _landing_attached(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _(
        "%(who)s put %(service)s on the landing path: %(stage)s.",
        who=who,
        service=data["service"],
        stage=label(LandingStage(data["stage"])),
    )


def _landing_detached(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s took %(service)s off the landing path.", who=who, service=data["service"])


def _cleared(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    words = {
        "who": who,
        "control_class": label(ControlClass(data["control_class"])),
        "clearance": label(Clearance(data["clearance"])),
    }
    if data["side"] == Side.OFFER:
        return _(
            "%(who)s confirmed for the exporting side: class “%(control_class)s”, "
            "clearance “%(clearance)s”.",
            **words,
        )
    return _(
        "%(who)s confirmed for the receiving side: class “%(control_class)s”, "
        "clearance “%(clearance)s”.",
        **words,
    )


def _nda_accepted(_data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s accepted the non-disclosure agreement.", who=who)


def _nda_uploaded(_data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s uploaded a signed non-disclosure agreement.", who=who)


def _nda_refused(_data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s refused the uploaded non-disclosure agreement.", who=who)


def _nda_in_force(_data: Mapping[str, Any], _who: str, _line: HistoryLine) -> Sentence:
    return _("The non-disclosure agreement came into force.")


def _meeting_proposed(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s proposed times for meeting %(meeting)s.", who=who, meeting=data["meeting"])


def _meeting_agreed(data: Mapping[str, Any], _who: str, _line: HistoryLine) -> Sentence:
    return meeting_agreed(data)


def _meeting_declined(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s declined meeting %(meeting)s.", who=who, meeting=data["meeting"])


def _meeting_cancelled(data: Mapping[str, Any], who: str, _line: HistoryLine) -> Sentence:
    return _("%(who)s cancelled meeting %(meeting)s.", who=who, meeting=data["meeting"])


_MAKERS = {
    "match_suggested": _suggested,
    "match_interest": _interest,
    "match_paired": _paired,
    "match_decided": _decided,
    "match_state_changed": _moved,
    "match_assigned": _assigned,
    "match_noted": _noted,
    "match_due_set": _due,
    "match_handed_over": _handed_over,
    "match_reminded": _reminded,
    "match_answered": _answered,
    "match_cleared": _cleared,
    "match_landing_attached": _landing_attached,
    "match_landing_detached": _landing_detached,
    "outcome_proposed": _outcome_proposed,
    "outcome_proposal_refused": _outcome_refused,
    "outcome_recorded": _outcome_recorded,
    "outcome_changed": _outcome_changed,
    "outcome_closed": _outcome_closed,
    "follow_up_asked": _follow_up_asked,
    "follow_up_answered": _follow_up_answered,
    "nda_accepted": _nda_accepted,
    "nda_uploaded": _nda_uploaded,
    "nda_refused": _nda_refused,
    "nda_in_force": _nda_in_force,
    "meeting_proposed": _meeting_proposed,
    "meeting_agreed": _meeting_agreed,
    "meeting_declined": _meeting_declined,
    "meeting_cancelled": _meeting_cancelled,
}
