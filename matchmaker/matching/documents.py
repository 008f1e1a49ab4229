"""What goes into the engine and what comes out of it: frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from matchmaker.domain.vocabulary import Band

Kind = Literal["offer", "need"]
Block = Literal["words", "concepts", "latent"]
"""A kind of terms, each weighed with frequencies of its own."""
BLOCKS: Final[tuple[Block, ...]] = ("words", "concepts", "latent")

Price = tuple[int | None, int | None, str | None]
"""Least and most, in hundredths of the currency whose ISO 4217 code is third."""


def other_kind(kind: Kind) -> Kind:
    """The kind that a listing of `kind` is matched with."""
    return "need" if kind == "offer" else "offer"


@dataclass(frozen=True, slots=True)
class Signals:
    """What a form knows about a listing beside its text; every part may be empty.

    `stage` is an offer's stage of development, a need's wanted_stage_from; `price` an offer's price
    or a need's budget. Codes are those of the vocabulary.
    """

    organisation: str = ""
    country: str = ""
    sectors: tuple[str, ...] = ()
    ipc_codes: tuple[str, ...] = ()
    partnership_types: tuple[str, ...] = ()
    transfer_modes: tuple[str, ...] = ()
    stage: str | None = None
    target_countries: tuple[str, ...] = ()
    price: Price = (None, None, None)
    needed_by: date | None = None
    valid_until: date | None = None
    technology_areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One text of a listing, in one language.

    `id` is unique in an index; `group` is the listing's reference. A listing has a document for
    each text a human wrote, and scores as the best of them.
    """

    id: str
    group: str
    kind: Kind
    language: str
    title: str
    text: str
    signals: Signals = field(default_factory=Signals)


@dataclass(frozen=True, slots=True)
class Hit:
    """A listing found, with its best document.

    `score` is 0 to 100: how rare so high a raw score is among pairs that do not belong together
    (100 is rarer than one in 100,000). `raw` is the same before rounding and limits: minus the
    decimal logarithm of that share.
    """

    group: str
    document_id: str
    score: int
    band: Band
    raw: float


ReasonKind = Literal[
    "words",
    "concepts",
    "latent",
    "sector",
    "ipc",
    "stage",
    "partnership",
    "transfer",
    "technology_area",
    "country",
    "price",
    "rest",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that made a score, with the phrases of both sides as they stand in the texts.

    `amount` is what it adds to the raw score, in the raw score's unit; less than nothing for what
    speaks against the pair. The amounts of an explanation add up to the raw score, to 1e-6. `share`
    is the same as a part of the raw score, and 0 where that is not above 0. `label` is a code to
    be named in the reader's language (a concept's id, a sector, an IPC code), "titles" for latent
    terms whose phrases nobody compared (then the titles are their phrases), or None. A reason of
    words or latent terms without phrases speaks against a pair: the texts share less of them than
    unrelated texts of their languages do. The kind "rest" gathers what is too small to name, and
    has no phrases.
    """

    kind: ReasonKind
    left: str
    right: str
    label: str | None
    share: float
    amount: float = 0.0
