"""Which locale a reader gets, and how our codes map to Babel's."""

from __future__ import annotations

from typing import Final

from flask import current_app, g, has_app_context, has_request_context, request
from flask_babel import get_locale
from werkzeug.datastructures import LanguageAccept

from matchmaker.domain.languages import BRIDGE, LOCALES, READABLE_AS, SITE_LANGUAGES, canonical

GETTEXT_NAME: Final[dict[str, str]] = {lang.code: lang.gettext for lang in SITE_LANGUAGES}
_CODE: Final[dict[str, str]] = {lang.gettext: lang.code for lang in SITE_LANGUAGES}


def site_locale(tag: str) -> str | None:
    """Return the locale of the site that suits a BCP 47 tag, or None: `zh-TW` gets `zh-Hans`."""
    code = canonical(tag)
    if code is None:
        return None
    code = READABLE_AS.get(code, code)
    return code if code in LOCALES else None


def negotiate(cookie: str | None, accepted: LanguageAccept) -> str:
    """Choose a locale by the reader's earlier choice, else by the browser's wishes, else English.

    `accepted` lists the wishes of the Accept-Language header, best first.
    """
    if cookie in LOCALES:
        return cookie
    for tag, quality in accepted:
        locale = site_locale(tag) if quality > 0 else None
        if locale is not None:
            return locale
    return BRIDGE


def locale_of_request() -> str:
    """Return the locale of the URL, else the one that the reader would be sent to."""
    chosen = g.get("locale")
    if isinstance(chosen, str):
        return chosen
    first = request.path.split("/")[1]
    if first in LOCALES:
        return first
    return negotiate(
        request.cookies.get(current_app.config["LOCALE_COOKIE_NAME"]), request.accept_languages
    )


def select_locale() -> str:
    """Tell Flask-Babel which catalogue to use for this request; English outside of one."""
    return GETTEXT_NAME[locale_of_request() if has_request_context() else BRIDGE]


def current_locale() -> str:
    """Return the code (`zh-Hans`) of the language that texts are made in at this moment.

    Follows `flask_babel.force_locale`, so that mails are written in their reader's language.
    """
    if not has_app_context():
        return BRIDGE
    return _CODE.get(str(get_locale()), BRIDGE)
