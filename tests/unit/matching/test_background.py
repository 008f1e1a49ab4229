"""The texts that every index learns from."""

from __future__ import annotations

from collections import Counter

import numpy as np
from scipy.sparse import csr_matrix

from matchmaker.matching.background import reference
from matchmaker.matching.documents import Document
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.matching.matcher import Matcher
from matchmaker.matching.semantic import EncoderId, default_encoder, identity
from matchmaker.matching.weighting import Weighting

LANGUAGES = {"zh-Hans", "en", "vi", "th", "id", "ms", "lo", "km", "my", "fil", "pt", "ta", "tet"}


def test_every_language_has_each_article_with_words_and_latent_terms() -> None:
    texts = reference()
    counts = Counter(document.language for document in texts.documents)
    assert set(counts) == LANGUAGES
    assert set(counts.values()) == {31}
    assert all(texts.words)
    assert np.diff(texts.latent.indptr).min() > 50


def test_every_pair_of_languages_has_constants_of_its_own(documents: list[Document]) -> None:
    index = Index.build(documents, latent={}, glossary=Glossary())
    table = index.model.calibration.latent
    for left in LANGUAGES:
        for right in LANGUAGES:
            assert table[min(left, right), max(left, right)].count > 100


def test_background_texts_are_never_found(documents: list[Document]) -> None:
    matcher = Matcher(encoder=None).fit(documents)
    (hits,) = matcher.rank(["All human beings are born free and equal in dignity."], top=None)
    assert {hit.document_id for hit in hits} == {document.id for document in documents}


def test_texts_beside_the_documents_count_as_told() -> None:
    own = csr_matrix(np.array([[1.0, 0.0], [2.0, 0.0]]))
    lent = csr_matrix(np.array([[0.0, 3.0], [0.0, 1.0]]))
    found = Weighting.fit(own, lent, 0.5)
    assert np.allclose(found.idf, [np.log(4 / 3) + 1, np.log(4 / 2) + 1])
    assert found.unseen == np.log(4) + 1


def test_the_rows_are_those_of_the_encoder_in_use() -> None:
    """Else every index does without them: run `python -m bench background` again."""
    assert identity(default_encoder()) == reference().encoder


def test_rows_of_another_encoder_are_not_used(documents: list[Document]) -> None:
    other = EncoderId("another", "1")
    assert reference().latent_for(reference().encoder).nnz
    assert not reference().latent_for(other).nnz
    own = Index.build(documents, latent={}, glossary=Glossary(), encoder=reference().encoder)
    others = Index.build(documents, latent={}, glossary=Glossary(), encoder=other)
    assert own.model.latent.idf.std() > 0
    assert others.model.latent.idf.std() == 0
    lent = reference().latent
    again = Index.build(documents, latent={}, glossary=Glossary(), encoder=other, lent=lent)
    assert again.version == own.version
