"""The form that takes a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, SelectField, SubmitField

from matchmaker.web.forms import BaseForm, Required, options, uploaded

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
        self.content = uploaded(field, MAX_MEGABYTES)

    content: bytes = b""
