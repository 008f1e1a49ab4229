"""A person with a browser, in a few lines: cookies, forms with their hidden fields, no scripts."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPException
from http.cookiejar import CookieJar
from typing import Any


class SiteAwayError(Exception):
    """The site did not answer, or is too busy: who knows whether the request was carried out."""


@dataclass
class Form:
    """A form of a page, with what its fields hold."""

    action: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """An answer. `status` 302 means that a form was taken; `location` says where it leads."""

    status: int
    url: str
    text: str
    location: str | None = None

    def form(self, *, to: str = "", having: str = "csrf_token") -> Form:
        """Return the form whose action ends with `to` and which has a field `having`.

        Raises SiteAwayError on the page that asks to try again.
        """
        self.refuse_busy()
        parser = _Forms(self.url)
        parser.feed(self.text)
        for form in parser.forms:
            if form.action.endswith(to) and having in form.values:
                return form
        raise AssertionError(f"no form to {to!r} with {having!r} on {self.url}: {self.status}")

    def refuse_busy(self) -> None:
        """Raise SiteAwayError when the site asks to try again."""
        if self.status == 503:
            raise SiteAwayError(f"{self.url} answered 503")


class Browser:
    """Keeps cookies; follows no redirect by itself."""

    def __init__(self, site: str) -> None:
        self.site = site
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), _Stay()
        )

    def get(self, path: str) -> Page:
        """Read a page."""
        return self._open(urllib.parse.urljoin(self.site, path), None)

    def send(self, form: Form, **changes: str | list[str]) -> Page:
        """Send a form with some of its fields changed."""
        values: dict[str, Any] = {**form.values, **changes}
        return self._open(form.action, urllib.parse.urlencode(values, doseq=True).encode())

    def sign_in(self, email: str, password: str) -> None:
        """Sign in; raises AssertionError where it is refused."""
        form = self.get("/en/account/sign-in").form(having="email")
        answer = self.send(form, email=email, password=password)
        answer.refuse_busy()
        assert answer.status == 302

    def _open(self, url: str, data: bytes | None) -> Page:
        request = urllib.request.Request(url, data, headers={"Referer": url})
        try:
            with self._answer(request) as answer:
                return _page(url, answer)
        except (OSError, HTTPException) as error:
            raise SiteAwayError(str(error)) from error

    def _answer(self, request: urllib.request.Request) -> Any:
        """An answer whose text is still to be read: it may break off there too."""
        try:
            return self._opener.open(request, timeout=15)
        except urllib.error.HTTPError as answer:
            return answer


def _page(url: str, answer: Any) -> Page:
    text = answer.read().decode("utf-8", "replace")
    return Page(answer.status, url, text, answer.headers.get("Location"))


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        """Follow nothing: an answer of 302 is what the test looks for."""


class _Forms(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.forms: list[Form] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect forms and what their fields hold."""
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            action = urllib.parse.urljoin(self._url, given.get("action") or self._url)
            self.forms.append(Form(action))
        elif not self.forms:
            return
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio", "submit", "file") or "checked" in given:
                self.forms[-1].values[name] = given.get("value") or ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.forms[-1].values[self._select] = given.get("value") or ""
        elif tag == "textarea":
            self._area = name
            self.forms[-1].values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        """Leave a field."""
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        """Take the text of a text area."""
        if self._area:
            self.forms[-1].values[self._area] += data
