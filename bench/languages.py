"""How often a text's language is told rightly: `python -m bench languages`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from bench import quality
from matchmaker.matching import files
from matchmaker.matching.analysis import identify

_START: Final = "<!-- languages: made by python -m bench languages --write -->"
_END: Final = "<!-- end of the languages -->"
_SHORT: Final = 40

Texts = Sequence[tuple[str, str]]


def run(*, write: bool) -> int:
    """Count, print the table and, if asked, put it into the page."""
    lines = [
        "| texts | number | right | how sure, right and wrong | taken for another |",
        "|---|---|---|---|---|",
        *(_line(name, texts) for name, texts in _samples()),
    ]
    text = "\n".join(lines)
    print(text)
    if write:
        quality.put(text, _START, _END)
    return 0


def _samples() -> Iterator[tuple[str, Texts]]:
    rows = [
        json.loads(line)
        for path in sorted((quality.ROOT / "seeds" / "listings").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    yield (
        "demonstration, title and text",
        [(row["language"], f"{row['title']}\n{row.get('description', '')}") for row in rows],
    )
    yield "its titles", [(row["language"], row["title"]) for row in rows]
    for name in ("xl_pairs", "xl_software"):
        path = quality.SETS / name / "queries.jsonl"
        if path.exists():
            needs, _ = files.read_documents(path, "need")
            texts = [(need.language, f"{need.title}\n{need.text}".strip()) for need in needs]
            yield name, texts
            if name == "xl_pairs":
                short = [(language, text[:_SHORT]) for language, text in texts]
                yield f"{name}, the first {_SHORT} characters", short


def _line(name: str, texts: Texts) -> str:
    wrong: Counter[str] = Counter()
    sure: dict[bool, list[float]] = {True: [], False: []}
    for language, text in texts:
        found = identify(text)
        sure[found.language == language].append(found.confidence)
        if found.language != language:
            wrong[f"{language} as {found.language}"] += 1
    right = len(sure[True]) / max(len(texts), 1)
    means = " / ".join(
        f"{sum(values) / len(values):.2f}" if values else "–" for values in sure.values()
    )
    others = ", ".join(f"{pair} {count}" for pair, count in wrong.most_common(5))
    return f"| {name} | {len(texts):,} | {100 * right:.1f} % | {means} | {others} |"
