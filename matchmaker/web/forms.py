"""The base of every form, and its validators: all messages are ours, so all are translated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

import phonenumbers
from babel import Locale
from babel.dates import parse_date
from babel.numbers import NumberFormatError, parse_decimal
from email_validator import EmailNotValidError, validate_email
from flask import current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import Field, FileField, HiddenField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import StopValidation, ValidationError

from matchmaker.config import Settings
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.money import MAX_HUNDREDTHS
from matchmaker.i18n.errors import sentence
from matchmaker.i18n.labels import label
from matchmaker.web.uploads import files_too_large

Message = Any
"""A sentence, mostly a lazy one."""


MAX_DIGITS: Final = 10
"""Numbers that a page sends back are shorter: databases hold no longer ones."""


class BaseForm(FlaskForm):  # type: ignore[misc]  # ships no types
    """A form of the site. Unknown fields are ignored; what was typed is kept by the templates."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # ships no types
        locales = ("en",)
        """WTForms' own messages are never shown: each validator of ours brings its sentence."""

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            """Strip the white space around every typed text, except passwords."""
            bound = unbound_field.bind(form=form, **options)
            if isinstance(bound, StringField) and bound.type != "PasswordField":
                bound.filters = (*bound.filters, _strip)
            return bound

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        g.form = self

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether the form is good; never where its files were too large to be read."""
        good = bool(super().validate(extra_validators))
        if not files_too_large():
            return good
        settings: Settings = current_app.config["SETTINGS"]
        names = [name for name, field in self._fields.items() if isinstance(field, FileField)]
        for name in names:
            self._fields[name].errors = []
        field = names[0] if names else None
        limit = settings.max_upload_megabytes
        self.add_error(DomainError(ErrorCode.FILES_TOO_LARGE, field=field, limit=limit))
        return False

    def add_error(self, error: DomainError) -> None:
        """Put the sentence of a broken rule beside its field, or on top when it has none.

        A stale row is no fault of the form: the error goes on, and `web.errors` answers it.
        """
        if error.code is ErrorCode.STALE:
            raise error
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(sentence(error))
        else:
            field.errors = [*field.errors, sentence(error)]


class FilterForm(BaseForm):
    """What of a page to show; sent by GET and changing nothing, so that its address can be kept."""

    class Meta(BaseForm.Meta):
        csrf = False


class VersionedForm(BaseForm):
    """A form that edits a row which others may edit too."""

    version = HiddenField()

    def opened_version(self) -> int | None:
        """Return the version of the row that the person saw, None when it was not sent."""
        text = str(self.version.data or "")
        return int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None

    def is_stale(self, version: int) -> bool:
        """Tell whether the row has changed since the person opened the form."""
        return self.opened_version() != version


def conflict_page(form: BaseForm, saved: Mapping[str, object], version: int) -> ResponseReturnValue:
    """Show what was typed beside what is saved by now, field by field; nothing typed is lost.

    `saved` maps field names to the saved values; `version` is the row's present version, with
    which the person may send the form again.
    """
    rows = [
        (form[name].label.text, _shown(form[name].data), _shown(value))
        for name, value in saved.items()
        if name in form and _shown(form[name].data) != _shown(value)
    ]
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"csrf_token", "version"}
    ]
    page = render_template(
        "errors/conflict.html", rows=rows, kept=kept, version=version, here=request.full_path
    )
    return page, 409


def _shown(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(sorted(str(item) for item in value))
    return str(value)


def _strip(value: Any) -> Any:
    """PostgreSQL stores no NUL characters, and nobody types them."""
    return value.replace("\0", "").strip() if isinstance(value, str) else value


class Required:
    """Refuse an empty answer. The message should say what to do: "Enter the name"."""

    field_flags: Final = {"needed": True}

    def __init__(self, message: Message = None) -> None:
        self._message = message

    def __call__(self, _form: Any, field: Field) -> None:
        value = field.data
        if value is None or value is False or (hasattr(value, "__len__") and len(value) == 0):
            kept = [error for error in field.errors if error]
            if kept:
                raise StopValidation
            field.errors = []
            raise StopValidation(str(self._message or _("Answer this question.")))


class Optional:
    """End the checks of an empty answer: nothing is wrong with it."""

    def __call__(self, _form: Any, field: Field) -> None:
        raw = field.raw_data
        if not raw or (isinstance(raw[0], str) and not raw[0].strip()):
            field.errors = []
            raise StopValidation


class Length:
    """Refuse text with more than `most` or fewer than `least` characters."""

    def __init__(self, most: int, least: int = 0) -> None:
        self.most, self.least = most, least
        self.field_flags = {"maximum": most}

    def __call__(self, _form: Any, field: Field) -> None:
        length = len(field.data or "")
        if length > self.most:
            raise ValidationError(
                _(
                    "Shorten this to %(most)s characters or fewer: it has %(length)s.",
                    most=self.most,
                    length=length,
                )
            )
        if length < self.least:
            raise ValidationError(_("Write at least %(least)s characters.", least=self.least))


def uploaded(field: Field, megabytes: int) -> bytes:
    """Return the content of a file field; refuses no file, an empty one and one that is too large.

    For the `validate_…` method of a form: raises StopValidation.
    """
    if not isinstance(field.data, FileStorage) or not field.data.filename:
        raise StopValidation(_("Choose a file."))
    most = megabytes * 1024 * 1024
    content = field.data.stream.read(most + 1)
    field.data.close()
    if len(content) > most:
        raise StopValidation(sentence(DomainError(ErrorCode.FILE_TOO_LARGE, limit=megabytes)))
    if not content.strip():
        raise StopValidation(_("This file is empty. Choose another one."))
    return content


class Choice:
    """Refuse a value that is not among the field's choices, with a sentence of ours.

    Use it on fields made with `validate_choice=False`.
    """

    def __init__(self, codes: Collection[str] | Callable[[], Collection[str]]) -> None:
        self._codes = codes

    def __call__(self, _form: Any, field: Field) -> None:
        allowed = self._codes() if callable(self._codes) else self._codes
        values = field.data if isinstance(field.data, (list, tuple)) else [field.data]
        if any(value not in allowed for value in values if value not in {None, ""}):
            raise ValidationError(_("Choose one of the answers shown."))


class MaxChoices:
    """Refuse more than `most` ticked answers."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __call__(self, _form: Any, field: Field) -> None:
        if len(field.data or ()) > self._most:
            raise ValidationError(_("Choose no more than %(most)s.", most=self._most))


class Url:
    """Refuse what is not a web address; `www.example.org` is completed."""

    def __call__(self, _form: Any, field: Field) -> None:
        text = field.data or ""
        if text and "://" not in text:
            text = f"https://{text}"
        try:
            parts = urlsplit(text)
            good = parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
        except ValueError:
            good = False
        if not good or len(text) > 2000 or any(char.isspace() for char in text):
            raise ValidationError(_("Enter a web address, like https://www.example.org."))
        field.data = text


class Email:
    """Refuse what is not an e-mail address; the address is normalised."""

    def __call__(self, _form: Any, field: Field) -> None:
        try:
            field.data = validate_email(field.data or "", check_deliverability=False).normalized
        except EmailNotValidError:
            raise ValidationError(
                _("Enter an e-mail address in the right form, like name@example.org.")
            ) from None


class Phone:
    """Refuse what is not a telephone number; it becomes E.164 (`+8613812345678`).

    `country_field` names the field whose country a number without + is read in.
    """

    def __init__(self, country_field: str | None = None) -> None:
        self._country_field = country_field

    def __call__(self, form: Any, field: Field) -> None:
        country = form[self._country_field].data if self._country_field else None
        try:
            number = phonenumbers.parse(field.data or "", country or None)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_valid_number(number):
            raise ValidationError(
                _("Enter a telephone number with its country code, like +86 771 123 4567.")
            )
        field.data = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class MoneyField(StringField):
    """An amount as people write it in their language; `data` is hundredths (int) or None."""

    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{Decimal(self.data) / 100:f}"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the typed amount; where another form of the page was sent, it stays as it is."""
        if not valuelist:
            return
        text = valuelist[0].strip()
        if not text:
            self.data = None
            return
        amount = typed_number(text, most=MAX_HUNDREDTHS // 100)
        if amount is None or amount * 100 % 1:
            self.data = None
            raise ValueError(_("Enter an amount of money, like 1200000 or 1200000.50."))
        self.data = int(amount * 100)


def typed_number(text: str, *, most: int) -> Decimal | None:
    """Return a number from 0 to `most` as people write it in their language, or as 1200000.50; None
    for anything else. The range comes first: no reckoning with what has a million digits."""
    number = _localised_decimal(text)
    if number is None:
        try:
            number = Decimal(text)
        except ArithmeticError:
            return None
    return number if number.is_finite() and 0 <= number <= most else None


def _localised_decimal(text: str) -> Decimal | None:
    try:
        return parse_decimal(text.replace(" ", ""), locale=get_locale() or "en", strict=True)
    except (NumberFormatError, ArithmeticError):
        return None


class LocalDateField(StringField):
    """A date typed in the reader's order or as 2026-12-31; `data` is a date or None."""

    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data.isoformat())

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the typed date; where another form of the page was sent, it stays as it is."""
        if not valuelist:
            return
        text = valuelist[0].strip()
        self.data = None
        if not text:
            return
        try:
            self.data = _read_date(text)
        except (ValueError, IndexError):
            raise ValueError(_("Enter a date, like %(example)s.", example=date_example())) from None


def date_example() -> str:
    """Return an example of a date as `LocalDateField` reads it, for hints."""
    return "2027-03-31"


def _read_date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        locale: Locale = get_locale() or Locale.parse("en")
        found = parse_date(text, locale=locale, format="short")
    if not 1900 < found.year < 2200:
        raise ValueError(text)
    return found


def options(pairs: Iterable[tuple[str, Any]]) -> list[Any]:
    """Return (value, label) pairs as the choices that WTForms wants; labels may be lazy."""
    return [SelectChoice(value, text) for value, text in pairs]


def enum_choices(kinds: type[Any], *, empty: Any = None) -> list[Any]:
    """Return the members of an enumeration as choices for a select, radios or tick boxes.

    `empty` is the text of a first choice without a value.
    """
    first: list[tuple[str, Any]] = [] if empty is None else [("", empty)]
    return options([*first, *((kind.value, label(kind)) for kind in kinds)])
