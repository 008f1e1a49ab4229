"""The history of a match as its parties read it, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from flask_babel import gettext as _

from matchmaker.domain.vocabulary import (
    Answer,
    DeclineReason,
    FollowUpAnswer,
    MatchState,
    TechnologyContractType,
)
from matchmaker.i18n.formats import long_date, long_datetime
from matchmaker.i18n.labels import label
from matchmaker.queries.case_story import PartyEvent

S = MatchState


def sentence(event: PartyEvent, centre_names: Mapping[int, str]) -> str:
    """Return what one event says to a party. `centre_names` are by id."""
    if event.action == "match_interest":
        if event.ours:
            return str(_("Your organisation expressed interest."))
        return str(_("The other side expressed interest."))
    if event.action == "match_answered":
        return _answered(event.data)
    if event.action == "match_reminded":
        return str(_("A centre reminded you."))
    if event.action == "match_handed_over":
        centre = centre_names.get(event.data["to"], "–")
        return str(_("%(centre)s now looks after your side.", centre=centre))
    if event.action == "follow_up_answered":
        answer = label(FollowUpAnswer(event.data["follow_up_answer"]))
        return str(_("Asked how the talks stand, your side said: %(answer)s.", answer=answer))
    if event.action == "outcome_recorded":
        return _recorded(event.data)
    if event.action == "meeting_agreed":
        return meeting_agreed(event.data)
    if event.action == "match_state_changed":
        return _moved(event)
    return str(_SAID[event.action][event.ours](event.data))


def _answered(data: Mapping[str, Any]) -> str:
    if data["answer"] == Answer.YES:
        if data.get("recorded_by_staff"):
            return str(_("Your centre recorded your yes."))
        return str(_("Your organisation said yes."))
    return str(_("Your organisation said no: %(reason)s.", reason=_reason(data["reason"])))


def _recorded(data: Mapping[str, Any]) -> str:
    return str(
        _(
            "The centres recorded the agreement: %(kind)s, signed on %(day)s.",
            kind=label(TechnologyContractType(data["contract_type"])),
            day=long_date(date.fromisoformat(data["signed_on"])),
        )
    )


def meeting_agreed(data: Mapping[str, Any]) -> str:
    """Return the sentence of an agreed meeting, with its time where that was noted."""
    words = {"meeting": data["meeting"]}
    if "starts_at" not in data:
        return str(_("Both sides agreed on a time for meeting %(meeting)s.", **words))
    at = long_datetime(datetime.fromisoformat(data["starts_at"]))
    return str(_("Both sides agreed on a time for meeting %(meeting)s: %(at)s.", at=at, **words))


def _reason(code: str) -> str:
    return str(label(DeclineReason(code)))


def _moved(event: PartyEvent) -> str:
    before, after = S(event.data["from"]), S(event.data["to"])
    words = {"before": label(before), "after": label(after)}
    if event.ours is None:
        stepped_back = after is S.INTRODUCED and before is not S.OFFERED
        told = "" if stepped_back else _by_centres(after, event.data)
        return told or str(
            _("The centres took the talks from “%(before)s” to “%(after)s”.", **words)
        )
    if after in _ENDED:
        ours, theirs = _ENDED[after]
        return str((ours if event.ours else theirs)(event.data))
    if event.ours:
        return str(_("Your organisation took the talks from “%(before)s” to “%(after)s”.", **words))
    return str(_("The other side took the talks from “%(before)s” to “%(after)s”.", **words))


def _by_centres(after: S, data: Mapping[str, Any]) -> str:
    if after is S.LAPSED and data.get("listing"):
        return str(_("The match ended because listing %(listing)s ended.", listing=data["listing"]))
    return str(_BY_CENTRES[after]()) if after in _BY_CENTRES else ""


Say = Callable[[Mapping[str, Any]], Any]
_SAID: Final[Mapping[str, Mapping[bool | None, Say]]] = {
    "outcome_proposed": {
        True: lambda _data: _("Your organisation reported a signed agreement."),
    },
    "outcome_changed": {
        None: lambda _data: _("The centres corrected what they had recorded of the agreement."),
    },
    "nda_accepted": {
        True: lambda _data: _("Your organisation accepted the non-disclosure agreement."),
        False: lambda _data: _("The other side accepted the non-disclosure agreement."),
    },
    "nda_uploaded": {
        True: lambda _data: _("Your organisation uploaded a signed non-disclosure agreement."),
        False: lambda _data: _("The other side uploaded a signed non-disclosure agreement."),
        None: lambda _data: _("A centre uploaded a signed non-disclosure agreement."),
    },
    "nda_refused": {
        True: lambda _data: _("Your organisation refused the uploaded agreement."),
        False: lambda _data: _("The other side refused the uploaded agreement."),
        None: lambda _data: _("A centre refused the uploaded agreement."),
    },
    "nda_in_force": {
        None: lambda _data: _("The non-disclosure agreement came into force."),
    },
    "meeting_proposed": {
        True: lambda data: _("Your organisation proposed meeting %(meeting)s.", **data),
        False: lambda data: _("The other side proposed meeting %(meeting)s.", **data),
        None: lambda data: _("A centre proposed meeting %(meeting)s.", **data),
    },
    "meeting_declined": {
        True: lambda data: _("Your organisation declined meeting %(meeting)s.", **data),
        False: lambda data: _("The other side declined meeting %(meeting)s.", **data),
    },
    "meeting_cancelled": {
        True: lambda data: _("Your organisation cancelled meeting %(meeting)s.", **data),
        False: lambda data: _("The other side cancelled meeting %(meeting)s.", **data),
        None: lambda data: _("A centre cancelled meeting %(meeting)s.", **data),
    },
}
"""What each thing says where the party's own side did it, the other one, or a centre."""

_ENDED: Final[dict[S, tuple[Say, ...]]] = {
    S.DECLINED: (
        lambda data: _("Your organisation declined: %(reason)s.", reason=_reason(data["reason"])),
        lambda _data: _("The other side declined."),
    ),
    S.WITHDRAWN: (
        lambda data: (
            _("Your organisation withdrew: %(reason)s.", reason=_reason(data["reason"]))
            if data.get("reason")
            else _("Your organisation withdrew.")
        ),
        lambda _data: _("The other side withdrew."),
    ),
}
_BY_CENTRES: Final[dict[S, Callable[[], Any]]] = {
    S.UNDER_REVIEW: lambda: _("The centres opened the match again."),
    S.APPROVED: lambda: _("Both centres found that it fits."),
    S.OFFERED: lambda: _("The centres asked whether you would like to be introduced."),
    S.REJECTED: lambda: _("The centres ended the match."),
    S.LAPSED: lambda: _("The match ended because a listing of it ended."),
    S.NO_REPLY: lambda: _("Nobody answered for a long time, so the match ended."),
    S.INTRODUCED: lambda: _("The centres introduced you to each other."),
    S.OUTCOME_CONFIRMED: lambda: _("The centres confirmed the agreement."),
    S.AGREEMENT: lambda: _("The centres took back that the agreement is confirmed."),
}
