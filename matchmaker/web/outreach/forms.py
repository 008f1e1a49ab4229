"""The forms of outreach."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField, SubmitField, TextAreaField

from matchmaker.domain.languages import LOCALES, SITE_LANGUAGES
from matchmaker.domain.vocabulary import Channel
from matchmaker.i18n.locales import current_locale
from matchmaker.services.organisation_accounts import LIMITS
from matchmaker.services.outreach import MAX_NOTE, MAX_QUESTION
from matchmaker.web.accounts.forms import OrganisationForm
from matchmaker.web.forms import (
    BaseForm,
    Choice,
    Email,
    Length,
    LocalDateField,
    Optional,
    Phone,
    Required,
    enum_choices,
    options,
)


class RepresentedForm(OrganisationForm):
    """An organisation that has no account, its contact person, and their consent."""

    contact_name = StringField(
        _l("Contact person"),
        validators=[
            Required(_l("Enter the name of the contact person.")),
            Length(LIMITS["contact_name"]),
        ],
    )
    contact_language = SelectField(
        _l("Language in which the contact person wants to be reached"),
        choices=options((language.code, language.own_name) for language in SITE_LANGUAGES),
        validators=[Choice(LOCALES)],
        validate_choice=False,
        default=current_locale,
    )
    channel = RadioField(
        _l("How does the contact person want to be reached?"),
        validators=[
            Required(_l("Choose how the contact person wants to be reached.")),
            Choice(set(Channel)),
        ],
        validate_choice=False,
    )
    phone = StringField(
        _l("Telephone number"),
        description=_l(
            "With the country code, like +856 20 5512 3456. A number without it is taken as one of "
            "the country above."
        ),
        validators=[Optional(), Phone("country")],
        render_kw={"inputmode": "tel"},
    )
    contact_email = StringField(
        _l("E-mail address"),
        validators=[Optional(), Email(), Length(LIMITS["contact_email"])],
        render_kw={"inputmode": "email", "spellcheck": "false"},
    )
    channel_handle = StringField(
        _l("Name on WeChat or LINE"),
        description=_l("Only where it is not the telephone number."),
        validators=[Optional(), Length(LIMITS["channel_handle"])],
        render_kw={"spellcheck": "false"},
    )
    consent_on = LocalDateField(
        _l("When did the contact person agree to be listed?"),
        description=_l("A date, for example 2027-03-31"),
        validators=[Required(_l("Enter the date on which the contact person agreed."))],
    )
    consent_note = TextAreaField(
        _l("How did they agree?"),
        description=_l("For example: on the telephone, or with a signed form that we keep."),
        validators=[
            Required(_l("Write down how the contact person agreed.")),
            Length(LIMITS["consent_note"]),
        ],
    )
    submit = SubmitField(_l("Enter the organisation"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.website
        self.channel.choices = enum_choices(Channel)


class DoneForm(BaseForm):
    """What came of a task."""

    note = TextAreaField(
        _l("What came of it?"),
        description=_l("For example: reached on WhatsApp, will answer until Friday."),
        validators=[Optional(), Length(MAX_NOTE)],
    )
    submit = SubmitField(_l("Mark as done"))


class QuestionForm(BaseForm):
    """A question to an organisation."""

    question = TextAreaField(
        _l("Your question"),
        validators=[Required(_l("Write the question.")), Length(MAX_QUESTION)],
    )
    submit = SubmitField(_l("Ask"))


class ClaimForm(BaseForm):
    """The code from a letter."""

    code = StringField(
        _l("Code from the letter"),
        description=_l("Twelve letters and digits, like 7K3F-9QXM-2B4C."),
        validators=[Required(_l("Enter the code from the letter.")), Length(40)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    submit = SubmitField(_l("Take over the organisation"))
