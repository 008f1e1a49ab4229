"""A small pool of listings in many languages, and an encoder that needs no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from matchmaker.matching.documents import Document, Kind, Signals
from matchmaker.matching.features import encoding_text
from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.matching.index import Index
from matchmaker.matching.semantic import LATENT_DIMENSIONS, stack

TOPICS = {
    "bagasse": {
        "zh-Hans": ("甘蔗渣制备生物质炭技术", "以甘蔗渣为原料，经热解制备生物质炭，用于土壤改良。"),
        "th": ("ต้องการถ่านชีวภาพจากชานอ้อย", "โรงงานน้ำตาลมีชานอ้อยเหลือมาก ต้องการผลิตถ่านชีวภาพ"),
        "en": ("Biochar from bagasse", "Pyrolysis turns sugarcane bagasse into biochar for soils."),
        "vi": (
            "Than sinh học từ bã mía",
            "Nhiệt phân bã mía để sản xuất than sinh học cải tạo đất.",
        ),
    },
    "battery": {
        "zh-Hans": ("新能源汽车电池管理系统", "用于LiFePO4动力电池的管理系统，提高安全性和寿命。"),
        "en": ("Battery management for electric buses", "A BMS for LiFePO4 packs in city buses."),
        "id": ("Sistem manajemen baterai", "Pengelolaan baterai LiFePO4 untuk kendaraan listrik."),
        "th": ("ระบบจัดการแบตเตอรี่รถไฟฟ้า", "ระบบจัดการแบตเตอรี่ LiFePO4 สำหรับรถโดยสารไฟฟ้า"),
    },
    "water": {
        "vi": (
            "Xử lý nước thải dệt nhuộm",
            "Màng lọc để xử lý nước thải nhà máy dệt nhuộm.",
        ),
        "zh-Hans": ("印染废水膜处理工艺", "采用膜分离技术处理印染废水，实现中水回用。"),
        "en": (
            "Membranes for dye waste water",
            "Textile waste water is filtered by membranes.",
        ),
        "pt": (
            "Membranas para águas residuais",
            "Efluentes de tinturaria tratados com membranas.",
        ),
    },
    "shrimp": {
        "th": ("วัคซีนกุ้งขาว", "การควบคุมโรคในฟาร์มกุ้งขาวด้วยวัคซีนชนิดกิน"),
        "zh-Hans": ("对虾白斑病快速检测", "养殖对虾白斑病毒的现场快速检测试剂盒。"),
        "vi": ("Bệnh đốm trắng trên tôm", "Bộ kit phát hiện nhanh vi rút đốm trắng trên tôm nuôi."),
        "en": ("Shrimp disease test", "A field test kit for white spot virus in farmed shrimp."),
    },
}


class HashEncoder:
    """Characters' pairs as latent terms: the same text, the same row; no meaning."""

    name = "hash"
    version = "1"

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        return stack([self._row(text) for text in texts])

    def _row(self, text: str) -> csr_matrix:
        values: dict[int, float] = {}
        for first, second in pairwise(text):
            digest = hashlib.sha256((first + second).encode()).digest()
            column = int.from_bytes(digest[:4], "big") % LATENT_DIMENSIONS
            values[column] = values.get(column, 0.0) + 0.5
        columns = sorted(values)
        data = np.array([values[column] for column in columns], dtype=np.float32)
        shape = (1, LATENT_DIMENSIONS)
        return csr_matrix((data, np.array(columns, dtype=np.int32), [0, len(columns)]), shape=shape)


def make_documents() -> list[Document]:
    """Offers in Chinese and English, needs in the other languages."""
    documents = []
    for topic, texts in TOPICS.items():
        for language, (title, text) in texts.items():
            kind: Kind = "offer" if language in {"zh-Hans", "en"} else "need"
            name = f"{topic}-{language}"
            signals = Signals(organisation=f"org-{name}", country="CN" if kind == "offer" else "TH")
            documents.append(Document(name, f"G-{name}", kind, language, title, text, signals))
    return documents


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    return make_documents()


@pytest.fixture(scope="session")
def glossary() -> Glossary:
    names = {
        "bagasse": {"zh-Hans": "甘蔗渣", "th": "ชานอ้อย", "en": "bagasse", "vi": "bã mía"},
        "membrane": {"zh-Hans": "膜分离", "en": "membrane", "pt": "membrana", "vi": "màng lọc"},
    }
    return Glossary(
        [Concept(concept) for concept in names],
        [
            Label(concept, language, text)
            for concept, labels in names.items()
            for language, text in labels.items()
        ],
    )


@pytest.fixture(scope="session")
def hash_encoder() -> HashEncoder:
    return HashEncoder()


@pytest.fixture(scope="session")
def latent(documents: list[Document], hash_encoder: HashEncoder) -> dict[str, csr_matrix]:
    return {each.id: hash_encoder.encode([encoding_text(each)]) for each in documents}


@pytest.fixture(scope="session")
def index(documents: list[Document], latent: dict[str, csr_matrix], glossary: Glossary) -> Index:
    return Index.build(documents, latent=latent, glossary=glossary)
