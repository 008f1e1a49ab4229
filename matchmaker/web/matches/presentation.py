"""What the pages of matches say about listings and reasons, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from matchmaker.domain.clock import local_date, utc_now
from matchmaker.domain.listing_content import Tier
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
from matchmaker.models import ListingRevision, Match
from matchmaker.queries.case_tiers import SideView
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
IN_TEXT: Final = frozenset({"words", "concepts", "latent"})
_ENUMS: Final = {
    "stage": StageOfDevelopment,
    "partnership": PartnershipType,
    "transfer": TransferMode,
    "technology_area": TechnologyArea,
}


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason: its kind in words, what each side says, and its share of the score.

    The languages are those of passages of the texts; None where the words are the reader's.
    """

    heading: LazyString
    left: str
    right: str
    share: float
    in_text: bool
    left_language: str | None = None
    right_language: str | None = None


def reason_lines(match: Match, sectors: Mapping[str, str]) -> list[ReasonLine]:
    """Return the reasons of a match, the largest first. `sectors` are the names by code."""
    lines = []
    for reason in match.reasons:
        kind = str(reason.get("kind", "rest"))
        left, right = _sides(kind, reason, sectors)
        lines.append(
            ReasonLine(
                heading=REASON_KINDS.get(kind, REASON_KINDS["rest"]),
                left=left,
                right=right,
                share=float(reason.get("share") or 0),
                in_text=kind in IN_TEXT,
                left_language=_language(match.offer_revision, kind, left),
                right_language=_language(match.need_revision, kind, right),
            )
        )
    return lines


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
    """Tell whether the day by which a side should be done is over at its centre."""
    due = match.due_on(side)
    return due is not None and due < local_date(utc_now(), match.centre(side).time_zone)


def phrases(match: Match, side: Side) -> list[str]:
    """Return what to mark in the text of one side."""
    key = "left" if side is Side.OFFER else "right"
    return [str(r[key]) for r in match.reasons if r.get("kind") in IN_TEXT and r.get(key)]


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
