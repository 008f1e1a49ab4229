"""What people are told, grouped into kinds; how often each wants to hear; when digests leave."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum, auto
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DIGEST_HOUR: Final = time(8)
"""In the person's time zone."""
_MONDAY: Final = 0


class Frequency(StrEnum):
    """How often somebody wants mails of a kind. In the site all is there at once."""

    OFF = auto()
    IMMEDIATE = auto()
    DAILY = auto()
    WEEKLY = auto()


class NotificationKind(StrEnum):
    """What a person can choose a frequency for."""

    LISTING_MODERATED = auto()
    LISTING_EXPIRING = auto()
    PARTY_ASKED = auto()
    PARTY_ANSWERED = auto()
    INTRODUCED = auto()
    NEW_MESSAGE = auto()
    AGREEMENT = auto()
    MEETING = auto()
    REMINDER = auto()
    FOLLOW_UP = auto()
    MEMBERSHIP = auto()
    SAVED_SEARCH = auto()
    MATCH_TO_REVIEW = auto()
    MATCH_DECIDED = auto()
    TRANSLATION_ASKED = auto()
    CENTRE_WORK = auto()


class BounceCode(StrEnum):
    """Whether a mail that came back may arrive another time."""

    PERMANENT = auto()
    TEMPORARY = auto()


MOST_BOUNCES: Final = 3
"""So many mails that came back for good, and no more are sent to an address."""

_K = NotificationKind
CODES: Final[Mapping[str, NotificationKind]] = {
    "listing_published": _K.LISTING_MODERATED,
    "listing_changes_requested": _K.LISTING_MODERATED,
    "listing_rejected": _K.LISTING_MODERATED,
    "listing_closed": _K.LISTING_MODERATED,
    "listing_expiring": _K.LISTING_EXPIRING,
    "listing_expired": _K.LISTING_EXPIRING,
    "match_offered": _K.PARTY_ASKED,
    "match_answered": _K.PARTY_ANSWERED,
    "match_declined": _K.PARTY_ANSWERED,
    "match_ended": _K.PARTY_ANSWERED,
    "match_closed": _K.PARTY_ANSWERED,
    "match_reported": _K.PARTY_ANSWERED,
    "match_introduced": _K.INTRODUCED,
    "match_message": _K.NEW_MESSAGE,
    "match_nda_proposed": _K.AGREEMENT,
    "match_nda_in_force": _K.AGREEMENT,
    "match_nda_refused": _K.AGREEMENT,
    "match_meeting_proposed": _K.MEETING,
    "match_meeting_accepted": _K.MEETING,
    "match_meeting_declined": _K.MEETING,
    "match_meeting_cancelled": _K.MEETING,
    "match_reminder": _K.REMINDER,
    "match_party_reminder": _K.REMINDER,
    "match_centre_reminder": _K.REMINDER,
    "match_follow_up": _K.FOLLOW_UP,
    "organisation_verified": _K.MEMBERSHIP,
    "membership_requested": _K.MEMBERSHIP,
    "membership_accepted": _K.MEMBERSHIP,
    "membership_refused": _K.MEMBERSHIP,
    "saved_search": _K.SAVED_SEARCH,
    "review_waiting": _K.MATCH_TO_REVIEW,
    "match_decided": _K.MATCH_DECIDED,
    "translation_asked": _K.TRANSLATION_ASKED,
    "match_handed_over": _K.CENTRE_WORK,
    "match_class_stricter": _K.CENTRE_WORK,
    "centre_delegated": _K.CENTRE_WORK,
}
"""What happened, by the code that a mail about it has. Codes that are not here are letters to one
person (links and codes for the account, receipts, a question of the centre): they always go."""

DIGEST: Final = "digest"
"""The code of the mail that collects them."""
ALWAYS: Final = frozenset({_K.INTRODUCED})
"""Both sides asked for the introduction: its mail brings the contact, and always goes."""
CHOOSABLE: Final = tuple(
    kind for kind in NotificationKind if kind not in ALWAYS | {_K.SAVED_SEARCH}
)
"""Kinds with a frequency for each person; every saved search has its own."""
STAFF_KINDS: Final = frozenset(
    {_K.MATCH_TO_REVIEW, _K.MATCH_DECIDED, _K.TRANSLATION_ASKED, _K.CENTRE_WORK}
)
"""Kinds that concern only those who work for a centre."""
TALK_KINDS: Final = frozenset({_K.NEW_MESSAGE, _K.AGREEMENT, _K.MEETING})
"""Kinds that concern only those who take part in the talks of a case when the mail is sent."""
_DAILY: Final = frozenset({_K.MATCH_TO_REVIEW, _K.MATCH_DECIDED})


def usual_frequency(kind: NotificationKind) -> Frequency:
    """Return how often a kind is mailed to who has chosen nothing."""
    return Frequency.DAILY if kind in _DAILY else Frequency.IMMEDIATE


def next_digest(after: datetime, zone: str, frequency: Frequency) -> datetime:
    """Return the instant in UTC at which the next digest leaves: 08:00 in `zone`, of the next day
    (WEEKLY: the next Monday) for which that is later than `after`.

    A zone that this machine does not know counts as UTC.
    """
    info = _zone(zone)
    day = after.astimezone(info).date()
    while True:
        leaves = datetime.combine(day, DIGEST_HOUR, tzinfo=info).astimezone(UTC)
        on_time = frequency is not Frequency.WEEKLY or day.weekday() == _MONDAY
        if leaves > after and on_time:
            return leaves
        day += timedelta(days=1)


def digest_day(now: datetime, zone: str) -> str:
    """Return the date in `zone`, as ISO writes it: a person gets one digest on each."""
    return now.astimezone(_zone(zone)).date().isoformat()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
