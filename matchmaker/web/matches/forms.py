"""The forms of the staff desk. Each edits a match that others may edit too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)

from matchmaker.domain.countries import MEMBERS
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.match_states import BEFORE_INTRODUCTION, CASE_STATES, ENDINGS
from matchmaker.domain.vocabulary import (
    Answer,
    Band,
    Clearance,
    ControlClass,
    DeclineReason,
    MatchState,
    RejectReason,
    Side,
    Verdict,
)
from matchmaker.i18n.countries import country_choices
from matchmaker.i18n.formats import language_name
from matchmaker.i18n.labels import label
from matchmaker.models import Match, User
from matchmaker.queries.matches import QueueFilter
from matchmaker.queries.sectors import SectorChoice
from matchmaker.services.export_catalogues import MAX_ENTRIES, MAX_VERSION
from matchmaker.services.export_clearances import MAX_NUMBER
from matchmaker.web.forms import (
    MAX_DIGITS,
    BaseForm,
    Choice,
    FilterForm,
    Length,
    LocalDateField,
    Required,
    VersionedForm,
    enum_choices,
)

NOTE_LENGTH: Final = 2000


class MatchForm(VersionedForm):
    """A form on the page of one match: it knows the version and the texts that were seen."""

    seen = HiddenField()
    known = HiddenField()
    """How many lines of the history stood on the page."""

    def show(self, match: Match) -> None:
        """Take the version and the revisions that the page shows now."""
        self.version.data = str(match.lock_version)
        numbers = [match.listing(side).published for side in Side]
        judged = (match.offer_revision, match.need_revision)
        self.seen.data = "-".join(
            str((now or then).number) for now, then in zip(numbers, judged, strict=True)
        )

    def known_lines(self) -> int | None:
        """Return how many lines of the history the person saw; None where the page did not say."""
        number = self.known.data or ""
        return int(number) if number.isdecimal() and len(number) < MAX_DIGITS else None

    def seen_revisions(self) -> tuple[int, int] | None:
        """Return the numbers of the two revisions that the person read."""
        first, _dash, second = (self.seen.data or "").partition("-")
        if all(n.isdecimal() and len(n) < MAX_DIGITS for n in (first, second)):
            return int(first), int(second)
        return None


class DecideForm(MatchForm):
    verdict = RadioField(
        _l("Decision"), validate_choice=False,
        validators=[Required(_l("Choose whether to approve or reject.")), Choice(set(Verdict))],
    )  # fmt: skip
    reason = SelectField(
        _l("Reason for rejecting"), validate_choice=False,
        validators=[Choice(set(RejectReason))],
    )  # fmt: skip
    note = TextAreaField(_l("Note"), validators=[Length(NOTE_LENGTH)])
    read_in_original = BooleanField(_l("I read the texts in the original"))

    def fill(self) -> None:
        """Set the choices in the language of this moment."""
        self.verdict.choices = enum_choices(Verdict)
        self.reason.choices = enum_choices(RejectReason, empty=_("Choose a reason"))


class BulkForm(BaseForm):
    """What is to be done with all ticked matches of the queue; the buttons say which of it."""

    reason = SelectField(
        _l("Reason for rejecting"), id="bulk-reason", validate_choice=False,
        validators=[Choice(set(RejectReason))],
    )  # fmt: skip
    note = TextAreaField(_l("Note"), id="bulk-note", validators=[Length(NOTE_LENGTH)])
    assignee = SelectField(_l("Assign to"), id="bulk-assignee", validate_choice=False)

    def fill(self, people: Sequence[User]) -> None:
        """Offer the own colleagues; an address names each."""
        self.reason.choices = enum_choices(RejectReason, empty=_("Choose a reason"))
        self.assignee.choices = [
            ("", _("Nobody")),
            *((person.email, person.name) for person in people),
        ]
        self.assignee.validators = (Choice([person.email for person in people]),)


class StopForm(MatchForm):
    reason = SelectField(
        _l("Reason"), validate_choice=False,
        validators=[Required(_l("Choose a reason.")), Choice(set(RejectReason))],
    )  # fmt: skip
    note = TextAreaField(_l("Note"), validators=[Length(NOTE_LENGTH)])

    def fill(self) -> None:
        """Set the choices in the language of this moment."""
        self.reason.choices = enum_choices(RejectReason, empty=_("Choose a reason"))


class AssignForm(MatchForm):
    assignee = SelectField(_l("Assigned to"), validate_choice=False)

    def fill(self, people: Sequence[User]) -> None:
        """Offer the people of both centres; an address names each."""
        self.assignee.choices = [
            ("", _("Nobody")),
            *((person.email, person.name) for person in people),
        ]


class DueForm(MatchForm):
    due_on = LocalDateField(_l("Due on"))


class HandOverForm(MatchForm):
    centre = SelectField(
        _l("New centre"), validate_choice=False,
        validators=[Required(_l("Choose a centre."))],
    )  # fmt: skip
    note = TextAreaField(
        _l("Why"),
        validators=[Required(_l("Write a note that explains this.")), Length(NOTE_LENGTH)],
    )

    def fill(self, centres: Sequence[tuple[str, str]]) -> None:
        """Offer centres as (code, name)."""
        self.centre.choices = [("", _("Choose a centre")), *centres]


class CommentForm(MatchForm):
    note = TextAreaField(
        _l("Comment"), validators=[Required(_l("Write something here.")), Length(NOTE_LENGTH)]
    )


class ReopenForm(MatchForm):
    note = TextAreaField(
        _l("Why it opens again"),
        validators=[Required(_l("Write a note that explains this.")), Length(NOTE_LENGTH)],
    )


class RefuseOutcomeForm(MatchForm):
    note = TextAreaField(
        _l("Why it is not taken over"),
        validators=[Required(_l("Write a note that explains this.")), Length(NOTE_LENGTH)],
    )


class ClearForm(MatchForm):
    control_class = SelectField(
        _l("Export-control class"), validate_choice=False,
        validators=[Required(_l("Choose a class.")), Choice(set(ControlClass))],
    )  # fmt: skip
    clearance = SelectField(
        _l("Clearance"), validate_choice=False,
        validators=[Required(_l("Choose a clearance.")), Choice(set(Clearance))],
    )  # fmt: skip
    catalogue_version: Field = StringField(
        _l("Version of the catalogue"), validators=[Length(MAX_VERSION)]
    )
    number = StringField(
        _l("Number of the licence or registration"), validators=[Length(MAX_NUMBER)]
    )
    valid_until = LocalDateField(_l("Licence valid until"))
    entries = StringField(
        _l("Entries considered"),
        validators=[Length(MAX_ENTRIES)],
        description=_l("Their numbers, separated by commas."),
    )
    note = TextAreaField(_l("Note"), validators=[Length(1000)])
    evidence = FileField(
        _l("Evidence"), description=_l("A PDF or an image; only staff open it."),
        render_kw={"accept": ".pdf,.jpg,.jpeg,.png,.webp"},
    )  # fmt: skip

    def fill(self) -> None:
        """Set the choices in the language of this moment."""
        self.control_class.choices = [
            ("", _("Choose a class")),
            *((c.value, label(c)) for c in ControlClass if c is not ControlClass.NOT_CHECKED),
        ]
        self.clearance.choices = enum_choices(Clearance)


class ClearByCatalogueForm(ClearForm):
    """Where versions of the country's catalogue were brought in, one of them is chosen."""

    catalogue_version = SelectField(_l("Version of the catalogue"), validate_choice=False)

    def offer(self, versions: Sequence[str]) -> None:
        """Offer the versions, the newest first."""
        self.catalogue_version.choices = [("", _("Choose a version")), *((v, v) for v in versions)]


class AnswerForm(MatchForm):
    """Whether a party wants the introduction; staff and parties use the same questions."""

    answer = RadioField(
        _l("Answer"), validate_choice=False,
        validators=[Required(_l("Choose yes or no.")), Choice(set(Answer))],
    )  # fmt: skip
    decline_reason = SelectField(
        _l("If no, the reason"), validate_choice=False,
        validators=[Choice(set(DeclineReason))],
    )  # fmt: skip
    note = TextAreaField(_l("Anything to add"), validators=[Length(NOTE_LENGTH)])

    def fill(self) -> None:
        """Set the choices in the language of this moment."""
        self.answer.choices = enum_choices(Answer)
        self.decline_reason.choices = enum_choices(DeclineReason, empty=_("Choose a reason"))


class StepForm(MatchForm):
    """The next step of the talks."""

    target = SelectField(
        _l("Next step"), validate_choice=False,
        validators=[Required(_l("Choose a step.")), Choice(set(MatchState))],
    )  # fmt: skip
    decline_reason = SelectField(
        _l("If a party declines or withdraws, the reason"), validate_choice=False,
        validators=[Choice(set(DeclineReason))],
    )  # fmt: skip
    declined_by = SelectField(
        _l("Which organisation declines or withdraws"), validate_choice=False,
        validators=[Choice(set(Side))],
    )  # fmt: skip
    """Staff may write it down for either side; parties speak for themselves."""
    note = TextAreaField(_l("Anything to add"), validators=[Length(NOTE_LENGTH)])

    def fill(self, targets: Sequence[MatchState]) -> None:
        """Offer the steps that are possible now."""
        self.target.choices = [
            ("", _("Choose a step")),
            *((state.value, label(state)) for state in targets),
        ]
        self.decline_reason.choices = enum_choices(DeclineReason, empty=_("Choose a reason"))

    def ask_side(self, own: Sequence[Side]) -> None:
        """Ask which side it is: for staff of one of them that one, unless they say otherwise."""
        one = len(own) == 1
        self.declined_by.choices = [
            ("", _("The one that our centre looks after") if one else _("Choose an organisation")),
            (Side.OFFER.value, _("The organisation with the offer")),
            (Side.NEED.value, _("The organisation with the need")),
        ]


class PairForm(BaseForm):
    first = StringField(
        _l("Reference of one listing"),
        validators=[Required(_l("Enter the reference of the first listing.")), Length(40)],
    )
    second = StringField(
        _l("Reference of the other listing"),
        validators=[Required(_l("Enter the reference of the second listing.")), Length(40)],
    )
    note = TextAreaField(_l("Why they belong together"), validators=[Length(NOTE_LENGTH)])


class QueueForm(FilterForm):
    """What of the queue to show."""

    state = SelectField(_l("State"), validate_choice=False)
    band = SelectField(_l("Strength"), validate_choice=False)
    sector = SelectField(_l("Sector"), validate_choice=False)
    offer_country = SelectField(_l("Offer from"), validate_choice=False)
    need_country = SelectField(_l("Need from"), validate_choice=False)
    language = SelectField(_l("Original language"), validate_choice=False)
    waiting = BooleanField(_l("Waits for us"))
    mine = BooleanField(_l("Assigned to me"))

    def fill(self, sectors: Sequence[SectorChoice]) -> None:
        """Set the choices in the language of this moment."""
        states = [s for s in MatchState if s in BEFORE_INTRODUCTION | CASE_STATES | ENDINGS]
        self.state.choices = [
            ("", _("All that is open")),
            *((state.value, label(state)) for state in states),
        ]
        self.band.choices = enum_choices(Band, empty=_("Any"))
        self.sector.choices = [("", _("Any")), *((s.code, s.name) for s in sectors)]
        countries = [("", _("Any")), *country_choices(others=False)]
        self.offer_country.choices = self.need_country.choices = countries
        languages = sorted((language_name(code), code) for code in TEXT_LANGUAGES)
        self.language.choices = [("", _("Any")), *((code, name) for name, code in languages)]

    def wanted(self) -> QueueFilter:
        """Return the filter; unknown values do not restrict."""
        state, band = self.state.data, self.band.data
        sectors = {choice[0] for choice in self.sector.choices or ()}
        return QueueFilter(
            state=MatchState(state) if state in set(MatchState) else None,
            band=Band(band) if band in set(Band) else None,
            sector=self.sector.data if self.sector.data in sectors else "",
            offer_country=_known(self.offer_country.data, MEMBERS),
            need_country=_known(self.need_country.data, MEMBERS),
            language=_known(self.language.data, tuple(TEXT_LANGUAGES)),
            waiting=bool(self.waiting.data),
            mine=bool(self.mine.data),
        )


def _known(value: str | None, codes: tuple[str, ...]) -> str:
    return value if value in codes else ""
