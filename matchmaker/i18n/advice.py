"""What an owner can do about the reasons for which others turned a listing down."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from matchmaker.domain.vocabulary import DeclineReason, RejectReason
from matchmaker.queries.advice import Reason

_DECLINED: Final[dict[DeclineReason, LazyString]] = {
    DeclineReason.TOO_EARLY_STAGE: _l(
        "Say how far the technology is, or has to be, and what comes next and when: a pilot, a "
        "certificate, a first customer."
    ),
    DeclineReason.BENEFIT_UNCLEAR: _l(
        "Put the benefit into the first sentences, with a number: what is saved or gained, "
        "compared with what is used today."
    ),
    DeclineReason.COMMERCIAL_ROUTE_UNCLEAR: _l(
        "Say how both would earn from it: licence, supply or joint development, the quantities, "
        "and the time to market."
    ),
    DeclineReason.DESCRIPTION_UNCLEAR: _l(
        "Rewrite the description in short sentences: the problem, the solution, the proof. A "
        "picture or a data sheet helps."
    ),
    DeclineReason.SCIENTIFIC_DOUBT: _l(
        "Add proof: test reports, publications, granted patents, users who can be named."
    ),
    DeclineReason.NOT_STRATEGIC: _l(
        "This is about the partner, not about your text. Check sectors, kinds of partners and "
        "countries, so that better ones are suggested."
    ),
    DeclineReason.PRICE: _l(
        "Say what the price or budget covers, or give a range. Paying after a trial may open doors."
    ),
    DeclineReason.IP_UNCLEAR: _l(
        "Say who owns the rights, what is applied for or granted, and in which countries."
    ),
    DeclineReason.LANGUAGE: _l(
        "Add a version in the language of the partners whom you look for, or ask your centre for a "
        "translation."
    ),
    DeclineReason.NO_RESOURCES: _l(
        "Nothing is wrong with your listing: the moment was. Keep it published and up to date."
    ),
    DeclineReason.EXPORT_CONTROL: _l(
        "Ask your centre which export rules apply, and say in the listing what may be shared at "
        "once."
    ),
}
_REJECTED: Final[dict[RejectReason, LazyString]] = {
    RejectReason.TOO_VAGUE: _l(
        "Staff could not judge how well partners fit, because a text said too little. Add figures: "
        "materials, quantities, performance, standards."
    ),
    RejectReason.STAGE_MISMATCH: _l(
        "Staff found the stages of development too far apart. Check that yours is stated rightly."
    ),
    RejectReason.WRONG_SECTOR: _l(
        "Staff found the sectors too far apart. Check that yours name the place where it is used."
    ),
}
ADVICE: Final[dict[type[StrEnum], Mapping[Any, LazyString]]] = {
    DeclineReason: _DECLINED,
    RejectReason: _REJECTED,
}
"""By enumeration: members of the two may be equal strings."""


def advice(reason: Reason) -> LazyString:
    """Return what to do about a reason; KeyError for one of staff that owners cannot change."""
    return ADVICE[type(reason)][reason]
