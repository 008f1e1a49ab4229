"""The controls of posting, and the choices that have no enumeration."""

from __future__ import annotations

from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField, SelectMultipleField, StringField, TextAreaField

from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.listing_content import SDGS, TRLS, clean_text
from matchmaker.domain.vocabulary import TEXT_LIMITS, TextField
from matchmaker.i18n.formats import language_name
from matchmaker.i18n.labels import label
from matchmaker.web.forms import Choice, Length, enum_choices, options

NO_ANSWER: Final = _l("No answer")


class CleanLength(Length):
    """Counts what will be stored: plain line ends, no control characters."""

    def __call__(self, form: Any, field: Field) -> None:
        field.data = clean_text(field.data or "")
        super().__call__(form, field)


class LinesField(TextAreaField):
    """Values on lines of their own, or separated by commas; `data` is a tuple of them."""

    data: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = "TextAreaField"  # the page shows it as one

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "\n".join(self.data or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the typed values."""
        text = clean_text(valuelist[0]) if valuelist else ""
        for mark in "，、；;,":
            text = text.replace(mark, "\n")
        self.data = tuple(value.strip() for value in text.split("\n") if value.strip())


def text_area(field: TextField, **more: Any) -> TextAreaField:
    """Return the control of a long text field."""
    return TextAreaField(label(field), validators=[CleanLength(TEXT_LIMITS[field])], **more)


def text_line(field: TextField, **more: Any) -> StringField:
    """Return the control of a short text field."""
    return StringField(label(field), validators=[CleanLength(TEXT_LIMITS[field])], **more)


def one_of(name: Any, kinds: type[Any], **more: Any) -> RadioField:
    """Return radios of an enumeration, with a way to give no answer."""
    codes = frozenset(kind.value for kind in kinds)
    return RadioField(
        name,
        choices=enum_choices(kinds, empty=NO_ANSWER),
        validators=[Choice(codes)],
        validate_choice=False,
        default="",
        **more,
    )


def some_of(name: Any, kinds: type[Any], **more: Any) -> SelectMultipleField:
    """Return tick boxes of an enumeration."""
    codes = frozenset(kind.value for kind in kinds)
    return SelectMultipleField(
        name,
        choices=enum_choices(kinds),
        validators=[Choice(codes)],
        validate_choice=False,
        **more,
    )


def language_choices() -> list[Any]:
    """Return every language in which a listing may be written."""
    return options((code, language_name(code)) for code in TEXT_LANGUAGES)


def trl_choices() -> list[tuple[str, str]]:
    """Return the nine levels with what each one means."""
    meanings = (
        _("basic principles observed"),
        _("technology concept formulated"),
        _("experimental proof of concept"),
        _("validated in the laboratory"),
        _("validated in a relevant environment"),
        _("demonstrated in a relevant environment"),
        _("prototype demonstrated in the operational environment"),
        _("system complete and qualified"),
        _("proven in the operational environment"),
    )
    return [
        (str(level), _("TRL %(level)s: %(meaning)s", level=level, meaning=meaning))
        for level, meaning in zip(TRLS, meanings, strict=True)
    ]


def sdg_choices() -> list[tuple[str, str]]:
    """Return the seventeen goals by number and name."""
    names = (
        _("No poverty"),
        _("Zero hunger"),
        _("Good health and well-being"),
        _("Quality education"),
        _("Gender equality"),
        _("Clean water and sanitation"),
        _("Affordable and clean energy"),
        _("Decent work and economic growth"),
        _("Industry, innovation and infrastructure"),
        _("Reduced inequalities"),
        _("Sustainable cities and communities"),
        _("Responsible consumption and production"),
        _("Climate action"),
        _("Life below water"),
        _("Life on land"),
        _("Peace, justice and strong institutions"),
        _("Partnerships for the goals"),
    )
    return [
        (number, _("%(number)s. %(name)s", number=number, name=name))
        for number, name in zip(SDGS, names, strict=True)
    ]
