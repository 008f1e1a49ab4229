"""What the pages of matches say about listings and reasons, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from matchmaker.domain.clock import local_date, utc_now
from matchmaker.domain.listing_content import Tier
from matchmaker.domain.match_states import RUNNING
from matchmaker.domain.vocabulary import (
    CodeField,
    ListingKind,
    PartnershipType,
    Side,
    StageOfDevelopment,
    TechnologyArea,
    TransferMode,
)
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.formats import listed, long_date, money
from matchmaker.i18n.labels import label
from matchmaker.matching.explanation import TITLES
from matchmaker.models import ListingRevision, Match
from matchmaker.queries.case_tiers import SideView
from matchmaker.web.matches.highlight import Phrase
from matchmaker.web.matches.texts import language_of

Row = tuple[str, Any]

REASON_KINDS: Final[dict[str, LazyString]] = {
    "words": _l("Shared words"),
    "concepts": _l("Shared concept"),
    "latent": _l("Similar meaning"),
    "sector": _l("Same sector"),
    "ipc": _l("Same patent class"),
    "stage": _l("Stage of development"),
    "partnership": _l("Same kind of partnership"),
    "transfer": _l("Same mode of transfer"),
    "technology_area": _l("Same technology area"),
    "country": _l("Wanted country or region"),
    "price": _l("Price and budget"),
    "rest": _l("Smaller things"),
}
AGAINST: Final[dict[str, LazyString]] = {
    "words": _l("Fewer shared words than unrelated texts have"),
    "latent": _l("Less alike in meaning than unrelated texts are"),
    "stage": _l("The wanted stage is not reached"),
    "price": _l("The price is above the budget"),
}
IN_TEXT: Final = frozenset({"words", "concepts", "latent"})
_LEAST_SHOWN: Final = 0.005
"""Less is no percent."""
_ENUMS: Final = {
    "stage": StageOfDevelopment,
    "partnership": PartnershipType,
    "transfer": TransferMode,
    "technology_area": TechnologyArea,
}


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason: its kind in words, what each side says, and its share of the score, below 0 for
    what speaks against the match.

    `number` is that of the phrases marked in both texts, if any. The languages are those of
    passages of the texts; None where the words are the reader's.
    """

    heading: LazyString | str
    left: str
    right: str
    share: float
    number: int | None
    left_language: str | None = None
    right_language: str | None = None


def reason_lines(
    match: Match, sectors: Mapping[str, str], concept_name: Callable[[str], str | None]
) -> list[ReasonLine]:
    """Return the reasons of a match, the largest first, what speaks against it last. `sectors` are
    the names by code; `concept_name` names a concept for the reader."""
    lines = []
    numbers = _numbers(match)
    for place, reason in enumerate(match.reasons):
        kind = str(reason.get("kind", "rest"))
        share = float(reason.get("share") or 0)
        if abs(share) < _LEAST_SHOWN:
            continue
        left, right = ("", "") if _names_titles(reason) else _sides(kind, reason, sectors)
        lines.append(
            ReasonLine(
                heading=_heading(kind, share, concept_name(str(reason.get("label") or ""))),
                left=left,
                right=right,
                share=share,
                number=numbers.get(place),
                left_language=_language(match.offer_revision, kind, left),
                right_language=_language(match.need_revision, kind, right),
            )
        )
    return lines


def _heading(kind: str, share: float, concept: str | None) -> LazyString | str:
    if share < 0 and kind in AGAINST:
        return AGAINST[kind]
    if kind == "concepts" and concept:
        return _("Shared concept (%(name)s)", name=concept)
    return REASON_KINDS.get(kind, REASON_KINDS["rest"])


def _numbers(match: Match) -> dict[int, int]:
    """The number of each reason whose phrases are marked, by its place."""
    marked = (
        place
        for place, reason in enumerate(match.reasons)
        if reason.get("kind") in IN_TEXT and reason.get("left") and not _names_titles(reason)
    )
    return {place: number for number, place in enumerate(marked, start=1)}


def _names_titles(reason: Mapping[str, Any]) -> bool:
    """Whether a reason stands for whole texts, whose phrases were not compared."""
    return reason.get("kind") == "latent" and reason.get("label") == TITLES


def _language(revision: ListingRevision, kind: str, words: str) -> str | None:
    return language_of(revision, words) if kind in IN_TEXT and words else None


def _sides(kind: str, reason: Mapping[str, Any], sectors: Mapping[str, str]) -> tuple[str, str]:
    both = str(reason.get("left") or ""), str(reason.get("right") or "")
    if kind == "sector":
        return sectors.get(both[0], both[0]), sectors.get(both[1], both[1])
    if kind == "country":
        return tuple(place_name(code) if code else "" for code in both)  # type: ignore[return-value]
    if kind in _ENUMS:
        return _enum(kind, both[0]), _enum(kind, both[1])
    return both


def _enum(kind: str, code: str) -> str:
    members = _ENUMS[kind]
    return str(label(members(code))) if code in set(members) else code


def is_overdue(match: Match, side: Side) -> bool:
    """Tell whether the day by which a side of a running match should be done is over at its
    centre."""
    due = match.due_on(side) if match.state in RUNNING else None
    return due is not None and due < local_date(utc_now(), match.centre(side).time_zone)


def phrases(match: Match, side: Side) -> list[Phrase]:
    """Return what to mark in the text of one side, with the numbers of the reasons."""
    key = "left" if side is Side.OFFER else "right"
    return [
        Phrase(words, number)
        for place, number in _numbers(match).items()
        if (words := str(match.reasons[place].get(key) or ""))
    ]


def facts(view: SideView, sectors: Mapping[str, str]) -> list[Row]:
    """Return what a form says about a listing, as far as its tier goes, without empty parts."""
    revision = view.revision
    rows: list[Row] = [
        (_("Organisation"), view.organisation or _anonymous(view)),
        (_("Country or region"), place_name(view.country)),
        (_("Province"), place_name(view.province) if view.province else ""),
        (_("Sectors"), _names(view, CodeField.SECTOR, sectors)),
        (_("Patent classes (IPC)"), listed(view.values(CodeField.IPC_CODE))),
        (_("Keywords"), listed(view.values(CodeField.KEYWORD))),
        (_stage_heading(view), _label_or_none(revision.stage_of_development)),
        (_("Technology readiness level"), revision.trl),
        (_("Kinds of partnership"), _labels(view, CodeField.PARTNERSHIP_TYPE, PartnershipType)),
        (_("Valid until"), long_date(view.listing.valid_until)),
    ]
    if view.tier >= Tier.MEMBER:
        rows += _member_facts(view)
    return [row for row in rows if row[1] not in ("", None)]


def _anonymous(view: SideView) -> str:
    if view.tier is Tier.PUBLIC:
        return str(_("Anonymous until the introduction"))
    return str(_("The owner is introduced by the centres"))


def _member_facts(view: SideView) -> list[Row]:
    revision = view.revision
    targets = (place_name(code) for code in view.values(CodeField.TARGET_COUNTRY))
    amounts = (
        (revision.price_min, revision.price_max)
        if view.listing.kind is ListingKind.OFFER
        else (revision.budget_min, revision.budget_max)
    )
    return [
        (_("Target countries or regions"), listed(targets)),
        (_("Modes of transfer"), _labels(view, CodeField.TRANSFER_MODE, TransferMode)),
        (_("Technology areas"), _labels(view, CodeField.TECHNOLOGY_AREA, TechnologyArea)),
        (_("Intellectual property"), _label_or_none(revision.ipr_status)),
        (_("Kind of price"), _label_or_none(revision.price_type)),
        (_amount_heading(view), _range(*amounts, revision.currency)),
        (_("Needed by"), long_date(revision.needed_by)),
        (_("Site"), revision.site),
    ]


def _stage_heading(view: SideView) -> Any:
    if view.listing.kind is ListingKind.OFFER:
        return _("Stage of development")
    return _("Wanted from stage")


def _amount_heading(view: SideView) -> Any:
    return _("Price") if view.listing.kind is ListingKind.OFFER else _("Budget")


def _range(least: int | None, most: int | None, currency: str | None) -> Any:
    if least is not None and most is not None and least != most:
        return _("%(least)s to %(most)s", least=money(least, currency), most=money(most, currency))
    return money(most if least is None else least, currency)


def _names(view: SideView, field: CodeField, names: Mapping[str, str]) -> str:
    return listed(names.get(code, code) for code in view.values(field))


def _labels(view: SideView, field: CodeField, members: type[StrEnum]) -> str:
    known = {member.value: str(label(member)) for member in members}
    return listed(known.get(code, code) for code in view.values(field))


def _label_or_none(member: Any) -> Any:
    return None if member is None else label(member)
