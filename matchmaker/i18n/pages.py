"""The pages that mails and notifications lead to, by name."""

from __future__ import annotations

from typing import Final

from matchmaker.config import Settings

PAGES: Final[dict[str, str]] = {
    "sign_in": "/{locale}/account/sign-in",
    "register": "/{locale}/account/register",
    "recover": "/{locale}/account/recover",
    "account": "/{locale}/account/",
    "notifications": "/{locale}/account/notifications/",
    "preferences": "/{locale}/account/notifications/preferences",
    "unsubscribe": "/{locale}/account/unsubscribe/{reference}",
    "saved_search": "/{locale}/account/searches/{reference}",
    "claim": "/{locale}/my/claim",
    "listing": "/{locale}/listings/{reference}",
    "my_listing": "/{locale}/my/listings/{reference}",
    "case": "/{locale}/my/matches/{reference}",
    "talk": "/{locale}/talks/{reference}/",
    "talk_nda": "/{locale}/talks/{reference}/agreement",
    "talk_meetings": "/{locale}/talks/{reference}/meetings",
    "desk_match": "/{locale}/desk/matches/{reference}",
    "desk_matches": "/{locale}/desk/matches/",
    "desk": "/{locale}/desk/",
    "translations": "/{locale}/desk/translations/",
}


def page_path(name: str, locale: str, reference: str = "") -> str:
    """Return the path of a page in the reader's language."""
    return PAGES[name].format(locale=locale, reference=reference)


def page_address(settings: Settings, name: str, locale: str, reference: str = "") -> str:
    """Return the full address of a page in the reader's language."""
    return settings.public_url + page_path(name, locale, reference)
