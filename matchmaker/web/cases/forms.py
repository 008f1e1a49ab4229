"""What a party says: interest in a listing. Answers and steps use the forms of the desk."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField

from matchmaker.web.forms import BaseForm, Choice, Length, Required


class InterestForm(BaseForm):
    own = RadioField(
        _l("For which of your listings?"),
        validate_choice=False,
        validators=[Required(_l("Choose one of your listings."))],
    )
    note = TextAreaField(_l("A note for the centres"), validators=[Length(2000)])

    def fill(self, listings: Sequence[tuple[str, str]]) -> None:
        """Offer the person's listings as (reference, title); a single one is chosen already."""
        self.own.choices = list(listings)
        self.own.validators = (*self.own.validators, Choice([name for name, _title in listings]))
        if len(listings) == 1 and not self.own.data:
            self.own.data = listings[0][0]
