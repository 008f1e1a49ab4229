"""Build, add, remove, rank: the same answer by every way, and the same as plain scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from matchmaker.domain.vocabulary import Band
from matchmaker.matching.analysis.normalisation import normalise
from matchmaker.matching.analysis.terms import aligned_terms
from matchmaker.matching.documents import Document, Signals
from matchmaker.matching.features import full_text
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.matching.ranking import Tail, score
from matchmaker.matching.semantic import empty_rows

Latent = dict[str, csr_matrix]


def test_match_finds_the_other_kind_only(index: Index, documents: list[Document]) -> None:
    kinds = {document.group: document.kind for document in documents}
    for document in documents:
        hits = index.match(document.group, top=50)
        assert hits
        assert all(kinds[hit.group] != document.kind for hit in hits)
        assert len({hit.group for hit in hits}) == len(hits)
        assert [hit.score for hit in hits] == sorted((h.score for h in hits), reverse=True)


def test_concepts_bring_languages_together(index: Index) -> None:
    first = index.match("G-bagasse-th", top=2)
    assert {hit.group for hit in first} == {"G-bagasse-zh-Hans", "G-bagasse-en"}


def test_match_by_document_and_by_group_agree(index: Index) -> None:
    assert index.match("water-vi", top=5) == index.match("G-water-vi", top=5)
    with pytest.raises(KeyError):
        index.match("nowhere", top=5)


def test_excluded_listings_are_never_found(index: Index) -> None:
    hits = index.match("G-bagasse-th", top=50, exclude={"G-bagasse-en"})
    assert "G-bagasse-en" not in {hit.group for hit in hits}


def test_a_listing_scores_as_its_best_text(
    documents: list[Document], latent: Latent, glossary: Glossary
) -> None:
    second = replace(next(d for d in documents if d.id == "bagasse-zh-Hans"), id="more")
    english = next(d for d in documents if d.id == "bagasse-en")
    second = replace(second, language="en", title=english.title, text=english.text)
    rows = {**latent, "more": latent["bagasse-en"]}
    index = Index.build([*documents, second], latent=rows, glossary=glossary)
    hits = index.match("G-bagasse-vi", top=50)
    assert [hit.group for hit in hits].count("G-bagasse-zh-Hans") == 1
    by_group = {hit.group: hit for hit in hits}
    texts = {
        d: index.rank(index.document("bagasse-vi"), latent["bagasse-vi"], top=50)
        for d in ("more", "bagasse-zh-Hans")
    }
    assert by_group["G-bagasse-zh-Hans"].raw == max(
        hit.raw for hits in texts.values() for hit in hits if hit.group == "G-bagasse-zh-Hans"
    )


def test_equal_scores_stand_in_the_order_of_references(
    documents: list[Document], latent: Latent, glossary: Glossary
) -> None:
    offer = next(d for d in documents if d.id == "water-en")
    twins = [
        replace(offer, id=f"twin-{n}", group=f"G-twin-{n}", signals=Signals(organisation=f"o{n}"))
        for n in (3, 1, 2)
    ]
    rows = {**latent, **{twin.id: latent["water-en"] for twin in twins}}
    index = Index.build([*documents, *twins], latent=rows, glossary=glossary)
    found = [h.group for h in index.match("G-water-vi", top=50) if h.group.startswith("G-twin")]
    assert found == ["G-twin-1", "G-twin-2", "G-twin-3"]


def test_hard_constraints(documents: list[Document], latent: Latent, glossary: Glossary) -> None:
    need = next(d for d in documents if d.id == "bagasse-th")
    forms = {
        "bagasse-zh-Hans": Signals(organisation="org-bagasse-th", country="CN"),
        "bagasse-en": Signals(organisation="a", country="CN", target_countries=("VN",)),
        "water-en": Signals(organisation="b", country="CN", valid_until=date(2026, 1, 1)),
    }
    changed = [replace(d, signals=forms.get(d.id, d.signals)) for d in documents]
    index = Index.build(changed, latent=latent, glossary=glossary)
    found = {hit.document_id for hit in index.match(need.group, top=50, today=date(2026, 6, 1))}
    assert found
    assert not found & set(forms)
    assert "water-en" in {hit.document_id for hit in index.match(need.group, top=50)}


def test_signals_move_a_score(
    documents: list[Document], latent: Latent, glossary: Glossary
) -> None:
    def raw(sector: str) -> float:
        index = Index.build(documents, latent=latent, glossary=glossary)
        form = Signals(organisation="x", sectors=("sugar_cane",))
        need = replace(index.document("bagasse-th"), signals=form)
        offer = index.document("bagasse-zh-Hans")
        offer = replace(offer, signals=replace(offer.signals, sectors=(sector,)))
        grown = index.add([offer], latent)
        hits = grown.rank(need, latent["bagasse-th"], top=50)
        return next(hit.raw for hit in hits if hit.document_id == offer.id)

    assert raw("sugar_cane") > raw("ocean")


def _answers(index: Index, documents: list[Document]) -> list[tuple[str, str, float]]:
    return [
        (document.id, hit.document_id, round(hit.raw, 4))
        for document in sorted(documents, key=lambda each: each.id)
        for hit in index.match(document.group, top=50)
    ]


def test_adding_equals_building(
    documents: list[Document], latent: Latent, glossary: Glossary, index: Index
) -> None:
    for cut in (1, 7, 15):
        grown = Index.build(documents[:cut], latent=latent, glossary=glossary)
        for document in documents[cut:]:
            grown = grown.add([document], latent)
        assert _answers(grown.refit(), documents) == _answers(index.refit(), documents)


def test_removing_equals_never_having_had(
    documents: list[Document], latent: Latent, glossary: Glossary, index: Index
) -> None:
    gone = {"G-bagasse-en", "G-shrimp-vi"}
    kept = [document for document in documents if document.group not in gone]
    without = index.remove(gone).refit()
    built = Index.build(kept, latent=latent, glossary=glossary)
    assert without.groups() == built.groups()
    assert _answers(without, kept) == _answers(built, kept)
    assert "G-bagasse-en" in index  # the old one still serves its readers


def test_adding_moves_no_other_score_within_a_version(
    documents: list[Document], latent: Latent, glossary: Glossary, index: Index
) -> None:
    extra = Document("x", "G-x", "offer", "en", "Rice cooker", "A cooker for rice.", Signals())
    grown = index.add([extra], {})
    assert grown.version == index.version
    before = {(a, b): raw for a, b, raw in _answers(index, documents)}
    after = {(a, b): raw for a, b, raw in _answers(grown, documents) if b != "x"}
    assert before == after


def test_replacing_a_document(index: Index, latent: Latent) -> None:
    document = index.document("bagasse-en")
    changed = replace(document, title="Rice cooker", text="A cooker for rice.")
    grown = index.add([changed], {})
    assert len(grown) == len(index)
    assert grown.document("bagasse-en").title == "Rice cooker"
    assert grown.hashes()["bagasse-en"] != index.hashes()["bagasse-en"]
    assert grown.waiting() == {"bagasse-en"}
    assert index.waiting() == frozenset()


def test_an_index_that_outgrew_its_fit_learns_anew(
    documents: list[Document], latent: Latent, glossary: Glossary
) -> None:
    index = Index.build([], latent={}, glossary=glossary)
    assert index.search("bagasse", None, None, 5) == []
    many = [replace(d, id=f"{d.id}-{n}", group=f"{d.group}-{n}") for d in documents for n in (1, 2)]
    grown = index.add(many, {})
    assert grown.version != index.version
    assert grown.model.fitted == len(many)


def test_without_latent_terms_words_and_concepts_carry_on(
    documents: list[Document], glossary: Glossary
) -> None:
    index = Index.build(documents, latent={}, glossary=glossary)
    assert index.waiting() == {document.id for document in documents}
    assert index.match("G-bagasse-th", top=1)[0].group in {"G-bagasse-zh-Hans", "G-bagasse-en"}


def test_search(index: Index) -> None:
    found = index.search("甘蔗渣", "zh-Hans", None, 4)
    assert found[0].group.startswith("G-bagasse")
    assert {hit.group for hit in found} == {
        f"G-bagasse-{language}" for language in ("zh-Hans", "th", "en", "vi")
    }
    offers = index.search("membrane waste water", None, None, 2, kinds=("offer",))
    assert offers[0].group == "G-water-en"
    assert index.search("  ", None, None, 5) == []


def test_search_finds_the_concept_in_every_language(index: Index) -> None:
    for word in ("bagasse", "ชานอ้อย", "甘蔗渣"):
        found = {hit.group for hit in index.search(word, None, None, 4)}
        assert {"G-bagasse-zh-Hans", "G-bagasse-th", "G-bagasse-en"} <= found


def test_search_reads_words_without_their_accents(index: Index) -> None:
    assert index.search("nuoc thai det nhuom", None, None, 1)[0].group == "G-water-vi"
    assert index.search("aguas residuais", None, None, 1)[0].group == "G-water-pt"


def test_words_are_weighted_as_scikit_learn_does(
    documents: list[Document], glossary: Glossary, index: Index
) -> None:
    def cut(document: Document) -> list[str]:
        normal = normalise(full_text(document), document.language)
        return [term for term, *_ in aligned_terms(normal, document.language)]

    vectorizer = TfidfVectorizer(analyzer=cut, sublinear_tf=True)
    theirs = vectorizer.fit_transform(documents)
    expected = (theirs @ theirs.T).toarray()
    ours = index.model.words.transform(index.contents.counts.words)
    np.testing.assert_allclose((ours @ ours.T).toarray(), expected, atol=1e-6)


def test_wrong_latent_rows_are_refused(documents: list[Document], glossary: Glossary) -> None:
    with pytest.raises(ValueError, match="latent row"):
        Index.build(documents, latent={documents[0].id: empty_rows(2)}, glossary=glossary)


def test_progress_is_told(documents: list[Document], glossary: Glossary) -> None:
    seen: list[tuple[int, int]] = []
    Index.build(documents, latent={}, glossary=glossary, progress=lambda *state: seen.append(state))
    assert seen[-1] == (len(documents), len(documents))


def test_scores_say_how_rare_a_likeness_is() -> None:
    sample = np.random.default_rng(7).gumbel(size=20_000)
    tail = Tail.fit((sample, np.ones(len(sample))))
    for share in (0.1, 0.01, 0.001):
        rarity = float(tail.rarity(np.array(np.quantile(sample, 1 - share))))
        assert rarity == pytest.approx(-np.log10(share), abs=0.15)
    rising = tail.rarity(np.linspace(-5, 40, 500))
    assert np.all(np.diff(rising) > 0)
    assert [score(r) for r in (-1.0, 0.0, 2.5, 5.0, 9.0)] == [0, 0, 50, 100, 100]


def test_bands(index: Index) -> None:
    for hit in index.match("G-bagasse-th", top=50):
        wanted = Band.STRONG if hit.score >= 55 else Band.POSSIBLE if hit.score >= 30 else Band.WEAK
        assert hit.band is wanted
