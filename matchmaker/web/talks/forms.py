"""What is written in the talks of a case: messages, agreements, meetings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.meeting_times import MOST_TIMES, NETWORK_ZONES, instant
from matchmaker.i18n.errors import sentence
from matchmaker.i18n.formats import language_name
from matchmaker.i18n.times import zone_name
from matchmaker.models import Meeting
from matchmaker.services.case_messages import MAX_MESSAGE
from matchmaker.services.meetings import MAX_NOTE, MAX_PLACE, MAX_TITLE, MINUTES, Plan
from matchmaker.services.ndas import MAX_NAME
from matchmaker.web.forms import (
    BaseForm,
    Choice,
    Length,
    LocalDateField,
    Required,
    VersionedForm,
    options,
)

_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])[:.h]?([0-5]\d)")
_ACCEPTED_FILES: Final = {"accept": ".pdf,.jpg,.jpeg,.png,.webp"}


class MessageForm(BaseForm):
    body = TextAreaField(
        _l("Your message"),
        validators=[Required(_l("Write something here.")), Length(MAX_MESSAGE)],
    )
    language = SelectField(
        _l("Language of the message"), validate_choice=False,
        validators=[Choice(frozenset(TEXT_LANGUAGES))],
    )  # fmt: skip
    files = MultipleFileField(_l("Files"), render_kw=_ACCEPTED_FILES)

    def fill(self) -> None:
        """Set the choices in the language of this moment."""
        self.language.choices = _languages(_("Recognise it"))


def _languages(empty: Any) -> list[Any]:
    return options([("", empty), *((code, language_name(code)) for code in TEXT_LANGUAGES)])


class AcceptTextForm(BaseForm):
    """Accept the operator's agreement. `sha256` says which text the person read."""

    sha256 = HiddenField()
    language = HiddenField()
    name = StringField(
        _l("Your full name"),
        validators=[Required(_l("Enter your full name.")), Length(MAX_NAME)],
        render_kw={"autocomplete": "name"},
    )
    agreed = BooleanField(
        _l("I have read this agreement, may act for my organisation, and accept it"),
        validators=[Required(_l("Tick this to accept the agreement."))],
    )


class UploadNdaForm(BaseForm):
    file = FileField(
        _l("The signed agreement"),
        validators=[Required(_l("Choose a file."))],
        render_kw=_ACCEPTED_FILES,
    )


class ConfirmNdaForm(BaseForm):
    """Confirm or refuse the uploaded file that the person saw."""

    sha256 = HiddenField()


class ClockField(StringField):
    """A time of day like 14:30 or 9.05; `data` is a time or None."""

    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:%H:%M}"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the typed time."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        found = _CLOCK.fullmatch(text)
        if found is None:
            raise ValueError(sentence(DomainError(ErrorCode.TIME_INVALID)))
        self.data = time(int(found[1]), int(found[2]))


class MeetingForm(VersionedForm):
    """A proposal: up to three times in one zone."""

    title = StringField(
        _l("What is it about?"),
        validators=[Required(_l("Say what the meeting is about.")), Length(MAX_TITLE)],
    )
    time_zone = SelectField(
        _l("Time zone"), validate_choice=False,
        validators=[Required(_l("Choose a time zone from the list."))],
    )  # fmt: skip
    day_1 = LocalDateField(_l("Day"))
    clock_1 = ClockField(_l("Time"))
    day_2 = LocalDateField(_l("Day"))
    clock_2 = ClockField(_l("Time"))
    day_3 = LocalDateField(_l("Day"))
    clock_3 = ClockField(_l("Time"))
    minutes = SelectField(
        _l("Length"), validate_choice=False, validators=[Choice({str(each) for each in MINUTES})]
    )
    place = StringField(_l("Place, or link of the call"), validators=[Length(MAX_PLACE)])
    interpreter = BooleanField(_l("We need an interpreter"))
    interpret_from = SelectField(_l("Between this language"), validate_choice=False)
    interpret_to = SelectField(_l("and this one"), validate_choice=False)

    def fill(self, own_zone: str, now: datetime) -> None:
        """Set the choices in the language of this moment; `own_zone` is the person's."""
        zones = dict.fromkeys((*NETWORK_ZONES, own_zone, self.time_zone.data or own_zone))
        known = [zone for zone in zones if _is_zone(zone)]
        self.time_zone.choices = options([(zone, zone_name(zone, now)) for zone in known])
        self.minutes.choices = options(
            [(str(each), _("%(minutes)s minutes", minutes=each)) for each in MINUTES]
        )
        self.interpret_from.choices = self.interpret_to.choices = _languages(_("Choose a language"))

    def slots(self) -> list[tuple[Any, Any]]:
        """Return the pairs of fields for a day and a time of day."""
        return [(self[f"day_{n}"], self[f"clock_{n}"]) for n in range(1, MOST_TIMES + 1)]

    def plan(self) -> Plan:
        """Return what is proposed. Raises DomainError with the field that is wrong."""
        interpret = (self.interpret_from.data or "", self.interpret_to.data or "")
        return Plan(
            title=self.title.data or "",
            times=self._times(),
            minutes=int(self.minutes.data or 0),
            time_zone=self.time_zone.data or "",
            place=self.place.data or "",
            interpret=interpret if self.interpreter.data else None,
        )

    def _times(self) -> list[datetime]:
        found = []
        for day, clock in self.slots():
            if day.data is None and clock.data is None:
                continue
            if day.data is None or clock.data is None:
                wanted, code = (
                    (day, ErrorCode.DATE_INVALID)
                    if day.data is None
                    else (clock, ErrorCode.TIME_INVALID)
                )
                raise DomainError(code, field=wanted.short_name)
            found.append(self._instant(day.data, clock))
        if not found:
            raise DomainError(ErrorCode.TIME_MISSING, field="day_1")
        return found

    def _instant(self, day: date, clock: Any) -> datetime:
        try:
            return instant(day, clock.data, self.time_zone.data or "")
        except DomainError as error:
            raise DomainError(error.code, field=error.field or clock.short_name) from error

    def show(self, meeting: Meeting) -> None:
        """Fill in what is proposed now, for somebody who proposes something else."""
        self.version.data = str(meeting.lock_version)
        zone = ZoneInfo(meeting.time_zone)
        for (day, clock), each in zip(self.slots(), meeting.times, strict=False):
            local = each.starts_at.astimezone(zone)
            day.data, clock.data = local.date(), local.time()


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


class TakeTimeForm(VersionedForm):
    starts_at = RadioField(
        _l("Which time suits you?"),
        validate_choice=False,
        validators=[Required(_l("Choose a time."))],
    )

    def fill(self, times: Sequence[tuple[str, Any]]) -> None:
        """Offer the times, each with what it is on the clocks of both sides."""
        self.starts_at.choices = options(times)
        self.starts_at.validators = (
            *self.starts_at.validators, Choice([value for value, _text in times])
        )  # fmt: skip


class CloseMeetingForm(VersionedForm):
    note = TextAreaField(_l("Why?"), validators=[Length(MAX_NOTE)])


class NdaTextForm(VersionedForm):
    """The operator's agreement in one more language, or in another wording."""

    language = SelectField(
        _l("Language"), validate_choice=False,
        validators=[Required(_l("Choose a language.")), Choice(frozenset(TEXT_LANGUAGES))],
    )  # fmt: skip
    title = StringField(_l("Title"), validators=[Required(_l("Write a title.")), Length(MAX_TITLE)])
    body = TextAreaField(
        _l("Text"), validators=[Required(_l("Write something here.")), Length(50_000)]
    )

    def fill(self) -> None:
        """Set the choices in the language of this moment."""
        self.language.choices = _languages(_("Choose a language"))
