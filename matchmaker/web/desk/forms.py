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
from matchmaker.web.forms import BaseForm, FilterForm, LocalDateField, Required, enum_choices

EVERYTHING = "all"
NOBODY = "nobody"
ME = "me"


class _SideFilterForm(FilterForm):
    """Whose work to show: of which person, and on which side."""

    person = SelectField(_l("Assigned to"), validate_choice=False)
    state = SelectField(_l("State"), validate_choice=False)
    side = SelectField(_l("Our side"), validate_choice=False)

    def fill_sides(self, people: Sequence[User]) -> None:
        """Set the choices in the language of this moment."""
        self.person.choices = [
            ("", _("Anybody")),
            (ME, _("Me")),
            (NOBODY, _("Nobody")),
            *((person.email, person.name) for person in people),
        ]
        self.side.choices = enum_choices(Side, empty=_("Any"))

    def wanted_side(self) -> Side | None:
        """Return the side; an unknown value does not restrict."""
        return Side(self.side.data) if self.side.data in set(Side) else None

    def wanted_person(self, me: int | None, people: Sequence[User]) -> int | None:
        """Return the person's id; `me` is the reader's. None for anybody, and for nobody."""
        if self.person.data == ME:
            return me
        return {one.email: one.id for one in people}.get(self.person.data or "")


class DeskFilterForm(_SideFilterForm):
    """What of the desk to show."""

    wait = SelectField(_l("What it waits for"), validate_choice=False)
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
        self.fill_sides(people)
        states = [(state.value, label(state)) for state in MatchState if state in RUNNING]
        self.state.choices = [("", _("Any")), *states]
        self.age.choices = [("", _("Any")), *((age, age_label(age)) for age in AGES)]
        self.centre.choices = [("", _("Any")), *centres.items()]

    def wanted(
        self, me: int | None, people: Sequence[User], centre_ids: Mapping[str, int]
    ) -> DeskFilter:
        """Return the filter; unknown values do not restrict."""
        wait, state = self.wait.data, self.state.data
        return DeskFilter(
            wait=Wait(wait) if wait in set(Wait) else None,
            everything=wait == EVERYTHING,
            person_id=self.wanted_person(me, people),
            nobody=self.person.data == NOBODY,
            state=MatchState(state) if state in RUNNING else None,
            side=self.wanted_side(),
            centre_id=centre_ids.get(self.centre.data or ""),
            age=self.age.data if self.age.data in AGES else "",
            overdue=bool(self.overdue.data),
            reminded=bool(self.reminded.data),
        )


class TalkFilterForm(_SideFilterForm):
    """What of the running talks to show, and in which order."""

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
        self.fill_sides(people)
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
        state, order = self.state.data, self.order.data
        silent = {str(days): days for days in SILENT_DAYS}
        return TalkFilter(
            state=MatchState(state) if state in TALKS else None,
            side=self.wanted_side(),
            centre_id=own.get(self.centre.data or ""),
            partner_id=partners.get(self.partner.data or ""),
            person_id=self.wanted_person(me, people),
            nobody=self.person.data == NOBODY,
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
