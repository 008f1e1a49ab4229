"""The forms of accounts and organisations."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l
from flask_security import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    RegisterFormV2,
    ResetPasswordForm,
    SendConfirmationForm,
    VerifyForm,
)
from wtforms import (
    BooleanField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
)

from matchmaker.domain.countries import PROVINCES
from matchmaker.domain.languages import LOCALES, SITE_LANGUAGES
from matchmaker.domain.vocabulary import MAX_SECTORS, OrganisationSize, OrganisationType
from matchmaker.i18n.countries import country_choices, province_choices
from matchmaker.i18n.locales import current_locale
from matchmaker.web.forms import (
    BaseForm,
    Choice,
    Length,
    MaxChoices,
    Optional,
    Required,
    Url,
    enum_choices,
    options,
)


class _Known:
    """Lets the error pages know which form was sent, as our own forms do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        g.form = self


def _label(form: Any, **labels: Any) -> None:
    """Give the fields that Flask-Security made our own labels."""
    for name, text in labels.items():
        form[name].label.text = text


class SignInForm(_Known, LoginForm):
    """E-mail address and password."""

    remember = BooleanField(_l("Stay signed in on this device"))
    submit = SubmitField(_l("Sign in"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, email=_l("E-mail address"), password=_l("Password"))
        self.password.description = ""


class RegistrationForm(_Known, RegisterFormV2):
    """A new account: name, language, e-mail address and password."""

    name = StringField(
        _l("Your name"),
        validators=[Required(_l("Enter your name.")), Length(200)],
        filters=[lambda value: value.strip() if value else value],
        render_kw={"autocomplete": "name"},
    )
    locale = SelectField(
        _l("Language of mails and pages"),
        choices=options((language.code, language.own_name) for language in SITE_LANGUAGES),
        validators=[Choice(LOCALES)],
        validate_choice=False,
        default=current_locale,
    )
    submit = SubmitField(_l("Create an account"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, email=_l("E-mail address"), password=_l("Password"))


class RecoveryForm(_Known, ForgotPasswordForm):
    """Where to send the link that sets a new password."""

    submit = SubmitField(_l("Send me a link"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, email=_l("E-mail address"))


class ConfirmationForm(_Known, SendConfirmationForm):
    """Where to send the link that confirms an address, once more."""

    submit = SubmitField(_l("Send me a link"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, email=_l("E-mail address"))


class NewPasswordForm(_Known, ResetPasswordForm):
    """A new password, after following a link."""

    submit = SubmitField(_l("Save the new password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, password=_l("New password"), password_confirm=_l("The same password again"))


class PasswordChangeForm(_Known, ChangePasswordForm):
    """A new password, of somebody signed in."""

    submit = SubmitField(_l("Save the new password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(
            self,
            password=_l("Present password"),
            new_password=_l("New password"),
            new_password_confirm=_l("The same password again"),
        )


class AgainForm(_Known, VerifyForm):
    """The password once more, before something delicate."""

    submit = SubmitField(_l("Go on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, password=_l("Password"))


class OrganisationForm(BaseForm):
    """A new organisation."""

    name = StringField(
        _l("Name of the organisation"),
        validators=[Required(_l("Enter the name of the organisation.")), Length(256)],
        render_kw={"autocomplete": "organization"},
    )
    language = SelectField(
        _l("Language of this name"),
        choices=options((language.code, language.own_name) for language in SITE_LANGUAGES),
        validators=[Choice(LOCALES)],
        validate_choice=False,
        default=current_locale,
    )
    organisation_type = SelectField(
        _l("Type of organisation"),
        validators=[
            Required(_l("Choose the type of organisation.")),
            Choice(set(OrganisationType)),
        ],
        validate_choice=False,
    )
    size = SelectField(
        _l("Number of people"),
        validators=[Required(_l("Choose the number of people.")), Choice(set(OrganisationSize))],
        validate_choice=False,
    )
    country = SelectField(
        _l("Country or region"),
        validators=[
            Required(_l("Choose the country or region.")),
            Choice(lambda: {code for code, _name in country_choices()}),
        ],
        validate_choice=False,
        render_kw={"autocomplete": "country"},
    )
    province = SelectField(
        _l("Province, if in China"),
        validators=[
            Optional(),
            Choice({code for codes in PROVINCES.values() for code in codes}),
        ],
        validate_choice=False,
    )
    city = StringField(
        _l("City or place"),
        validators=[Optional(), Length(120)],
        render_kw={"autocomplete": "address-level2"},
    )
    website = StringField(
        _l("Web address, if there is one"),
        validators=[Optional(), Url(), Length(500)],
        render_kw={"autocomplete": "url"},
    )
    sectors = SelectMultipleField(
        _l("Sectors (up to three)"), validators=[MaxChoices(MAX_SECTORS)], validate_choice=False
    )
    submit = SubmitField(_l("Register the organisation"))

    def __init__(self, *args: Any, sectors: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        empty = _l("Choose…")
        self.organisation_type.choices = enum_choices(OrganisationType, empty=empty)
        self.size.choices = enum_choices(OrganisationSize, empty=empty)
        self.country.choices = options([("", empty), *country_choices()])
        self.province.choices = options([("", _l("None")), *province_choices("CN")])
        self.sectors.choices = options(sectors)


class JoinForm(BaseForm):
    """The reference of the organisation that a person wants to join."""

    reference = StringField(
        _l("Reference of the organisation"),
        validators=[Required(_l("Enter the reference of the organisation.")), Length(20)],
    )
    submit = SubmitField(_l("Ask to join"))


class AnswerForm(BaseForm):
    """A single button: the choice is in the address."""

    submit = SubmitField(_l("Confirm"))
