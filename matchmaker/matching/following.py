"""An index follows the glossary without being built anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import REFIT_LEAST, REFIT_SHARE, Index


def with_glossary(index: Index, glossary: Glossary) -> Index:
    """The index with the concepts that another glossary finds; the same one where none differs.

    Words, latent terms and constants stay. A concept that no document had gets the frequency that
    it has now; those known keep theirs until the next fit, so that no other score moves. Where a
    fifth of the documents changed everything is learnt anew.
    """
    if glossary.version == index.glossary.version:
        return index
    contents, changed = index.contents.renamed(index.glossary, glossary)
    before, after = index.contents.counts.concepts, contents.counts.concepts
    held = np.bincount(before.indices, minlength=after.shape[1]) > 0
    new = np.flatnonzero((np.bincount(after.indices, minlength=after.shape[1]) > 0) & ~held)
    model = replace(index.model, concepts=index.model.concepts.knowing(after, new))
    following = Index(contents, model, glossary)
    if changed > max(REFIT_LEAST, REFIT_SHARE * len(index)):
        return following.refit()
    return following
