"""What a party says: interest in a listing. Answers and steps use the forms of the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField

from matchmaker.web.forms import BaseForm, Choice, Length, Required

INTEREST_LENGTH: Final = 2000


class InterestForm(BaseForm):
    own = RadioField(
        _l("For which of your listings?"),
        validate_choice=False,
        validators=[Required(_l("Choose one of your listings."))],
    )
    what_cooperation = TextAreaField(
        _l("What would you like to do together?"),
        validators=[
            Required(_l("Write what you would like to do together.")),
            Length(INTEREST_LENGTH),
        ],
    )
    what_is_missing = TextAreaField(
        _l("What do you need to know that the listing does not say?"),
        validators=[Length(INTEREST_LENGTH)],
    )
    about_you = TextAreaField(
        _l("Who are you, and why do you fit?"),
        validators=[
            Required(_l("Write a few sentences about yourselves.")),
            Length(INTEREST_LENGTH),
        ],
    )

    def fill(self, listings: Sequence[tuple[str, str]]) -> None:
        """Offer the person's listings as (reference, title); a single one is chosen already."""
        self.own.choices = list(listings)
        self.own.validators = (*self.own.validators, Choice([name for name, _title in listings]))
        if len(listings) == 1 and not self.own.data:
            self.own.data = listings[0][0]
