"""The forms of the glossary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from matchmaker.domain.glossary import LABEL_LANGUAGES, MAX_CODE, MAX_DEFINITION, MAX_LABEL
from matchmaker.i18n.formats import language_name
from matchmaker.queries.sectors import SectorChoice
from matchmaker.web.forms import (
    BaseForm,
    Choice,
    FilterForm,
    Length,
    Required,
    VersionedForm,
    options,
    uploaded,
)

MAX_MEGABYTES: Final = 4
TO_CONFIRM: Final = "to-confirm"
WITHOUT: Final = "without"


def _languages(empty: Any) -> list[Any]:
    return options([("", empty), *((code, language_name(code)) for code in LABEL_LANGUAGES)])


class SearchForm(FilterForm):
    """Which concepts to show."""

    text = StringField(_l("Word in any language"))
    sector = SelectField(_l("Sector"), validate_choice=False)
    language = SelectField(_l("Language"), validate_choice=False)
    show = SelectField(_l("Show"), validate_choice=False)

    def fill(self, sectors: Sequence[SectorChoice]) -> None:
        """Set the choices in the language of this moment."""
        named = [(choice.code, choice.name) for choice in sectors]
        self.sector.choices = options([("", _l("All")), *named])
        self.language.choices = _languages(_l("All"))
        self.show.choices = options(
            [
                ("", _l("All concepts")),
                (TO_CONFIRM, _l("With labels to confirm")),
                (WITHOUT, _l("Without a label in the language")),
            ]
        )


class ConceptForm(VersionedForm):
    """What a concept is."""

    definition = TextAreaField(
        _l("Definition in English"),
        [Length(MAX_DEFINITION)],
        description=_l("One sentence that tells it from its neighbours."),
        render_kw={"lang": "en"},
    )
    sectors = SelectMultipleField(_l("Sectors"), validate_choice=False)
    broader = StringField(
        _l("Wider concept"),
        [Length(MAX_CODE)],
        description=_l("Its code, for example starch. Leave it empty if there is none."),
        render_kw={"spellcheck": "false"},
    )

    def fill(self, sectors: Sequence[SectorChoice]) -> None:
        """Set the choices in the language of this moment."""
        self.sectors.choices = options((choice.code, choice.name) for choice in sectors)


class NewConceptForm(ConceptForm):
    """A concept with its first label."""

    code = StringField(
        _l("Code"),
        [Required(_l("Enter a code.")), Length(MAX_CODE)],
        description=_l("Lower-case letters, digits and underscores. It stays for ever."),
        render_kw={"spellcheck": "false"},
    )
    text = StringField(
        _l("Name in English"),
        [Required(_l("Enter the name.")), Length(MAX_LABEL)],
        description=_l("Somebody else confirms it. Add other languages afterwards."),
        render_kw={"lang": "en"},
    )


class LabelForm(FilterForm):
    """A further label of a concept."""

    language = SelectField(
        _l("Language"),
        [Required(_l("Choose a language.")), Choice(LABEL_LANGUAGES)],
        validate_choice=False,
    )
    text = StringField(_l("Label"), [Required(_l("Enter the label.")), Length(MAX_LABEL)])
    preferred = BooleanField(_l("It is the usual name in this language"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = _languages(_l("Choose one"))


class EditLabelForm(VersionedForm):
    """Another text for a label."""

    text = StringField(_l("Label"), [Required(_l("Enter the label.")), Length(MAX_LABEL)])


class LabelActionForm(VersionedForm):
    """One button beside a label, and which label it stands beside."""

    language = HiddenField()
    label = HiddenField()


class PairFilterForm(BaseForm):
    """Which proposed pairs to show."""

    language = SelectField(_l("Language"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = _languages(_l("All"))


class PairForm(VersionedForm):
    """A proposed pair by its terms, and the button that was pressed."""

    left_language = HiddenField()
    left = HiddenField()
    right_language = HiddenField()
    right = HiddenField()
    shown = HiddenField()
    """The language by which the queue was narrowed."""


class EditPairForm(PairForm):
    """A proposed pair with other texts, or for a concept that is there."""

    left_text = StringField(_l("First term"), [Required(_l("Enter the term.")), Length(MAX_LABEL)])
    right_text = StringField(
        _l("Second term"), [Required(_l("Enter the term.")), Length(MAX_LABEL)]
    )
    concept = StringField(
        _l("Concept"),
        [Length(MAX_CODE)],
        description=_l("The code of the concept that both name. Empty makes a new one."),
        render_kw={"spellcheck": "false"},
    )


class ImportForm(BaseForm):
    """A file with concepts and labels."""

    file = FileField(
        _l("Your file"),
        description=_l(
            "SKOS (.ttl, .rdf), TBX (.tbx) or CSV (a row for each concept, a column for each"
            " language), up to 4 megabytes. Nothing is saved before you have seen the report."
        ),
        render_kw={"accept": ".ttl,.rdf,.owl,.skos,.xml,.tbx,.csv"},
    )
    trust = BooleanField(
        _l("Labels that the file calls confirmed were confirmed by two people"),
        description=_l("Without this, every new label waits for somebody to confirm it."),
    )
    content: bytes = b""

    def validate_file(self, field: FileField) -> None:
        """Refuse no file, an empty one, and one that is too large."""
        self.content = uploaded(field, MAX_MEGABYTES)


class TakeForm(BaseForm):
    """A checked file, sent once more to be taken in."""

    name = HiddenField()
    packed = HiddenField()
    trust = HiddenField()
