"""The forms of export control."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import FileField, HiddenField, SelectField, StringField
from wtforms.validators import StopValidation

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.i18n.countries import country_choices
from matchmaker.i18n.errors import sentence
from matchmaker.services.export_catalogues import MAX_TITLE, MAX_VERSION
from matchmaker.web.forms import BaseForm, Choice, Length, Required, options

MAX_MEGABYTES = 4


class CatalogueForm(BaseForm):
    """A version of a country's catalogue, as a table."""

    country = SelectField(
        _l("Country or region"), [Required(_l("Choose the country or region."))],
        validate_choice=False,
    )  # fmt: skip
    version = StringField(
        _l("Version"),
        [Required(_l("Enter the version.")), Length(MAX_VERSION)],
        description=_l("As the authority names it, for example 2025-07."),
    )
    title = StringField(_l("Title"), [Required(_l("Write a title.")), Length(MAX_TITLE)])
    file = FileField(
        _l("Your file"),
        description=_l(
            "XLSX or CSV with the columns number, name, keywords, class and language, up to 4"
            " megabytes. The class is free, restricted, prohibited or dual_use; the language is a"
            " code such as en or zh-Hans. Nothing is saved before you have seen the report."
        ),
        render_kw={"accept": ".csv,.xlsx"},
    )
    content: bytes = b""

    def fill(self) -> None:
        """Set the choices in the language of this moment."""
        choices = country_choices()
        self.country.choices = options([("", _("Choose one")), *choices])
        self.country.validators = [*self.country.validators, Choice({code for code, _n in choices})]

    def validate_file(self, field: FileField) -> None:
        """Refuse no file, an empty one, and one that is too large."""
        if not isinstance(field.data, FileStorage) or not field.data.filename:
            raise StopValidation(_("Choose a file."))
        self.content = field.data.stream.read(MAX_MEGABYTES * 1024 * 1024 + 1)
        field.data.close()
        if len(self.content) > MAX_MEGABYTES * 1024 * 1024:
            error = DomainError(ErrorCode.FILE_TOO_LARGE, limit=MAX_MEGABYTES)
            raise StopValidation(sentence(error))
        if not self.content.strip():
            raise StopValidation(_("This file is empty. Choose another one."))


class TakeForm(BaseForm):
    """A checked catalogue, sent once more to be taken in."""

    country = HiddenField()
    version = HiddenField()
    title = HiddenField()
    packed = HiddenField()
