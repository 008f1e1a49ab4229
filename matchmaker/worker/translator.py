"""Machine translation by a service outside, behind a small protocol; LibreTranslate's interface.

It stands in the worker, like the mailer: only the worker speaks to the world outside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

import urllib3
from urllib3.exceptions import HTTPError

from matchmaker.config import Settings

MAX_CHARACTERS: Final = 10_000
"""Longer texts are not sent."""
MAX_ANSWER: Final = 1024 * 1024
"""Bytes of an answer that are read."""
_TRIES: Final = 3
_OFTEN_CALLED: Final[Mapping[str, tuple[str, ...]]] = {
    "zh-Hans": ("zh-Hans", "zh", "zh-CN"),
    "zh-Hant": ("zh-Hant", "zt", "zh-TW"),
    "fil": ("fil", "tl"),
    "pt": ("pt", "pt-BR"),
}
"""What services call some of our languages."""


class TranslationError(Exception):
    """No version was made. `permanent`: trying again is no use."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class Translator(Protocol):
    """Something that translates plain text."""

    name: str

    def translate(self, text: str, source: str, target: str) -> str:
        """Return `text` in the language `target`. Raises TranslationError."""
        ...

    def languages(self) -> frozenset[str]:
        """Return our codes of the languages that it knows. Raises TranslationError."""
        ...


def translator_of(settings: Settings) -> Translator | None:
    """Return the translator that the operator chose, None without one."""
    if not settings.translates:
        return None
    return LibreTranslate(
        settings.translator_url,
        key=settings.translator_key,
        name=settings.translator_name,
        timeout=settings.translator_timeout,
    )


class LibreTranslate:
    """Speaks to a service with LibreTranslate's interface. Follows no redirects."""

    def __init__(
        self, url: str, *, key: str = "", name: str = "LibreTranslate", timeout: float = 30
    ) -> None:
        self.name = name
        self._url, self._key = url, key
        retries = urllib3.Retry(
            total=_TRIES - 1,
            redirect=0,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=None,
            backoff_factor=0.2,
            respect_retry_after_header=False,
            raise_on_status=False,
        )
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(total=timeout), retries=retries)
        self._codes: dict[str, str] | None = None

    def languages(self) -> frozenset[str]:
        """Return our codes of the languages that the service knows. Raises TranslationError."""
        return frozenset(self._known())

    def translate(self, text: str, source: str, target: str) -> str:
        """Return `text` in the language `target`. Raises TranslationError."""
        if len(text) > MAX_CHARACTERS:
            raise TranslationError("the text is too long", permanent=True)
        known = self._known()
        if source not in known or target not in known:
            raise TranslationError(f"{source} to {target} is not offered", permanent=True)
        body = {"q": text, "source": known[source], "target": known[target], "format": "text"}
        if self._key:
            body["api_key"] = self._key
        answer = self._ask("POST", "/translate", body)
        found = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(found, str) or not found.strip():
            raise TranslationError("the answer holds no translation")
        if any("\ud800" <= char <= "\udfff" for char in found):  # JSON can write half a character
            raise TranslationError("the translation is not Unicode")
        return found.replace("\0", "")

    def _known(self) -> dict[str, str]:
        """Our codes of languages, with those of the service; it may say none while it starts."""
        if self._codes is None:
            answer = self._ask("GET", "/languages")
            entries = answer if isinstance(answer, list) else []
            said = [each.get("code") for each in entries if isinstance(each, dict)]
            theirs = {code for code in said if isinstance(code, str)}
            if not theirs:
                raise TranslationError("the answer names no languages")
            codes = {code: code for code in theirs}
            for ours, names in _OFTEN_CALLED.items():
                found = next((name for name in names if name in theirs), None)
                if found is not None:
                    codes[ours] = found
            self._codes = codes
        return self._codes

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
        try:
            response = self._pool.request(
                method,
                self._url + path,
                body=json.dumps(body) if body is not None else None,
                headers={"Content-Type": "application/json", "Accept": "application/json"},
                preload_content=False,
                redirect=False,
            )
            try:
                content = response.read(MAX_ANSWER + 1, decode_content=True)
            finally:
                response.close()  # an answer that is too long was not read to its end
        except (HTTPError, OSError) as error:
            raise TranslationError(f"{type(error).__name__}: no answer") from error
        if response.status != 200 or len(content) > MAX_ANSWER:
            refused = 300 <= response.status < 500 and response.status != 429
            raise TranslationError(f"the answer was {response.status}", permanent=refused)
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise TranslationError("the answer is not JSON") from error
