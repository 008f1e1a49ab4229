"""The steps of a listing: which form each has, what of it is filled in, how it is saved."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum, auto
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from matchmaker.domain.listing_content import COLUMNS
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import (
    GUIDING_FIELDS,
    CodeField,
    ConfidentialAfter,
    IprStatus,
    ListingKind,
    PriceType,
    StageOfDevelopment,
    TextField,
)
from matchmaker.models import Listing, ListingRevision, ListingText
from matchmaker.services import listings
from matchmaker.web.posting.forms import (
    ConfidentialityForm,
    CooperationForm,
    DemandForm,
    OfferForm,
    QuestionsForm,
    ScenarioForm,
    SectorsForm,
    StepForm,
    TextForm,
)

_ENUMS: Final[dict[str, type[StrEnum]]] = {
    "stage_of_development": StageOfDevelopment,
    "ipr_status": IprStatus,
    "price_type": PriceType,
    "confidential_after": ConfidentialAfter,
}
_OPTIONS: Final = frozenset({"own_number", "open_for_interest"})
_TEXTS: Final = frozenset(field.value for field in TextField)
_CODES: Final = frozenset(field.value for field in CodeField)


class Progress(StrEnum):
    """How far a task is."""

    NOT_STARTED = auto()
    OPTIONAL = auto()
    """Nothing there, and nothing needed."""
    IN_PROGRESS = auto()
    DONE = auto()


PROGRESS_LABELS: Final[dict[Progress, LazyString]] = {
    Progress.NOT_STARTED: _l("Not started"),
    Progress.OPTIONAL: _l("Optional"),
    Progress.IN_PROGRESS: _l("In progress"),
    Progress.DONE: _l("Done"),
}


@dataclass(frozen=True)
class Step:
    """A page of the form. `needed` are the fields that make it done; empty: any of them does."""

    key: str
    title: LazyString
    form: Mapping[ListingKind, type[StepForm]]
    needed: tuple[str, ...] = ()
    required: bool = False

    def fields(self, kind: ListingKind) -> tuple[str, ...]:
        """Return the names of what the page asks of a listing of `kind`, in its order."""
        return self.form[kind].order


def _all(form: type[StepForm]) -> dict[ListingKind, type[StepForm]]:
    return dict.fromkeys(ListingKind, form)


STEPS: Final[tuple[Step, ...]] = (
    Step(
        "text",
        _l("Title and description"),
        _all(TextForm),
        needed=("title", "description"),
        required=True,
    ),
    Step(
        "questions",
        _l("Five questions about your need"),
        {ListingKind.DEMAND: QuestionsForm, ListingKind.SCENARIO: QuestionsForm},
        needed=tuple(field.value for field in GUIDING_FIELDS),
    ),
    Step(
        "details",
        _l("Details"),
        {
            ListingKind.OFFER: OfferForm,
            ListingKind.DEMAND: DemandForm,
            ListingKind.SCENARIO: ScenarioForm,
        },
        needed=("stage_of_development",),
    ),
    Step(
        "sectors",
        _l("Sectors and keywords"),
        _all(SectorsForm),
        needed=("sector",),
        required=True,
    ),
    Step("cooperation", _l("Co-operation"), _all(CooperationForm), needed=("partnership_type",)),
    Step("confidentiality", _l("Confidentiality and validity"), _all(ConfidentialityForm)),
)


def steps_of(kind: ListingKind) -> tuple[Step, ...]:
    """Return the steps of a listing of `kind`, in order."""
    return tuple(step for step in STEPS if kind in step.form)


def find_step(kind: ListingKind, key: str) -> Step | None:
    """Return the step that an address names."""
    return next((step for step in steps_of(kind) if step.key == key), None)


def step_of_field(kind: ListingKind, field: str) -> Step | None:
    """Return the step on which a field is asked, to lead somebody there."""
    return next((step for step in steps_of(kind) if field in step.fields(kind)), None)


def saved_values(listing: Listing, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what is saved of the fields `names`, as their forms take it."""
    revision = listing.newest
    return {name: _saved(listing, revision, name) for name in names}


def _saved(listing: Listing, revision: ListingRevision, name: str) -> Any:
    if name == "language":
        return revision.original_language
    if name in _TEXTS:
        return revision.original.get(TextField(name)) if revision.original else ""
    if name in _CODES:
        return list(revision.values(CodeField(name)))
    if name in _OPTIONS:
        value = getattr(listing, name)
        return "" if value is None else value
    value = getattr(revision, name)
    if name in _ENUMS or name in {"trl", "currency", "site", "video_url"}:
        return "" if value is None else str(value)
    return value


def text_values(text: ListingText | None) -> dict[str, str]:
    """Return the fields of a text as the form of a version takes them."""
    return {field.value: text.get(field) if text else "" for field in TextField}


def version_of(values: Mapping[str, Any]) -> int:
    """Return a number for saved values: it changes when somebody changes one of them.

    It stands for the fields of one page, so that two people may work on two pages of a listing.
    """
    parts = [f"{name}={value!r}" for name, value in sorted(values.items())]
    return zlib.crc32("\x1f".join(parts).encode())


def progress(listing: Listing, step: Step) -> Progress:
    """Tell how far a step is."""
    names = step.fields(listing.kind)
    values = saved_values(listing, names)
    given = {name for name in names if name not in _DEFAULTS and values[name] not in _EMPTY}
    if step.key == "confidentiality":
        given |= {name for name, usual in _DEFAULTS.items() if values.get(name, usual) != usual}
    if not given:
        return Progress.NOT_STARTED if step.required else Progress.OPTIONAL
    done = all(name in given for name in step.needed)
    return Progress.DONE if done else Progress.IN_PROGRESS


_EMPTY: Final[tuple[Any, ...]] = (None, "", [], False)
_DEFAULTS: Final[dict[str, Any]] = {
    "language": None,
    "anonymous": False,
    "confidential_after": ConfidentialAfter.INTRODUCTION.value,
    "open_for_interest": True,
}


def save_step(
    session: Session, actor: Actor, listing: Listing, step: Step, form: StepForm, *, now: datetime
) -> None:
    """Save what a page asks. Raises DomainError as the services do; the caller then rolls back."""
    answers = {name: form[name].data for name in step.fields(listing.kind)}
    if {name for name in answers if name in _CODES or name in COLUMNS}:
        details = listings.details_of(listing.newest)
        columns = {name: _column(name, answers[name]) for name in COLUMNS if name in answers}
        codes = {CodeField(name): tuple(answers[name] or ()) for name in _CODES & answers.keys()}
        listings.save_details(
            session, actor, listing, replace(details, **columns).with_codes(codes), now=now
        )
    if _OPTIONS & answers.keys():
        listings.save_options(
            session, actor, listing,
            own_number=answers["own_number"],
            open_for_interest=answers["open_for_interest"],
            now=now,
        )  # fmt: skip
    texts = {TextField(name): answers[name] or "" for name in _TEXTS & answers.keys()}
    if texts:
        language, confirmed = chosen_language(
            form, answers.get("language") or listing.newest.original_language
        )
        listings.set_language(session, actor, listing, language, now=now)
        listings.save_text(session, actor, listing, language, texts, confirmed=confirmed, now=now)


def chosen_language(form: StepForm, declared: str) -> tuple[str, bool]:
    """Return the language of a text, and whether the writer confirmed it when asked."""
    choice = form.language_choice.data or ""
    if choice == "keep":
        return declared, True
    return choice or declared, False


def _column(name: str, answer: Any) -> Any:
    if isinstance(answer, (bool, int, date)):
        return answer
    if not answer:
        return None
    if name == "trl":
        return int(answer)
    return _ENUMS[name](answer) if name in _ENUMS else answer
