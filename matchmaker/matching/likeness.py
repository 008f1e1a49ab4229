"""The texts of a small collection that are most like given ones: services, catalogue entries.

The collection is an `Index` like that of the listings, so scores, bands and reasons mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.sparse import csr_matrix

from matchmaker.domain.vocabulary import Band
from matchmaker.matching.documents import Document, Kind, Reason, Signals
from matchmaker.matching.index import Index
from matchmaker.matching.ranking import band, score

HELD: Kind = "offer"
"""The kind of all documents of such a collection; what is asked about has the other."""
_ASKED: Kind = "need"


@dataclass(frozen=True, slots=True)
class Likeness:
    """A text found, with the text of ours that it is most like. `score`, `band` and `raw` are those
    of `documents.Hit`; in `reasons` the left side is ours."""

    group: str
    document_id: str
    own_id: str
    raw: float
    score: int
    band: Band
    reasons: tuple[Reason, ...] = ()


def nearest(
    index: Index,
    documents: Sequence[Document],
    latent: Mapping[str, csr_matrix],
    *,
    top: int,
    forms: Callable[[str], Sequence[Reason] | None] = lambda _group: (),
) -> list[Likeness]:
    """Return what of `index` is most like any of `documents`, best first; equal ones by group.

    `latent` has the rows of those documents that are encoded, by the index's encoder. `forms` gives
    the reasons beside the text for a group, whose amounts count; None leaves the group out.
    """
    own = [_asked(document) for document in documents]
    if not own or not len(index):
        return []
    extras = {group: forms(group) for group in index.groups()}
    best: dict[str, Likeness] = {}
    for document in own:
        rarity = index.text_scores(index.query(document, latent.get(document.id)))
        for held, value in zip(index.contents.documents, rarity.tolist(), strict=True):
            extra = extras[held.group]
            if extra is None:
                continue
            raw = round(value + sum(reason.amount for reason in extra), 6)
            known = best.get(held.group)
            if known is None or raw > known.raw:
                points = score(raw)
                best[held.group] = Likeness(
                    held.group, held.id, document.id, raw, points, band(points)
                )
    found = sorted(best.values(), key=lambda one: (-one.raw, one.group))[:top]
    return _explained(index, own, latent, found, extras)


def _explained(
    index: Index,
    own: Sequence[Document],
    latent: Mapping[str, csr_matrix],
    found: Sequence[Likeness],
    extras: Mapping[str, Sequence[Reason] | None],
) -> list[Likeness]:
    """Add the reasons: those of the forms first, then those of the texts."""
    asked = {likeness.own_id for likeness in found}
    needed = [document for document in own if document.id in asked]
    whole = index.add(needed, {name: row for name, row in latent.items() if name in asked})
    return [
        replace(
            one,
            reasons=(
                *(extras[one.group] or ()),
                *whole.explain(one.own_id, one.document_id),
            ),
        )
        for one in found
    ]


def _asked(document: Document) -> Document:
    """A document as a question: of the other kind, without the signals of its own form."""
    return replace(document, kind=_ASKED, signals=Signals())
