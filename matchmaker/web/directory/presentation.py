"""What pages say about a service, and why one fits a match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from matchmaker.domain.landing import WAYS
from matchmaker.domain.vocabulary import LandingStage, StageOfDevelopment
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.formats import language_name, listed
from matchmaker.i18n.labels import label
from matchmaker.matching.documents import Reason
from matchmaker.matching.likeness import Likeness
from matchmaker.models import LandingStep, OrganisationService

Fact = tuple[Any, Any]
MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class ReasonText:
    """One reason in words; phrases of the two texts where it has some, as they stand there, with
    the languages of the texts."""

    sentence: str
    ours: str = ""
    theirs: str = ""
    our_language: str = ""
    their_language: str = ""


def facts(service: OrganisationService, sectors: Mapping[str, str]) -> list[Fact]:
    """Return what the form of a service says, empty parts left out."""
    rows = [
        (_("Kind of service"), label(service.kind)),
        (_("Sectors"), listed(sectors[row.sector_code] for row in service.sectors)),
        (_("Serves"), listed(place_name(row.place) for row in service.places)),
        (_("Works in"), listed(language_name(row.language) for row in service.languages)),
        (_("Takes technology"), stages(service)),
    ]
    return [(heading, text) for heading, text in rows if text]


def stages(service: OrganisationService) -> str:
    """Return which stages of development a service takes, in words; empty for any."""
    first, last = service.stage_from, service.stage_to
    if first is not None and last is not None:
        if first is last:
            return str(label(first))
        return str(_("from “%(first)s” to “%(last)s”", first=label(first), last=label(last)))
    if first is not None:
        return str(_("from “%(first)s” on", first=label(first)))
    return str(_("up to “%(last)s”", last=label(last))) if last is not None else ""


def reason_texts(likeness: Likeness, sectors: Mapping[str, str]) -> list[ReasonText]:
    """Return why a text was found in words, as many reasons as matter: those of the forms, for and
    against it, then those of the texts."""
    found = (_reason_text(reason, sectors) for reason in likeness.reasons)
    ours, theirs = (name.rpartition(":")[2] for name in (likeness.own_id, likeness.document_id))
    return [
        replace(text, our_language=ours, their_language=theirs)
        for text in found
        if text is not None
    ][:MOST_REASONS]


def _reason_text(reason: Reason, sectors: Mapping[str, str]) -> ReasonText | None:
    code = reason.label or ""
    if reason.kind == "sector" and reason.amount < 0:
        return ReasonText(_("Is for other sectors"))
    if reason.kind == "sector":
        return ReasonText(_("Same sector: %(sector)s", sector=sectors.get(code, code)))
    if reason.kind == "country":
        return ReasonText(_("Works here: %(place)s", place=place_name(code)))
    if reason.kind == "stage":
        name = label(StageOfDevelopment(code))
        if reason.amount > 0:
            return ReasonText(_("Takes technology at this stage: %(stage)s", stage=name))
        return ReasonText(_("Does not say that it takes this stage: %(stage)s", stage=name))
    if reason.amount <= 0 or not (reason.left and reason.right):
        return None
    if reason.kind == "words":
        return ReasonText(_("Same words"), reason.left, reason.right)
    if reason.kind == "concepts":
        return ReasonText(_("Same concept of the glossary"), reason.left, reason.right)
    if reason.kind == "latent":
        return ReasonText(_("Similar in meaning"), reason.left, reason.right)
    return None


@dataclass(frozen=True, slots=True)
class Station:
    """One stage of the path with what stands there."""

    stage: LandingStage
    steps: Sequence[LandingStep]


def ways(steps: Sequence[LandingStep]) -> list[list[Station]]:
    """Return the ways of the path that have a step, each with all its stations in order; of the
    helpers along the way only those that are there."""
    found = []
    for way in WAYS:
        stations = [
            Station(stage, [step for step in steps if step.stage is stage]) for stage in way
        ]
        if way is WAYS[-1]:
            stations = [station for station in stations if station.steps]
        if any(station.steps for station in stations):
            found.append(stations)
    return found
