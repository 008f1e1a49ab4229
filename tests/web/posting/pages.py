"""Reads a page as a person does: its form as it stands, its headings, its links."""

from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Page:
    """`fields` is what the page's post form would send if nothing were changed."""

    text: str
    fields: dict[str, Any] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = defaultdict(list)
        self.links: list[str] = []
        self._form = 0
        self._select = ""
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "form" and "form" in given.get("class", "").split():
            self._form += 1
        if not self._form:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
            if ticked and given.get("type") != "file":
                self.values[name].append(given.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.values[self._select].append(given.get("value", ""))
        elif tag == "textarea":
            self._area = name
            self.values[name].append("")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.values[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form:
            self._form -= 1
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = None


def read(text: str) -> Page:
    """Read a page."""
    reader = _Reader()
    reader.feed(text)
    fields = {
        name: values[0].removeprefix("\n") if len(values) == 1 else values
        for name, values in reader.values.items()
    }
    return Page(text, fields, reader.links)
