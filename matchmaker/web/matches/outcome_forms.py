"""The forms for what comes of an introduction: the agreement, and how the talks go."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import MultipleFileField, RadioField, SelectField, StringField, TextAreaField

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.money import CURRENCIES
from matchmaker.domain.outcomes import MAX_JOBS, MAX_NOTE, MAX_NUMBER, Terms
from matchmaker.domain.vocabulary import (
    DeclineReason,
    FollowUpAnswer,
    TechnologyContractType,
)
from matchmaker.i18n.errors import sentence
from matchmaker.i18n.formats import currency_label
from matchmaker.models import FollowUp, Outcome
from matchmaker.services.case_messages import Upload
from matchmaker.web.files import upload_of
from matchmaker.web.forms import (
    BaseForm,
    Choice,
    Length,
    LocalDateField,
    MoneyField,
    Required,
    enum_choices,
    options,
    typed_number,
)
from matchmaker.web.matches.forms import MatchForm


class WholeNumberField(StringField):
    """A whole number as people write it in their language; `data` is an int or None."""

    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the typed number; where another form of the page was sent, it stays as it is."""
        if not valuelist:
            return
        text = valuelist[0].strip()
        self.data = None
        if not text:
            return
        number = typed_number(text, most=MAX_JOBS)
        if number is None or number % 1:
            error = DomainError(ErrorCode.JOBS_INVALID, limit=MAX_JOBS)
            raise ValueError(sentence(error))
        self.data = int(number)


class OutcomeForm(MatchForm):
    """An agreement: parties report it, staff record and amend it."""

    contract_type = SelectField(
        _l("Type of technology contract"), validate_choice=False,
        validators=[
            Required(_l("Choose the type of the contract.")),
            Choice(set(TechnologyContractType)),
        ],
    )  # fmt: skip
    signed_on = LocalDateField(
        _l("Signed on"), validators=[Required(_l("Enter the day on which it was signed."))]
    )
    contract_value = MoneyField(_l("Value of the contract"))
    currency = SelectField(
        _l("Currency"), validate_choice=False, validators=[Choice(frozenset(CURRENCIES))]
    )
    transaction_value = MoneyField(_l("Of this, for technology"))
    registration_number = StringField(
        _l("Registration number of the contract"), validators=[Length(MAX_NUMBER)]
    )
    jobs = WholeNumberField(_l("Jobs that it makes or keeps"))
    note = TextAreaField(_l("Note"), validators=[Length(MAX_NOTE)])
    files = MultipleFileField(_l("Evidence"))

    def fill(self) -> None:
        """Set the choices in the language of this moment."""
        self.contract_type.choices = enum_choices(TechnologyContractType, empty=_("Choose a type"))
        self.currency.choices = options(
            [("", _("Choose a currency")), *((code, currency_label(code)) for code in CURRENCIES)]
        )

    def terms(self) -> Terms:
        """Return what was typed; only after the form was found good."""
        return Terms(
            contract_type=TechnologyContractType(self.contract_type.data),
            signed_on=self.signed_on.data,
            contract_value=self.contract_value.data,
            transaction_value=self.transaction_value.data,
            currency=self.currency.data or None,
            registration_number=self.registration_number.data or "",
            jobs=self.jobs.data,
            note=self.note.data or "",
        )

    def uploads(self) -> list[Upload]:
        """Return the files that came with it."""
        return [
            upload_of(file)
            for file in self.files.data or ()
            if isinstance(file, FileStorage) and file.filename
        ]


def outcome_form(outcome: Outcome | None) -> OutcomeForm:
    """Return the form with what is known of an agreement by now."""
    names = [name for name in Terms.__slots__ if outcome is not None]
    form = OutcomeForm(prefix="outcome-", data={name: getattr(outcome, name) for name in names})
    form.fill()
    return form


class FollowUpFields(BaseForm):
    """How the talks go."""

    answer = RadioField(
        _l("How do the talks stand?"), validate_choice=False,
        validators=[Required(_l("Choose what fits best.")), Choice(set(FollowUpAnswer))],
    )  # fmt: skip
    decline_reason = SelectField(
        _l("If they have ended, the reason"), validate_choice=False,
        validators=[Choice(set(DeclineReason))],
    )  # fmt: skip
    note = TextAreaField(_l("Anything to add"), validators=[Length(MAX_NOTE)])

    def fill(self) -> None:
        """Set the choices in the language of this moment."""
        self.answer.choices = enum_choices(FollowUpAnswer)
        self.decline_reason.choices = enum_choices(DeclineReason, empty=_("Choose a reason"))

    def values(self) -> dict[str, Any]:
        """Return what was answered, as the service takes it; only after the form was found good."""
        reason = self.decline_reason.data
        return {
            "answer": FollowUpAnswer(self.answer.data),
            "decline_reason": DeclineReason(reason) if reason else None,
            "note": self.note.data or "",
        }


class FollowUpForm(FollowUpFields, MatchForm):
    """The same on the page of a match."""


def given_answer(follow_up: FollowUp) -> dict[str, Any]:
    """Return what was answered before, for the form that corrects it."""
    reason = follow_up.decline_reason
    return {
        "answer": follow_up.answer.value if follow_up.answer else None,
        "decline_reason": reason.value if reason else "",
        "note": follow_up.note,
    }


def follow_up_form(follow_up: FollowUp, prefix: str) -> FollowUpForm:
    """Return the form for a question, with the answer that was given before."""
    form = FollowUpForm(prefix=prefix, data=given_answer(follow_up))
    form.fill()
    return form
