"""The forms of the translation queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TextAreaField

from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.vocabulary import TEXT_LIMITS, TextField
from matchmaker.i18n.formats import language_name
from matchmaker.i18n.labels import label
from matchmaker.models import Centre, ListingText
from matchmaker.queries.translations import centre_name
from matchmaker.services.translations import TRANSLATED_FIELDS
from matchmaker.web.forms import (
    Choice,
    FilterForm,
    Length,
    Required,
    VersionedForm,
    options,
)


class QueueForm(FilterForm):
    """What to show of the queue."""

    original = SelectField(_l("From"), validate_choice=False)
    language = SelectField(_l("Into"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(code, language_name(code)) for code in TEXT_LANGUAGES]
        self.original.choices = options([("", _l("All")), *named])
        self.language.choices = options([("", _l("All")), *named])


class TranslationForm(VersionedForm):
    """A field for each field of the original."""

    keep_language = BooleanField(_l("The language is right: save it as it is"))

    def fields_written(self) -> dict[TextField, str]:
        """Return what was typed, by field."""
        return {
            field: self._fields[field.value].data or ""
            for field in TRANSLATED_FIELDS
            if field.value in self._fields
        }


class PassOnForm(VersionedForm):
    """Which other centre to ask."""

    centre = SelectField(
        _l("Centre that reads both languages"),
        [Required(_l("Choose a centre.")), Choice(lambda: ())],
        validate_choice=False,
    )


class DropForm(VersionedForm):
    """One button."""


def translation_form(
    original: ListingText | None, language: str, **options_: Any
) -> TranslationForm:
    """Return a form that asks in `language` for what the original says; without one, for all."""
    questions: dict[str, Any] = {}
    for field in TRANSLATED_FIELDS:
        if original is not None and not original.get(field) and field is not TextField.TITLE:
            continue
        kind = StringField if field is TextField.TITLE else TextAreaField
        checks: list[Any] = [Length(TEXT_LIMITS[field])]
        if field is TextField.TITLE:
            checks.insert(0, Required(_l("Write the title.")))
        questions[field.value] = kind(label(field), checks, render_kw={"lang": language})
    form: TranslationForm = type("TranslationForm", (TranslationForm,), questions)(**options_)
    return form


def pass_on_form(centres: Sequence[Centre], locale: str, **options_: Any) -> PassOnForm:
    """Return a form with the centres that could help."""

    class Form(PassOnForm):
        centre = SelectField(
            _l("Centre that reads both languages"),
            [
                Required(_l("Choose a centre.")),
                Choice({centre.code for centre in centres}),
            ],
            validate_choice=False,
        )

    form = Form(**options_)
    named = [(centre.code, centre_name(centre, locale)) for centre in centres]
    form.centre.choices = options((code, name.name if name else code) for code, name in named)
    return form
