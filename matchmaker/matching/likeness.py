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
    """Return what of `index` is most like `documents`, best first; equal ones by group.

    Each group of `documents` counts with the text of it that is most like the one found, and the
    groups count alike. `latent` has the rows of those documents that are encoded, by the index's
    encoder. `forms` gives the reasons beside the text for a group of the index, whose amounts
    count; None leaves the group out.
    """
    own = [_asked(document) for document in documents]
    if not own or not len(index):
        return []
    extras = {group: forms(group) for group in index.groups()}
    closest = _closest(index, own, latent)
    best: dict[str, list[_Pair]] = {}
    for (group, _own), pair in closest.items():
        best.setdefault(group, []).append(pair)
    found = []
    for group, pairs in best.items():
        extra = extras[group]
        if extra is not None:
            most = max(pairs)
            mean = sum(rarity for rarity, *_ in pairs) / len(pairs)
            raw = round(mean + sum(reason.amount for reason in extra), 6)
            points = score(raw)
            found.append(Likeness(group, most[2], most[1], raw, points, band(points)))
    found.sort(key=lambda one: (-one.raw, one.group))
    return _explained(index, own, latent, found[:top], extras)


_Pair = tuple[float, str, str]
"""How rare a likeness is, and the ids of the two texts: ours, and the one of the index."""


def _closest(
    index: Index, own: Sequence[Document], latent: Mapping[str, csr_matrix]
) -> dict[tuple[str, str], _Pair]:
    """The best pair of texts for each group of the index and each of ours."""
    closest: dict[tuple[str, str], _Pair] = {}
    for document in own:
        rarity = index.text_scores(index.query(document, latent.get(document.id)))
        for held, value in zip(index.contents.documents, rarity.tolist(), strict=True):
            key = held.group, document.group
            pair = (float(value), document.id, held.id)
            if key not in closest or pair > closest[key]:
                closest[key] = pair
    return closest


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
