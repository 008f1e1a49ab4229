"""The filter of the desk, and the form with which a lead delegates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField

from matchmaker.domain.match_states import RUNNING, TALKS
from matchmaker.domain.vocabulary import MatchState, Side, Wait
from matchmaker.i18n.formats import number
from matchmaker.i18n.labels import label
from matchmaker.models import User
from matchmaker.queries.desk import AGES, DeskFilter
from matchmaker.queries.running_talks import SILENT_DAYS, TalkFilter, TalkOrder
from matchmaker.web.forms import BaseForm, LocalDateField, Required, enum_choices

EVERYTHING = "all"
NOBODY = "nobody"
ME = "me"


class DeskFilterForm(BaseForm):
    """What of the desk to show. It only reads, so its address can be shared."""

    class Meta(BaseForm.Meta):
        csrf = False

    wait = SelectField(_l("What it waits for"), validate_choice=False)
    person = SelectField(_l("Assigned to"), validate_choice=False)
    state = SelectField(_l("State"), validate_choice=False)
    side = SelectField(_l("Our side"), validate_choice=False)
    age = SelectField(_l("In this state for"), validate_choice=False)
    centre = SelectField(_l("Centre"), validate_choice=False)
    overdue = BooleanField(_l("Overdue"))
    reminded = BooleanField(_l("We were reminded"))

    def fill(self, people: Sequence[User], centres: Mapping[str, str]) -> None:
        """Set the choices in the language of this moment; `centres` are names by code."""
        self.wait.choices = [
            *enum_choices(Wait, empty=_("Anything that waits for us")),
            (EVERYTHING, _("All that runs")),
        ]
        self.person.choices = _people_choices(people)
        states = [(state.value, label(state)) for state in MatchState if state in RUNNING]
        self.state.choices = [("", _("Any")), *states]
        self.side.choices = enum_choices(Side, empty=_("Any"))
        self.age.choices = [("", _("Any")), *((age, age_label(age)) for age in AGES)]
        self.centre.choices = [("", _("Any")), *centres.items()]

    def wanted(
        self, me: int | None, people: Sequence[User], centre_ids: Mapping[str, int]
    ) -> DeskFilter:
        """Return the filter; unknown values do not restrict."""
        wait, person, state = self.wait.data, self.person.data, self.state.data
        ids = {one.email: one.id for one in people}
        return DeskFilter(
            wait=Wait(wait) if wait in set(Wait) else None,
            everything=wait == EVERYTHING,
            person_id=me if person == ME else ids.get(person or ""),
            nobody=person == NOBODY,
            state=MatchState(state) if state in RUNNING else None,
            side=Side(self.side.data) if self.side.data in set(Side) else None,
            centre_id=centre_ids.get(self.centre.data or ""),
            age=self.age.data if self.age.data in AGES else "",
            overdue=bool(self.overdue.data),
            reminded=bool(self.reminded.data),
        )


def _people_choices(people: Sequence[User]) -> list[tuple[str, str]]:
    return [
        ("", _("Anybody")),
        (ME, _("Me")),
        (NOBODY, _("Nobody")),
        *((person.email, person.name) for person in people),
    ]


class TalkFilterForm(BaseForm):
    """What of the running talks to show, and in which order. It only reads."""

    class Meta(BaseForm.Meta):
        csrf = False

    state = SelectField(_l("State"), validate_choice=False)
    person = SelectField(_l("Assigned to"), validate_choice=False)
    side = SelectField(_l("Our side"), validate_choice=False)
    centre = SelectField(_l("Our centre"), validate_choice=False)
    partner = SelectField(_l("Centre of the other side"), validate_choice=False)
    silent = SelectField(_l("A side is silent"), validate_choice=False)
    order = SelectField(_l("Show first"), validate_choice=False)

    def fill(
        self, people: Sequence[User], own: Mapping[str, str], partners: Mapping[str, str]
    ) -> None:
        """Set the choices in the language of this moment; `own` and `partners` are names of
        centres by code."""
        self.state.choices = [
            ("", _("All that run")),
            *((state.value, label(state)) for state in TALKS),
        ]
        self.person.choices = _people_choices(people)
        self.side.choices = enum_choices(Side, empty=_("Any"))
        self.centre.choices = [("", _("Any")), *own.items()]
        self.partner.choices = [("", _("Any")), *partners.items()]
        self.silent.choices = [
            ("", _("Does not matter")),
            *((str(days), _("For %(days)s days", days=number(days))) for days in SILENT_DAYS),
        ]
        self.order.choices = [
            (TalkOrder.QUIET.value, _("Longest without a message")),
            (TalkOrder.STATE.value, _("Longest in its state")),
            (TalkOrder.MEETING.value, _("Next meeting")),
            (TalkOrder.NEW.value, _("Newest introductions")),
        ]

    def wanted(
        self,
        me: int | None,
        people: Sequence[User],
        own: Mapping[str, int],
        partners: Mapping[str, int],
    ) -> TalkFilter:
        """Return the filter; unknown values do not restrict. `own` and `partners` are ids of
        centres by code."""
        person, state, order = self.person.data, self.state.data, self.order.data
        ids = {one.email: one.id for one in people}
        silent = {str(days): days for days in SILENT_DAYS}
        return TalkFilter(
            state=MatchState(state) if state in TALKS else None,
            side=Side(self.side.data) if self.side.data in set(Side) else None,
            centre_id=own.get(self.centre.data or ""),
            partner_id=partners.get(self.partner.data or ""),
            person_id=me if person == ME else ids.get(person or ""),
            nobody=person == NOBODY,
            silent_days=silent.get(self.silent.data or "", 0),
            order=TalkOrder(order) if order in set(TalkOrder) else TalkOrder.QUIET,
        )


def kept_filters(filters: BaseForm, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what was chosen of a filter, for the addresses of its other pages."""
    return {field.name: given[field.name] for field in filters if given.get(field.name)}


def age_label(age: str) -> str:
    """Return the name of an age: so many days in a state."""
    first, last = AGES[age]
    if last is None:
        return str(_("%(days)s days or more", days=number(first)))
    return str(_("%(first)s to %(last)s days", first=number(first), last=number(last)))


class DelegationForm(BaseForm):
    centre = SelectField(
        _l("Your centre"), validate_choice=False, validators=[Required(_l("Choose a centre."))]
    )
    to = SelectField(
        _l("Decides for it"), validate_choice=False, validators=[Required(_l("Choose a centre."))]
    )
    first_day = LocalDateField(_l("First day"))
    last_day = LocalDateField(_l("Last day"))

    def fill(self, own: Mapping[str, str], others: Mapping[str, str]) -> None:
        """Offer the lead's centres, and all that could decide for them, as names by code."""
        self.centre.choices = list(own.items())
        self.to.choices = [("", _("Choose a centre")), *others.items()]
        if len(own) == 1 and not self.centre.data:
            self.centre.data = next(iter(own))
