"""The locale in the path: every page lives under /<locale>/."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask, Response, g, has_request_context, request, url_for
from flask_security import current_user
from werkzeug.routing import BaseConverter

from matchmaker.domain.languages import LOCALES, SITE_LANGUAGES, Language
from matchmaker.i18n.locales import current_locale, locale_of_request

_ONE_YEAR: Final = 365 * 24 * 3600


def select_time_zone() -> str | None:
    """Tell Flask-Babel the reader's time zone; None (the network's) outside of a request, for
    visitors, and for a zone that this machine does not know."""
    if not has_request_context() or not current_user.is_authenticated:
        return None
    zone: str = current_user.time_zone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return zone


class LocaleConverter(BaseConverter):
    """Matches exactly the locales of the site, with the case they are written in."""

    regex = "|".join(LOCALES)


def init_app(app: Flask) -> None:
    """Take the locale out of each URL, and put it back into each link."""
    app.url_map.converters["locale"] = LocaleConverter

    @app.url_value_preprocessor
    def take_locale(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values is not None and "locale" in values:
            g.locale = values.pop("locale")

    @app.url_defaults
    def put_locale(endpoint: str, values: dict[str, Any]) -> None:
        if "locale" not in values and app.url_map.is_endpoint_expecting(endpoint, "locale"):
            values["locale"] = locale_of_request() if has_request_context() else current_locale()

    @app.after_request
    def remember_choice(response: Response) -> Response:
        """Keep the language for the next visit, when the person switched from another one here."""
        chosen = g.get("locale")
        if chosen is not None and _came_from_another_locale(chosen):
            response.set_cookie(
                app.config["LOCALE_COOKIE_NAME"],
                chosen,
                max_age=_ONE_YEAR,
                secure=app.config["SESSION_COOKIE_SECURE"],
                httponly=True,
                samesite="Lax",
            )
        return response


def _came_from_another_locale(chosen: str) -> bool:
    """Links in mails and on other sites do not change the language that a person chose."""
    address = request.referrer or ""
    if host_of(address) != request.host:
        return False
    before = urlsplit(address).path.removeprefix("/").split("/")[0]
    return before != chosen and before in LOCALES


def host_of(address: str) -> str:
    """Return the host and port of an address that a browser sent; '' where it is none."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def language_links(*, external: bool = False) -> list[tuple[Language, str]]:
    """Return each language of the site with the address of this same page in it.

    A page that cannot be asked for again (the answer to a form, an error) leads to the front page.
    """
    endpoint, values, query = "home.index", {}, ""
    rule = request.url_rule
    if rule is not None and "locale" in rule.arguments and "GET" in (rule.methods or ()):
        endpoint, values = rule.endpoint, request.view_args or {}
        query = "?" + request.query_string.decode("ascii", "ignore") if request.args else ""
    return [
        (lang, url_for(endpoint, **values, locale=lang.code, _external=external) + query)
        for lang in SITE_LANGUAGES
    ]
