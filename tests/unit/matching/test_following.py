"""An index that follows the glossary knows the same concepts as one built anew."""

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from matchmaker.matching.documents import Document
from matchmaker.matching.following import with_glossary
from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.matching.index import Index

Latent = Mapping[str, csr_matrix]


def _counts(index: Index) -> dict[str, dict[str, float]]:
    held = index.contents
    names = list(held.concepts)
    matrix = held.counts.concepts
    return {
        document.id: {names[column]: float(matrix[row, column]) for column in matrix[row].indices}
        for row, document in enumerate(held.documents)
    }


def _changed(glossary: Glossary, *labels: Label, without: tuple[str, ...] = ()) -> Glossary:
    kept = [label for label in glossary.labels if label.text not in without]
    concepts = [*glossary.concepts.values(), *(Concept(label.concept) for label in labels)]
    return Glossary(concepts, [*kept, *labels])


@pytest.mark.parametrize(
    ("labels", "without"),
    [
        ((Label("sugar", "en", "sugar"), Label("sugar", "zh-Hans", "糖")), ()),
        ((Label("bagasse", "lo", "ກາກອ້ອຍ"),), ()),
        ((), ("bagasse", "甘蔗渣")),
        ((Label("membrane_2", "en", "membrane"),), ("membrane",)),
        ((Label("sugar", "en", "Sugar", confirmed=False),), ()),
    ],
)
def test_the_concepts_are_those_of_a_fresh_build(
    documents: list[Document],
    latent: Latent,
    index: Index,
    labels: tuple[Label, ...],
    without: tuple[str, ...],
) -> None:
    glossary = _changed(index.glossary, *labels, without=without)
    followed = with_glossary(index, glossary)
    built = Index.build(documents, latent=latent, glossary=glossary)
    assert _counts(followed) == _counts(built)
    assert followed.concept_hashes == built.concept_hashes
    assert (followed.contents.counts.words != index.contents.counts.words).nnz == 0
    assert followed.glossary.version == glossary.version


def test_the_same_confirmed_labels_change_nothing(index: Index) -> None:
    waiting = _changed(index.glossary, Label("bagasse", "en", "cane trash", confirmed=False))
    assert with_glossary(index, waiting) is index


def test_there_and_back_again(index: Index) -> None:
    away = with_glossary(index, Glossary())
    assert not any(_counts(away).values())
    back = with_glossary(away, index.glossary)
    assert back.concept_hashes == index.concept_hashes


def test_a_new_concept_gets_the_frequency_that_it_has() -> None:
    documents = [
        Document(f"d{number}", f"g{number}", "offer", "en", "", f"bagasse {word}")
        for number, word in enumerate(["pump", "boiler", "dryer", "pump", "sieve", "press"])
    ]
    old = Glossary([Concept("bagasse")], [Label("bagasse", "en", "bagasse")])
    index = Index.build(documents, latent={}, glossary=old)
    new = _changed(old, Label("pump", "en", "pump"), Label("crane", "en", "crane"))
    followed = with_glossary(index, new)
    built = Index.build(documents, latent={}, glossary=new)
    column = followed.contents.concepts["pump"]
    assert followed.model.concepts.idf[column] == pytest.approx(
        built.model.concepts.idf[built.contents.concepts["pump"]]
    )
    assert followed.version == index.version
    # What no label of the change touches keeps its hash, so nobody matches it again.
    same = [group for group in index.groups() if group not in {"g0", "g3"}]
    assert [followed.concept_hashes[g] for g in same] == [index.concept_hashes[g] for g in same]
    assert np.array_equal(followed.model.words.idf, index.model.words.idf)


def test_a_change_in_many_documents_learns_anew() -> None:
    documents = [
        Document(f"d{number}", f"g{number}", "offer", "en", "", f"bagasse of mill {number}")
        for number in range(30)
    ]
    index = Index.build(documents, latent={}, glossary=Glossary())
    new = Glossary([Concept("bagasse")], [Label("bagasse", "en", "bagasse")])
    assert with_glossary(index, new).version != index.version
