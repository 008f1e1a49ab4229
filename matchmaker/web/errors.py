"""What a person sees when something goes wrong: a sentence, a way on, and what they typed.

Nothing half-written stays: the session is rolled back before any of these pages is made.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from matchmaker.database import is_disk_full, writing
from matchmaker.domain.errors import NO_SPACE, DomainError, ErrorCode
from matchmaker.domain.permissions import VISITOR
from matchmaker.extensions import db
from matchmaker.i18n.errors import sentence
from matchmaker.web.locale import host_of
from matchmaker.web.permissions import current_actor

log = logging.getLogger(__name__)

_STATUS: Final[dict[ErrorCode, int]] = {
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.NOT_ALLOWED: 403,
    ErrorCode.FOLLOW_UP_CLOSED: 410,
    ErrorCode.FILE_TOO_LARGE: 413,
    ErrorCode.STORAGE_FULL: 507,
}
_NEVER_SHOWN: Final = ("password", "csrf_token", "version", "submit", "next")


@dataclass(frozen=True, slots=True)
class Page:
    """The heading and the sentence of an error page."""

    heading: LazyString
    text: LazyString


PAGES: Final[dict[int, Page]] = {
    400: Page(
        _l("We could not read this request"),
        _l("Go back, check what you entered and send it again."),
    ),
    403: Page(
        _l("You may not open this page"),
        _l("Your account does not have the role that this page needs."),
    ),
    404: Page(
        _l("Page not found"),
        _l("The address may be mistyped, or what it showed is no longer public."),
    ),
    405: Page(
        _l("This page cannot be used that way"),
        _l("Go back and use the links and buttons of the site."),
    ),
    410: Page(
        _l("This link has expired"),
        _l("Ask for a new link, or sign in to find what you were looking for."),
    ),
    413: Page(
        _l("The files are too large"),
        _l("Nothing was saved. Go back, choose smaller files and send the form again."),
    ),
    429: Page(
        _l("Too many attempts"),
        _l("Wait a few minutes, then try again."),
    ),
    500: Page(
        _l("Something went wrong on our side"),
        _l("Nothing was saved. Try again; if it fails again, tell us the number below."),
    ),
}
EXPIRED: Final = Page(
    _l("This form was open for too long"),
    _l("Nothing was saved yet, and nothing you typed is lost. Check it below and send it again."),
)
BUSY: Final = Page(
    _l("The site is busy"),
    _l("Nothing was saved yet, and nothing you typed is lost. Wait a moment and send it again."),
)
FULL: Final = Page(
    _l("There is no space left to save this"),
    _l("Nothing was saved. What you typed is below: send it again later, or tell us."),
)


def init_app(app: Flask) -> None:
    """Register the answers to everything that can go wrong in a request."""
    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(StaleDataError, on_stale)
    app.register_error_handler(OperationalError, on_operational_error)
    app.register_error_handler(OSError, on_os_error)
    app.register_error_handler(CSRFError, on_csrf_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_error)


def on_domain_error(error: DomainError) -> ResponseReturnValue:
    """A broken rule that no view caught: its sentence, and what was typed."""
    db.session.rollback()
    if error.code is ErrorCode.STALE:
        return on_stale(error)
    status = _STATUS.get(error.code, 409)
    if status in {403, 404}:
        return error_page(PAGES[status], status)
    page = Page(_l("This cannot be done"), _l("%(sentence)s", sentence=sentence(error)))
    return error_page(page, status, typed=typed_values())


def on_stale(_error: Exception) -> ResponseReturnValue:
    """Somebody else changed the row since the form was opened: keep what was typed in sight."""
    db.session.rollback()
    return (
        render_template("errors/stale.html", typed=typed_values(), here=request.path),
        409,
    )


def on_operational_error(error: OperationalError) -> ResponseReturnValue:
    """The database is locked, full or away: offer to send the same form again."""
    if is_disk_full(error):
        log.error("no space left for the database")
        return _resend_page(FULL, 507)
    log.error("database: %s", type(error.orig).__name__)
    return _resend_page(BUSY, 503)


def on_os_error(error: OSError) -> ResponseReturnValue:
    """A full disk is said to be full; anything else is an ordinary failure."""
    if error.errno in NO_SPACE:
        log.error("no space left on the disk")
        return _resend_page(FULL, 507)
    return on_error(error)


def on_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """An expired form is shown again, to be sent again; a foreign one is refused."""
    db.session.rollback()
    if request.form and _sent_by_us():
        return _resend_page(EXPIRED, 400)
    log.warning("form refused: %s", error.description)
    return error_page(PAGES[400], 400)


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """404, 405, 413 and the like, in the reader's language."""
    if error.response is not None or (error.code or 500) < 400:
        return error
    status = error.code or 500
    if isinstance(error, SecurityError):  # a host that is not ours: no address can be made for it
        return str(PAGES[400].text), 400, {"Content-Type": "text/plain; charset=utf-8"}
    db.session.rollback()
    page = PAGES.get(status) or PAGES[500 if status >= 500 else 400]
    if _wants_json():
        return jsonify(error=status, message=str(page.text)), status
    answer = error_page(page, status)
    allow = dict(error.get_headers()).get("Allow")
    return (*answer, {"Allow": allow}) if allow else answer


def on_error(error: Exception) -> ResponseReturnValue:
    """Anything unforeseen: logged under a number, which the person can tell us."""
    if current_app.testing and current_app.config["PROPAGATE_EXCEPTIONS"] is not False:
        raise error
    number = secrets.token_hex(4)
    log.error("unforeseen error %s", number, exc_info=error)
    _without_database()
    return error_page(PAGES[500], 500, number=number)


def error_page(
    page: Page,
    status: int,
    *,
    number: str | None = None,
    typed: list[tuple[str, str]] | None = None,
) -> tuple[str, int]:
    """Return the page and its status. `number` names the entry of the log."""
    text = render_template("errors/error.html", page=page, number=number, typed=typed, code=status)
    return text, status


def typed_values() -> list[tuple[str, str]]:
    """Return (label, text) of what a person typed into this request's form, without secrets."""
    labels = {name: str(field.label.text) for name, field in _fields().items()}
    return [
        (labels.get(name, name), value)
        for name, value in request.form.items(multi=True)
        if value.strip() and not any(word in name for word in _NEVER_SHOWN)
    ]


def _fields() -> dict[str, Any]:
    form = g.get("form")
    return {field.name: field for field in form} if form is not None else {}


def _resend_page(page: Page, status: int) -> ResponseReturnValue:
    _without_database()
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name
    ]
    text = render_template(
        "errors/resend.html", page=page, kept=kept, typed=typed_values(), lost=bool(request.files)
    )
    return text, status, {"Retry-After": "5"} if status == 503 else {}


def _without_database() -> None:
    """Let the page only read, for it may be a writer that the database keeps waiting; where it
    does not answer at all, make the page for a visitor."""
    writing.set(False)
    try:
        db.session.rollback()
        db.session.connection()
        g.pop("_login_user", None)
        current_actor()
    except Exception:
        log.exception("no database for the page of an error")
        g.actor = VISITOR
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]


def _sent_by_us() -> bool:
    """Tell whether the browser says that the form was sent from a page of this site."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return host_of(source) == request.host


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json"
