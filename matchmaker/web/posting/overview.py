"""A listing as its owner sees it: what is done, what comes next, the answers in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from matchmaker.domain.languages import choose
from matchmaker.domain.listing_content import CODE_KINDS
from matchmaker.domain.vocabulary import (
    CodeField,
    ListingState,
    RevisionState,
    TextField,
)
from matchmaker.extensions import db
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.formats import currency_label, language_name, listed, long_date, money
from matchmaker.i18n.labels import label
from matchmaker.i18n.locales import current_locale
from matchmaker.models import ChangeRequest, Listing, ListingText
from matchmaker.queries.sectors import sector_names
from matchmaker.services.listing_access import EDITABLE
from matchmaker.web.posting.fields import sdg_choices, trl_choices
from matchmaker.web.posting.steps import (
    PROGRESS_LABELS,
    Progress,
    Step,
    progress,
    saved_values,
    step_of_field,
    steps_of,
)


@dataclass(frozen=True)
class TaskRow:
    """One line of the task list."""

    text: str
    url: str
    state: str
    done: bool
    required: bool
    optional: bool = False
    """Nothing was written, and nothing has to be."""


@dataclass(frozen=True)
class Section:
    """The answers of one step: (question, answer, address of its page or none)."""

    heading: str
    url: str | None
    rows: list[tuple[str, Any, str | None]]


@dataclass(frozen=True)
class Request:
    """What staff ask for: the field's name, their reason, the page on which it is."""

    name: str
    reason: str
    url: str | None


def shown_text(listing: Listing) -> ListingText | None:
    """Return the text to name a listing by: the reader's language, else English, else original."""
    texts = {text.language: text for text in listing.newest.texts if text.title}
    if not texts:
        return None
    return texts[choose(list(texts), current_locale(), listing.newest.original_language)]


def task_rows(listing: Listing) -> list[TaskRow]:
    """Return the task list of a listing, with the state of each task."""
    reference = listing.reference
    rows = [
        _row(str(step.title), step_url(listing, step), progress(listing, step), step.required)
        for step in steps_of(listing.kind)
    ]
    others = len(listing.newest.texts) - 1
    files = len(listing.newest.attachments)
    rows.append(
        TaskRow(
            _("More languages"),
            url_for("posting.languages", reference=reference),
            ngettext("%(num)s language added", "%(num)s languages added", others)
            if others > 0
            else str(PROGRESS_LABELS[Progress.OPTIONAL]),
            done=others > 0,
            required=False,
            optional=others < 1,
        )
    )
    rows.append(
        TaskRow(
            _("Pictures and documents"),
            url_for("posting.files", reference=reference),
            ngettext("%(num)s file added", "%(num)s files added", files)
            if files
            else str(PROGRESS_LABELS[Progress.OPTIONAL]),
            done=files > 0,
            required=False,
            optional=not files,
        )
    )
    return rows


def _row(text: str, url: str, state: Progress, required: bool) -> TaskRow:
    return TaskRow(
        text,
        url,
        str(PROGRESS_LABELS[state]),
        done=state is Progress.DONE,
        required=required,
        optional=state is Progress.OPTIONAL,
    )


def step_url(listing: Listing, step: Step, *, back: str | None = None) -> str:
    """Return the address of a step's page; `back` names the page to return to afterwards."""
    return url_for("posting.step", reference=listing.reference, key=step.key, back=back)


def next_step(listing: Listing) -> str:
    """Say in one sentence what is to be done with a listing, and by whom."""
    working = listing.working
    if listing.published is not None and working is not None:
        return str(_EDIT_STEPS[working.state])
    if listing.state is ListingState.PUBLISHED:
        return str(_("Public until %(date)s.", date=long_date(listing.valid_until)))
    return str(_NEXT_STEPS[listing.state])


_EDIT_STEPS: Final[dict[RevisionState, LazyString]] = {
    RevisionState.WORKING: _l("You have an edit that is not submitted yet."),
    RevisionState.SUBMITTED: _l(
        "Your edit is with the centre. The published text stays meanwhile."
    ),
    RevisionState.CHANGES_REQUESTED: _l(
        "The centre asks you to change your edit. The published text stays meanwhile."
    ),
}
_NEXT_STEPS: Final[dict[ListingState, LazyString]] = {
    ListingState.DRAFT: _l("Complete it and submit it."),
    ListingState.SUBMITTED: _l("The centre is reading it. You will get a mail."),
    ListingState.CHANGES_REQUESTED: _l(
        "The centre asks you to change something, then to submit it again."
    ),
    ListingState.ON_HOLD: _l("Hidden from readers until you resume it."),
    ListingState.EXPIRED: _l("Its time is over. Renew it if it still holds."),
    ListingState.REJECTED: _l("The centre did not publish it."),
    ListingState.CLOSED: _l("It is closed. Cases that were introduced go on."),
    ListingState.ARCHIVED: _l("It is in the archive."),
}


def request_rows(listing: Listing) -> list[Request]:
    """Return what staff asked for last, or why they refused, field by field."""
    revision = listing.newest
    requests: Iterable[ChangeRequest] = revision.change_requests
    if revision.state is RevisionState.SUBMITTED:
        return []
    if revision.state is RevisionState.PUBLISHED and listing.state is not ListingState.CLOSED:
        return []
    newest = max((request.at for request in requests), default=None)
    return [
        _request(listing, request) for request in revision.change_requests if request.at == newest
    ]


def _request(listing: Listing, request: ChangeRequest) -> Request:
    step = step_of_field(listing.kind, request.field)
    editable = listing.working is not None and listing.working.state in EDITABLE
    return Request(
        name=field_name(listing, request.field) if request.field else str(_("The whole listing")),
        reason=request.reason,
        url=step_url(listing, step) if step is not None and editable else None,
    )


def field_name(listing: Listing, name: str) -> str:
    """Return the name of a field as its form shows it."""
    if name in set(TextField):
        return str(label(TextField(name)))
    if name in set(CodeField):
        return str(label(CodeField(name)))
    step = step_of_field(listing.kind, name)
    if step is None:
        return name
    return str(getattr(step.form[listing.kind], name).args[0])


def summary(listing: Listing, *, change: bool = False) -> list[Section]:
    """Return all answers of a listing in words; `change`: with links to their pages."""
    words = Words(listing)
    sections = []
    for step in steps_of(listing.kind):
        url = step_url(listing, step, back="check") if change else None
        values = saved_values(listing, step.fields(listing.kind))
        rows = [
            (words.question(step, name), words.answer(name, value), url)
            for name, value in values.items()
            if change or words.answer(name, value)
        ]
        if rows:
            sections.append(Section(str(step.title), url, rows))
    return sections


class Words:
    """Turns what is saved into words of the reader's language."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._revision = listing.newest
        self._sectors = sector_names(db.session, current_locale())

    def question(self, step: Step, name: str) -> str:
        """Return the name of a field as its form shows it."""
        return str(getattr(step.form[self._listing.kind], name).args[0])

    def answer(self, name: str, value: Any) -> Any:
        """Return an answer in words; empty where there is none."""
        if value is None or value in ("", [], ()):
            return ""
        if name in set(TextField):
            return _passage(str(value), self._revision.original_language)
        if name in set(CodeField):
            return listed(self._code(CodeField(name), code) for code in value)
        if name.startswith(("price_m", "budget_m")):
            return money(value, self._revision.currency)
        return self._single(name, value)

    def _single(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return str(_("Yes") if value else _("No"))
        if name == "language":
            return language_name(value)
        if name == "trl":
            return dict(trl_choices())[value]
        if name == "currency":
            return currency_label(value)
        if name in {"needed_by", "wished_valid_until"}:
            return long_date(value)
        column = getattr(self._revision, name, None)
        return str(label(column)) if name in _LABELLED and column is not None else str(value)

    def _code(self, field: CodeField, code: str) -> str:
        if field is CodeField.SECTOR:
            return self._sectors.get(code, code)
        if field is CodeField.TARGET_COUNTRY:
            return place_name(code)
        if field is CodeField.SDG:
            return dict(sdg_choices())[code]
        kind = CODE_KINDS.get(field)
        return str(label(kind(code))) if kind else code


def _passage(text: str, language: str) -> Markup:
    return Markup('<span class="passage passage--block" lang="{}">{}</span>').format(language, text)


_LABELLED: Final = frozenset(
    {"stage_of_development", "ipr_status", "price_type", "confidential_after"}
)
