"""Keep the catalogues current: `update` them from the code, or `check` that they are.

The template is `messages.pot`; `<locale>/LC_MESSAGES/messages.po` are the catalogues. Those named
in COMPLETE must hold a translation of every text.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polib

FOLDER: Final = Path(__file__).resolve().parent
PROJECT: Final = FOLDER.parent
TEMPLATE: Final = FOLDER / "messages.pot"
SOURCE: Final = "en"
"""The language of the texts in the code: its catalogue repeats them."""
COMPLETE: Final = (SOURCE, "zh_Hans")
LOCALES: Final = (SOURCE, "zh_Hans")
"""Those that have a catalogue; the site shows English in the others."""
PLURALS: Final = {
    **dict.fromkeys(("zh_Hans", "vi", "th", "id", "ms", "lo", "km", "my"), "nplurals=1; plural=0;"),
    "fil": "nplurals=2; plural=(n%10==4 || n%10==6 || n%10==9);",
    "pt": "nplurals=2; plural=(n>1);",
}
"""CLDR's rules; Babel writes two forms for languages that have one."""
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|%%")
_TAG: Final = re.compile(r"</?\w+[^>]*>")


def extract(target: Path) -> polib.POFile:
    """Write the texts of the code to `target` and return them; nothing in it depends on the day."""
    subprocess.run(  # noqa: S603 - our own tool with our own arguments
        [
            Path(sys.executable).parent / "pybabel", "--quiet", "extract", "--mapping", "babel.cfg",
            "--keyword", "_l", "--keyword", "N_", "--add-comments", "Translators:",
            "--add-location", "file", "--sort-by-file", "--no-wrap", "--output-file", target, ".",
        ],
        cwd=PROJECT,
        check=True,
    )  # fmt: skip
    template = polib.pofile(str(target), wrapwidth=0)
    template.metadata = {
        "Project-Id-Version": "matchmaker",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    template.header = "The texts of the site. Made by `make translations`."
    for entry in template:
        entry.occurrences = sorted({(name, "") for name, _line in entry.occurrences})
    template.save(str(target))
    return template


def update() -> None:
    """Bring the template and every catalogue up to date; texts that are gone are dropped."""
    template = extract(TEMPLATE)
    for locale in LOCALES:
        path = catalogue_path(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = (
            polib.pofile(str(path), wrapwidth=0) if path.exists() else polib.POFile(wrapwidth=0)
        )
        catalogue.merge(template)
        for entry in catalogue.obsolete_entries():
            catalogue.remove(entry)
        forms = 1 if "nplurals=1" in PLURALS.get(locale, "") else 2
        for entry in catalogue:
            if entry.msgid_plural:
                texts = entry.msgstr_plural
                entry.msgstr_plural = {form: texts.get(form, "") for form in range(forms)}
        if locale == SOURCE:
            _repeat(catalogue)
        catalogue.header = f"The texts of the site in {locale}."
        catalogue.metadata = {
            **template.metadata,
            "Language": locale,
            "Plural-Forms": PLURALS.get(locale, "nplurals=2; plural=(n != 1);"),
        }
        catalogue.save(str(path))
        print(f"{locale}: {catalogue.percent_translated()} % of {len(catalogue)} texts")  # noqa: T201


def check() -> list[str]:
    """Return what is wrong with the catalogues, a line each."""
    with tempfile.TemporaryDirectory() as folder:
        current = {_key(entry) for entry in extract(Path(folder) / "messages.pot")}
    if not TEMPLATE.exists() or current != {_key(entry) for entry in polib.pofile(str(TEMPLATE))}:
        return ["messages.pot is not current: run `make translations`."]
    return [problem for locale in LOCALES for problem in _check_catalogue(locale, current)]


def catalogue_path(locale: str) -> Path:
    """Return where the catalogue of a locale is."""
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


def _repeat(catalogue: polib.POFile) -> None:
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: entry.msgid, 1: entry.msgid_plural}
        else:
            entry.msgstr = entry.msgid
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]


def _check_catalogue(locale: str, current: set[tuple[str, str]]) -> Iterator[str]:
    catalogue = polib.pofile(str(catalogue_path(locale)))
    if {_key(entry) for entry in catalogue} != current:
        yield f"{locale}: is not current: run `make translations`."
    for entry in catalogue:
        texts = [entry.msgstr, *entry.msgstr_plural.values()]
        translated = [text for text in texts if text]
        if not translated and locale in COMPLETE:
            yield f"{locale}: not translated: {entry.msgid!r}"
        if "fuzzy" in entry.flags:
            yield f"{locale}: marked as doubtful: {entry.msgid!r}"
        if any(_differs(entry, text) for text in translated):
            yield f"{locale}: placeholders or tags differ: {entry.msgid!r}"


def _differs(entry: polib.POEntry, text: str) -> bool:
    """Tell whether a translation lacks or invents placeholders or tags; a plural may do without."""
    for pattern in (_PLACEHOLDER, _TAG):
        wanted = set(pattern.findall(entry.msgid + (entry.msgid_plural or "")))
        found = set(pattern.findall(text))
        if found != wanted and not (entry.msgid_plural and found < wanted):
            return True
    return False


def _key(entry: polib.POEntry) -> tuple[str, str]:
    return (entry.msgctxt or "", entry.msgid)


def main() -> None:
    """Run `update` or `check`."""
    if sys.argv[1:] == ["update"]:
        update()
    elif sys.argv[1:] == ["check"]:
        problems = check()
        print("\n".join(problems) or "The catalogues are current and complete.")  # noqa: T201
        sys.exit(1 if problems else 0)
    else:
        sys.exit("usage: catalogues.py update | check")


if __name__ == "__main__":
    main()
