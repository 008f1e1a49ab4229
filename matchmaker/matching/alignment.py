"""Phrases of two texts in any languages, paired by their latent terms.

A latent term belongs to a whole text, not to a word in it. So each phrase is left out once of the
title, or of the text's lead when it is not in the title, and what remains is encoded: what the
document's row loses tells what the phrase may do for a score. The best pair is then looked at with
the whole texts. All this is encoded once for each document and phrase: use an encoder that keeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, vstack

from matchmaker.matching import features, removal
from matchmaker.matching.analysis.normalisation import align
from matchmaker.matching.analysis.scripts import script_of
from matchmaker.matching.analysis.terms import Word, aligned_terms, read_words
from matchmaker.matching.documents import Document
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.ranking import Floats
from matchmaker.matching.semantic import (
    LATENT_DIMENSIONS,
    Encoder,
    document_row,
    lead_of,
)
from matchmaker.matching.weighting import Weighting

Span = tuple[int, int]

_PHRASES = 10
_PAIRS = 5
_TRIED = 5
"""So many of the best pairs are looked at with the whole texts, which take a second to encode."""
_FAR = 1e-3
"""What counts of a pair of phrases that are not alike: after all that are."""
_MOST_WORDS = 3
_MOST_HAN = 6
_MOST_LETTERS = 32
_SHORT_TEXT = 260
_TITLE = 0.1
"""What standing in the title adds to a phrase's weight: about one term of middling rarity."""
_TERM = 0.15
"""The same for a name of the glossary, which is a whole term for certain."""
_WHOLE = 0.05
"""The same for each end of a phrase that no other word follows or precedes."""
_ALIKE = 0.07
"""From this likeness two phrases may mean the same: unrelated ones show 0.02, translations 0.1 to
0.4."""
_UNLIKE = 0.01
"""Added to the likeness of two phrases, so that among unlike ones the fall decides."""
_SYLLABIC = frozenset({"Thai", "Laoo", "Khmr", "Mymr"})
_FRAGMENT = 2
_UNIT = 4
"""Letters of the longest word that is a unit when it follows a number."""
_NUMBER = re.compile(r"\d[ \u00a0]?\Z")
_LETTERS = re.compile(r"[^\W\d_]{2}|[\u3400-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The phrases that may stand for a document, as they stand in it and, `plain`, normalised.
    Its lead and, where that is encoded by itself, its title."""

    document: Document
    phrases: tuple[str, ...]
    plain: tuple[str, ...]
    lead: str
    title: str

    def texts(self) -> list[str]:
        """What has to be encoded to align this document with others, but for the best pair."""
        parts = [self.lead, *self.phrases]
        for place in range(len(self.phrases)):
            parts.extend(self.without(place))
        return list(dict.fromkeys(text for text in parts if text)) if self.phrases else []

    def without(self, place: int) -> tuple[str, str]:
        """Lead and title without a phrase: the lead stays whole when the title has the phrase."""
        title = _without(self.title, self.plain[place])
        if title != self.title:
            return self.lead, title
        return _without(self.lead, self.plain[place]), title


@dataclass(frozen=True, slots=True)
class Text:
    """A document to be aligned: its candidates, and its latent terms as counted and as weighed."""

    candidates: Candidates
    counts: csr_matrix
    weights: csr_matrix


def pairs(
    left: Text,
    right: Text,
    shared: Mapping[int, float],
    weighting: Weighting,
    encoder: Encoder,
) -> list[tuple[str, str, float]]:
    """Pairs of phrases, each phrase once, the largest first, with an amount of what is shared.

    Those pairs are chosen that are alike and without which the two texts would be less so; where
    there is none, the one pair that comes nearest. Of `shared` (an amount for each latent term of
    both texts) they get what any of their phrases shows, each as much as the likeness of the texts
    would fall without it.
    """
    one, other = left.candidates.phrases, right.candidates.phrases
    if not one or not other or not shared:
        return []
    rows = weighting.transform(csr_matrix(encoder.encode([*one, *other])))
    mine, theirs = rows[: len(one)], rows[len(one) :]
    falls = _falls(left, right, weighting, encoder)
    alike = np.asarray((mine @ theirs.T).todense(), dtype=np.float64) + _UNLIKE
    worth = falls * alike**2
    worth = np.where(alike >= _ALIKE + _UNLIKE, worth, _FAR * worth)
    first = _proven(worth, left, right, weighting, encoder)
    worth[_within(one, first[0]), :] = worth[:, _within(other, first[1])] = 0.0
    found = [first, *_best(np.where(alike >= _ALIKE + _UNLIKE, worth, 0.0), one, other)]
    columns = np.array(sorted(shared))
    shown = np.zeros(len(columns), dtype=bool)
    for i, j in found:
        shown |= np.asarray((mine[i] + theirs[j])[:, columns].todense()).ravel() > 0
    amount = float(np.array([shared[column] for column in columns])[shown].sum())
    # The first is the one that was proven: none of the others gets more.
    fell = [float(min(falls[pair], falls[first])) for pair in found]
    parts = [each / sum(fell) for each in fell] if falls[first] > 0 else [1.0]
    found = found[: len(parts)]
    return [(one[i], other[j], amount * part) for (i, j), part in zip(found, parts, strict=True)]


def _proven(worth: Floats, left: Text, right: Text, weighting: Weighting, encoder: Encoder) -> Span:
    """The best pair without which the whole texts are less alike in truth: without the one phrase,
    without the other and without both. The very best where none of the best ones is such."""
    whole = float(left.weights.multiply(right.weights).sum())
    order = np.argsort(-worth, axis=None, kind="stable")[:_TRIED]
    width = int(worth.shape[1])
    best = [divmod(int(place), width) for place in order]
    for i, j in best:
        one = _row_without(left.candidates, i, weighting, encoder)
        other = _row_without(right.candidates, j, weighting, encoder)
        pairs_left = ((one, right.weights), (left.weights, other), (one, other))
        if max(float(a.multiply(b).sum()) for a, b in pairs_left) < whole:
            return i, j
    return best[0]


def _row_without(
    held: Candidates, place: int, weighting: Weighting, encoder: Encoder
) -> csr_matrix:
    """The document's row, encoded anew without one of its phrases."""
    left = removal.without_phrase(held.document, held.phrases[place])
    return weighting.transform(removal.encoded(left, encoder))


def _falls(left: Text, right: Text, weighting: Weighting, encoder: Encoder) -> Floats:
    """By how much the texts' cosine falls without a candidate of the left text (rows) and without
    one of the right (columns): the geometric mean of both. 0 where either does not fall, or the
    cosine without both: what counts on one side only is no reason for a pair."""
    one, other = _without_each(left, weighting, encoder), _without_each(right, weighting, encoder)
    whole = float(left.weights.multiply(right.weights).sum())
    rows = whole - np.asarray((one @ right.weights.T).todense(), dtype=np.float64)
    columns = whole - np.asarray((left.weights @ other.T).todense(), dtype=np.float64)
    both = whole - np.asarray((one @ other.T).todense(), dtype=np.float64)
    means = np.sqrt(np.maximum(rows, 0.0) * np.maximum(columns, 0.0))
    return np.where(both > 0, means, 0.0)


def _without_each(text: Text, weighting: Weighting, encoder: Encoder) -> csr_matrix:
    """The document's row without each of its candidates."""
    held = text.candidates
    without = [held.without(place) for place in range(len(held.phrases))]
    leads = csr_matrix(encoder.encode([held.lead, *(lead for lead, _ in without)]))
    titles = [title for _, title in without]
    known = [title for title in titles if title]
    named: dict[str, csr_matrix] = dict(zip(known, encoder.encode(known), strict=True))
    counts = text.counts[:, :LATENT_DIMENSIONS]
    least = float(counts.data.min(initial=np.inf))
    rows = []
    for place, title in enumerate(titles, start=1):
        row = csr_matrix(counts + leads[place] - leads[0])
        # What two encodings differ by in passing is no term.
        row.data[row.data < least] = 0.0
        row.eliminate_zeros()
        rows.append(document_row(row, named.get(title)))
    return weighting.transform(csr_matrix(vstack(rows)))


def _best(worth: Floats, one: Sequence[str], other: Sequence[str]) -> list[Span]:
    """The next best pairs of a row and a column, none with a phrase that stands in another's."""
    worth = worth.copy()
    found: list[Span] = []
    while len(found) < _PAIRS - 1:
        i, j = divmod(int(worth.argmax()), worth.shape[1])
        if worth[i, j] <= 0:
            break
        found.append((i, j))
        worth[_within(one, i), :] = worth[:, _within(other, j)] = 0.0
    return found


def _within(phrases: Sequence[str], place: int) -> list[int]:
    chosen = phrases[place]
    return [k for k, each in enumerate(phrases) if each in chosen or chosen in each]


def candidates(
    document: Document, words: csr_matrix, vocabulary: Mapping[str, int], glossary: Glossary
) -> Candidates:
    """The phrases of a text that may stand for it, as they stand in it: names of the glossary and
    runs of up to three words; whole runs, those of the title and those with the rarest terms first.
    `words` is the document's row of that block."""
    whole, *named = features.encoding_texts(document)
    lead = lead_of(whole) or whole[:_SHORT_TEXT]
    weights = dict(zip(words.indices.tolist(), words.data.tolist(), strict=True))

    def rarity(term: str) -> float:
        return float(weights.get(vocabulary.get(term, -1), 0.0))

    found: dict[str, tuple[str, str]] = {}
    for phrase, plain in _by_worth(document, len(lead), rarity, glossary):
        if _without(lead, plain) not in {lead, ""}:
            found.setdefault(plain.casefold(), (phrase, plain))
        if len(found) == _PHRASES:
            break
    return Candidates(
        document=document,
        phrases=tuple(phrase for phrase, _ in found.values()),
        plain=tuple(plain for _, plain in found.values()),
        lead=lead,
        title=named[0] if named else "",
    )


def _without(text: str, phrase: str) -> str:
    return " ".join(re.sub(re.escape(phrase), " ", text, flags=re.IGNORECASE).split())


def _by_worth(
    document: Document, length: int, rarity: Callable[[str], float], glossary: Glossary
) -> Iterator[tuple[str, str]]:
    """Phrases of a text's first characters, as they stand in it and normalised, the best first."""
    aligned = align(features.full_text(document), document.language)
    # A little more, so that no word is cut.
    text = aligned.text[: length + _MOST_LETTERS]
    title_end = len(align(document.title.strip(), document.language).text)
    terms = [
        (start, end, rarity(term)) for term, start, end, _ in aligned_terms(text, document.language)
    ]
    named = glossary.find(text, document.language, unconfirmed=True)
    names = {(start, end) for start, end, _ in named}
    worth = dict.fromkeys(names, _TERM + 2 * _WHOLE)
    for span, whole_ends in _spans(text, document.language):
        worth.setdefault(span, _WHOLE * whole_ends)
    valued: list[tuple[float, int, int]] = []
    for (first, last), bonus in worth.items():
        inside = [weight for start, end, weight in terms if first <= start and end <= last]
        value = sum(inside) / max(len(inside), 1) ** 0.5 + bonus + _TITLE * (last <= title_end)
        valued.append((-value, first, last))
    taken: list[Span] = []
    for _, first, last in sorted(valued):
        if last <= length and not any(_clash((first, last), span, names, text) for span in taken):
            taken.append((first, last))
            yield aligned.phrase(first, last), text[first:last]


def _clash(span: Span, taken: Span, names: Collection[Span], text: str) -> bool:
    """Whether a phrase repeats or cuts one that was taken. A longer one may be taken as well; in
    Chinese two may share a word, for its dictionary parts compounds and which two words belong
    together is seen only when they are compared. Names are left whole."""
    (first, last), (start, end) = span, taken
    if last <= start or end <= first:
        return False
    longer = first <= start and end <= last
    shorter = start <= first and last <= end
    return taken in names or shorter or not (longer or script_of(text[first]) == "Hani")


def _spans(text: str, language: str) -> Iterator[tuple[Span, int]]:
    """Every run of up to three neighbouring words that say something, and how many of its ends are
    ends of the whole run."""
    for run in _runs(read_words(text, language), text):
        for first in range(len(run)):
            for last in range(first, min(first + _MOST_WORDS, len(run))):
                start, end = run[first][0], run[last][1]
                if end - start <= (
                    _MOST_HAN if script_of(text[start]) == "Hani" else _MOST_LETTERS
                ):
                    yield (start, end), (first == 0) + (last == len(run) - 1)


def _runs(words: Iterable[Word], text: str) -> Iterator[list[Span]]:
    """Words with nothing but a space between them. Numbers and their units stand in none; what a
    dictionary cuts off a word that it does not know, in scripts without spaces, is joined to the
    word before."""
    run: list[Span] = []
    for word in words:
        gap = text[run[-1][1] : word.start] if run else ""
        fragment = word.script in _SYLLABIC and word.end - word.start <= _FRAGMENT
        if run and not gap and fragment:
            run[-1] = (run[-1][0], word.end)
            continue
        unit = word.end - word.start <= _UNIT and _NUMBER.search(text, 0, word.start)
        silent = word.weak or unit or not _LETTERS.search(text, word.start, word.end)
        if run and (silent or gap not in {"", " "}):
            yield run
            run = []
        if not silent:
            run.append((word.start, word.end))
    if run:
        yield run
