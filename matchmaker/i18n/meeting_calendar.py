"""A meeting as an iCalendar file (RFC 5545), made from its row in the reader's language."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from flask_babel import force_locale
from flask_babel import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from matchmaker.config import Settings
from matchmaker.domain.vocabulary import MeetingState
from matchmaker.i18n.formats import language_name
from matchmaker.i18n.locales import GETTEXT_NAME
from matchmaker.i18n.pages import page_address
from matchmaker.models import Meeting

CALENDAR_TYPE: Final = "text/calendar"


class Method(StrEnum):
    """What a calendar is to do with the file (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


def method_of(meeting: Meeting) -> Method | None:
    """Return what a mail asks of calendars about a meeting; None where they hold nothing of it.

    While other times are proposed the one that was agreed does not hold: it goes out, and comes
    back with the next agreement, under the same UID and a later SEQUENCE.
    """
    if meeting.state is MeetingState.ACCEPTED:
        return Method.REQUEST
    return Method.CANCEL if meeting.invited_for is not None else None


def calendar_file(
    meeting: Meeting, method: Method, settings: Settings, *, locale: str, attendee: str = ""
) -> bytes:
    """Return the file. Times are in UTC; the UID is the reference, for ever, and SEQUENCE counts
    the changes, so that a calendar replaces what it holds.

    `attendee` is the address of the reader, needed for REQUEST and CANCEL; nobody else's stands in
    the file. Raises ValueError for a meeting without a time.
    """
    starts_at = meeting.starts_at or meeting.invited_for
    if starts_at is None:
        raise ValueError(meeting.reference)
    event = Event()
    event.add("uid", f"{meeting.reference}@{_host(settings)}")
    event.add("dtstamp", meeting.changed_at)
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + timedelta(minutes=meeting.minutes))
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("summary", meeting.title)
    event.add("url", page_address(settings, "talk_meetings", locale, meeting.match.reference))
    with force_locale(GETTEXT_NAME[locale]):
        event.add("description", _description(meeting, settings, locale))
    if meeting.place:
        event.add("location", meeting.place)
    organizer = vCalAddress(f"mailto:{settings.mail_sender}")
    organizer.params["cn"] = vText("Technology Matchmaker")
    event["organizer"] = organizer
    if attendee:
        event.add("attendee", _attendee(attendee), encode=False)
    calendar = Calendar()
    calendar.add("prodid", "-//Technology Matchmaker//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _description(meeting: Meeting, settings: Settings, locale: str) -> str:
    lines = [str(_("Match %(reference)s", reference=meeting.match.reference))]
    if meeting.interpret_from and meeting.interpret_to:
        lines.append(
            str(
                _(
                    "With an interpreter between %(one)s and %(other)s.",
                    one=language_name(meeting.interpret_from),
                    other=language_name(meeting.interpret_to),
                )
            )
        )
    lines.append(page_address(settings, "talk_meetings", locale, meeting.match.reference))
    return "\n".join(lines)


def _attendee(address: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    person.params["role"] = vText("REQ-PARTICIPANT")
    person.params["partstat"] = vText("ACCEPTED")
    person.params["rsvp"] = vText("FALSE")
    return person


def _host(settings: Settings) -> str:
    return settings.mail_sender.rpartition("@")[2] or "localhost"
