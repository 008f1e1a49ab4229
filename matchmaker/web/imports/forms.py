"""The form that takes a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, FileField, SelectField, SubmitField
from wtforms.validators import StopValidation

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.i18n.errors import sentence
from matchmaker.web.forms import BaseForm, Required, options

MAX_MEGABYTES: Final = 8


class TableForm(BaseForm):
    """For which organisation, and the file."""

    organisation = SelectField(
        _l("Which organisation are these listings of?"),
        validators=[Required(_l("Choose an organisation."))],
        validate_choice=False,
    )
    table = FileField(
        _l("Your table"),
        description=_l("An XLSX or CSV file. Nothing is saved before you have seen the report."),
        render_kw={"accept": ".xlsx,.csv,.txt,.tsv"},
    )
    trust_language = BooleanField(
        _l("The languages are right as given"),
        description=_l(
            "Tick this when a row was refused because its text looked like another language."
        ),
    )
    submit = SubmitField(_l("Check the table"))

    def __init__(self, *args: Any, organisations: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = [("", _l("Choose…"))] if len(organisations) > 1 else []
        self.organisation.choices = options([*first, *organisations])

    def validate_table(self, field: FileField) -> None:
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

    content: bytes = b""
