"""Requests whose files are too large together: the files stay behind, the text is read.

Else nothing of a form could be read, and all that was typed would be lost.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final, cast

from flask import Flask, Request, request

_READ_THROUGH: Final = 5
"""A request this many times larger than allowed is refused unread."""


class SiteRequest(Request):
    """A request that can leave its files behind."""

    files_too_large = False

    def _get_file_stream(self, *arguments: Any, **named: Any) -> Any:
        """Where the form parser puts a file: werkzeug says that this may be overridden."""
        return _Nowhere() if self.files_too_large else super()._get_file_stream(*arguments, **named)


class _Nowhere(BytesIO):
    """Takes everything and keeps nothing."""

    def write(self, content: Any) -> int:
        return len(content)


def init_app(app: Flask) -> None:
    """Measure each request before anything reads its form."""
    app.request_class = SiteRequest
    app.before_request(_measure)


def _measure() -> None:
    allowed, sent = request.max_content_length, request.content_length
    if allowed is None or sent is None or request.mimetype != "multipart/form-data":
        return
    if allowed < sent <= allowed * _READ_THROUGH:
        cast("SiteRequest", request).files_too_large = True
        request.max_content_length = sent + 1  # who reads up to it is refused


def files_too_large() -> bool:
    """Tell whether the files of the present request were left behind."""
    return cast("SiteRequest", request).files_too_large
