"""Texts as they come from a keyboard or a file: cleaned, in Unicode, in the language they claim."""

from collections.abc import Mapping
from typing import Final

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.listing_content import clean_text, text_problems
from matchmaker.domain.vocabulary import TextField
from matchmaker.matching.analysis import burmese_encoding, identify
from matchmaker.matching.analysis.zawgyi import to_unicode

SURE_FROM: Final = 0.9
"""From this confidence on we ask whether the language is right: below it we would ask in vain."""


def prepare(texts: Mapping[TextField, str]) -> dict[TextField, str]:
    """Return texts as they are stored. Burmese in Zawgyi becomes Unicode.

    Raises DomainError TEXT_TOO_LONG, or TEXT_UNREADABLE_ENCODING where we cannot tell how the text
    is encoded; `field` names the text.
    """
    prepared = {name: in_unicode(name, clean_text(text)) for name, text in texts.items()}
    for problem in text_problems(prepared):
        raise problem
    return prepared


def other_language(texts: Mapping[TextField, str], declared: str) -> str | None:
    """Return the language in which the texts surely are, when it is not the declared one."""
    found = identify("\n".join(text for text in texts.values() if text))
    if found.confidence < SURE_FROM or found.language not in TEXT_LANGUAGES:
        return None
    return found.language if found.language != declared else None


def check_language(texts: Mapping[TextField, str], declared: str) -> None:
    """Raise DomainError LANGUAGE_DIFFERS when the texts are surely in another language."""
    detected = other_language(texts, declared)
    if detected is not None:
        raise DomainError(
            ErrorCode.LANGUAGE_DIFFERS, field="language", detected=detected, declared=declared
        )


def in_unicode(name: str, text: str) -> str:
    """Return a text with Burmese in Zawgyi made Unicode.

    Raises DomainError TEXT_UNREADABLE_ENCODING, with `name` as its field, where we cannot tell.
    """
    match burmese_encoding(text):
        case "zawgyi":
            return clean_text(to_unicode(text))
        case "unclear":
            raise DomainError(ErrorCode.TEXT_UNREADABLE_ENCODING, field=name)
        case _:
            return text
