"""What somebody wants by mail and how often; the name of a saved search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields import Field

from matchmaker.domain.languages import LOCALES, SITE_LANGUAGES
from matchmaker.domain.meeting_times import NETWORK_ZONES
from matchmaker.domain.notifications import CHOOSABLE, Frequency, NotificationKind
from matchmaker.i18n.labels import label
from matchmaker.i18n.times import zone_name
from matchmaker.models import User
from matchmaker.services.saved_searches import MAX_NAME
from matchmaker.web.forms import BaseForm, Choice, Length, Required, enum_choices, options


class _PersonForm(BaseForm):
    locale = SelectField(
        _l("Language of mails and pages"),
        choices=options((language.code, language.own_name) for language in SITE_LANGUAGES),
        validators=[Required(_l("Choose a language.")), Choice(LOCALES)],
        validate_choice=False,
    )
    time_zone = SelectField(
        _l("Time zone"),
        validators=[
            Required(_l("Choose a time zone from the list.")),
            Choice(available_timezones),
        ],
        validate_choice=False,
    )


def _frequency_field(kind: NotificationKind) -> Field:
    return SelectField(label(kind), validators=[Choice(set(Frequency))], validate_choice=False)


PreferencesForm: type[_PersonForm] = type(
    "PreferencesForm", (_PersonForm,), {kind.value: _frequency_field(kind) for kind in CHOOSABLE}
)
"""Language, time zone, and a frequency for each kind, under the kind's name."""


def fill(
    form: _PersonForm,
    user: User,
    kinds: Sequence[NotificationKind],
    chosen: Mapping[NotificationKind, Frequency],
    *,
    now: datetime,
    sent: bool,
) -> None:
    """Leave the fields of `kinds` alone, set the choices and, unless it was sent, what holds."""
    for kind in CHOOSABLE:
        if kind not in kinds:
            del form[kind.value]
            continue
        form[kind.value].choices = enum_choices(Frequency)
        if not sent:
            form[kind.value].data = chosen[kind].value
    if not sent:
        form.locale.data, form.time_zone.data = user.locale, user.time_zone
    zones = dict.fromkeys((*NETWORK_ZONES, user.time_zone))
    form.time_zone.choices = options([(zone, zone_name(zone, now)) for zone in zones])


def frequencies_of(form: _PersonForm) -> dict[NotificationKind, Frequency]:
    """Return what was chosen; a kind without an answer is left out."""
    return {
        kind: Frequency(form[kind.value].data)
        for kind in CHOOSABLE
        if kind.value in form and form[kind.value].data
    }


class SearchForm(BaseForm):
    """A name for a search, and how often its owner wants to hear of what it newly finds."""

    name = StringField(
        _l("Name of the search"),
        validators=[Required(_l("Enter a name.")), Length(MAX_NAME)],
    )
    frequency = SelectField(
        _l("Mails about new listings that fit"),
        validators=[Required(_l("Choose how often.")), Choice(set(Frequency))],
        validate_choice=False,
    )

    def fill(self) -> None:
        """Set the choices in the language of this moment."""
        self.frequency.choices = enum_choices(Frequency)
