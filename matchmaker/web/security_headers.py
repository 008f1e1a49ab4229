"""Headers that every answer carries, and how cookies are named."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request, session

from matchmaker.config import Settings

_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
)
CONTENT_SECURITY_POLICY: Final = "; ".join(_POLICY)
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ONE_YEAR: Final = 365 * 24 * 3600
_PUBLIC_FILES: Final = frozenset({"static", "home.stylesheet"})


def cookie_settings(settings: Settings) -> dict[str, object]:
    """Return Flask's settings for cookies: `__Host-` and Secure where the site runs on https."""
    production = settings.is_production
    prefix = "__Host-" if production else ""
    return {
        "LOCALE_COOKIE_NAME": f"{prefix}locale",
        "SESSION_COOKIE_NAME": f"{prefix}session",
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_NAME": f"{prefix}remember",
        "REMEMBER_COOKIE_SECURE": production,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
    }


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer of `app`."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if settings.is_production:
            response.headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR}"
        if request.endpoint not in _PUBLIC_FILES:
            _forbid_storing(response)
        if request.endpoint == "security.logout" and response.status_code < 400:
            response.headers["Clear-Site-Data"] = '"cache"'
        return response


def _forbid_storing(response: Response) -> None:
    """Pages of a person, and any page that sets a cookie, are not kept by anybody."""
    if response.status_code >= 500 or session.modified or "_user_id" in session:
        response.headers["Cache-Control"] = "no-store"
