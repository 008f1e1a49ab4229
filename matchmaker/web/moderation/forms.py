"""The forms of moderation."""

from __future__ import annotations

from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, HiddenField, SelectField, StringField, TextAreaField

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.vocabulary import (
    CodeField,
    ControlClass,
    ListingKind,
    TextField,
)
from matchmaker.i18n.errors import sentence
from matchmaker.i18n.formats import language_name
from matchmaker.i18n.labels import label
from matchmaker.models import ListingRevision
from matchmaker.queries.moderation import QueueFilter, Waiting
from matchmaker.services.export_catalogues import MAX_ENTRIES
from matchmaker.services.moderation import MAX_CATALOGUE_VERSION, MAX_NOTE, MAX_REASON
from matchmaker.web.forms import (
    BaseForm,
    Choice,
    FilterForm,
    Length,
    Required,
    VersionedForm,
    enum_choices,
    options,
)
from matchmaker.web.moderation.presentation import STAFF_FIELDS

CODES_TO_CHANGE: Final = (CodeField.SECTOR, CodeField.KEYWORD, CodeField.PARTNERSHIP_TYPE)
_ALWAYS: Final = frozenset({TextField.TITLE, TextField.SUMMARY, TextField.DESCRIPTION})


class QueueForm(FilterForm):
    """What to show of the queue."""

    kind = SelectField(_l("Kind"), validate_choice=False)
    language = SelectField(_l("Original language"), validate_choice=False)
    waiting = SelectField(_l("New or changed"), validate_choice=False)
    readable = BooleanField(_l("Only what I can read"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = _l("All")
        self.kind.choices = enum_choices(ListingKind, empty=everything)
        self.language.choices = options(
            [("", everything), *((code, language_name(code)) for code in TEXT_LANGUAGES)]
        )
        self.waiting.choices = options(
            [
                ("", everything),
                (Waiting.NEW.value, _l("New listings")),
                (Waiting.REVISION.value, _l("Changes to published listings")),
            ]
        )

    def wanted(self) -> QueueFilter:
        """Return what was chosen; a value that does not exist means all."""
        kind, waiting = self.kind.data or "", self.waiting.data or ""
        return QueueFilter(
            kind=ListingKind(kind) if kind in set(ListingKind) else None,
            language=self.language.data if self.language.data in TEXT_LANGUAGES else None,
            readable=bool(self.readable.data),
            waiting=Waiting(waiting) if waiting in set(Waiting) else None,
        )


class PublishForm(VersionedForm):
    """One button."""


class RejectForm(VersionedForm):
    """Why a submission is refused for good."""

    reason = TextAreaField(
        _l("Why is it refused?"),
        [Required(_l("Write why, so that the owner understands it.")), Length(MAX_REASON)],
        description=_l("The owner reads this."),
    )


class CloseForm(BaseForm):
    """Why staff end a published listing."""

    reason = TextAreaField(
        _l("Why is it closed?"),
        [Required(_l("Write why, so that the owner understands it.")), Length(MAX_REASON)],
        description=_l("The owner reads this."),
    )


class ExportForm(BaseForm):
    """The export-control class of an offer."""

    control_class = SelectField(
        _l("Export-control class"),
        [Required(_l("Choose the export-control class.")), Choice(set(ControlClass))],
        validate_choice=False,
    )
    catalogue_version = StringField(
        _l("Version of the catalogue"),
        [Length(MAX_CATALOGUE_VERSION)],
        description=_l("The export-control catalogue by which you checked, such as 2025-07."),
    )
    entries = StringField(
        _l("Entries considered"),
        [Length(MAX_ENTRIES)],
        description=_l("Their numbers, separated by commas."),
    )
    note = TextAreaField(_l("Note for other staff"), [Length(MAX_NOTE)])
    evidence = FileField(
        _l("Evidence"), description=_l("A PDF or an image; only staff open it."),
        render_kw={"accept": ".pdf,.jpg,.jpeg,.png,.webp"},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.control_class.choices = enum_choices(ControlClass, empty=_l("Choose one"))


class WantForm(BaseForm):
    """Ask for a translation."""

    language = HiddenField()


class ChangesForm(VersionedForm):
    """What should be changed: one reason by field, and one for the whole."""

    reason = TextAreaField(_l("About the listing as a whole"), [Length(MAX_REASON)])

    def field_reasons(self) -> list[Any]:
        """Return the questions about single fields, in the order of the page."""
        return [field for name, field in self._fields.items() if name in _REASON_FIELDS]

    def reasons(self) -> dict[str, str]:
        """Return the reasons by field; "" for the whole."""
        given = {field.short_name: field.data or "" for field in self.field_reasons()}
        return {**given, "": self.reason.data or ""}


_REASON_FIELDS: Final = frozenset({*(field.value for field in TextField), *CODES_TO_CHANGE})


def changes_form(revision: ListingRevision, **options_: Any) -> ChangesForm:
    """Return a form with a question for each field that the revision has or should have."""
    texts = [
        field
        for field in STAFF_FIELDS
        if field in _ALWAYS or any(text.get(field) for text in revision.texts)
    ]
    questions = {
        field.value: TextAreaField(label(field), [Length(MAX_REASON)])
        for field in (*texts, *CODES_TO_CHANGE)
    }
    form: ChangesForm = type("ChangesForm", (ChangesForm,), questions)(**options_)
    return form


def show_error(form: BaseForm, error: DomainError) -> None:
    """Put what went wrong on the form that was sent.

    A stale row too: the page below is the newest, and what was typed stands in it.
    """
    if error.code is ErrorCode.STALE:
        form.form_errors.append(sentence(error))
    else:
        form.add_error(error)
