"""The text of a mail or letter, made when it is sent or shown, in its reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, Final, Protocol

from flask import current_app, render_template
from flask_babel import force_locale
from jinja2 import Template
from sqlalchemy.orm import Session

from matchmaker.config import Settings
from matchmaker.domain.notifications import CODES, DIGEST
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import CodeField, Side, TextField
from matchmaker.i18n.follow_up_answers import offered_answers
from matchmaker.i18n.labels import label
from matchmaker.i18n.locales import GETTEXT_NAME, site_locale
from matchmaker.i18n.notifications import digest, line
from matchmaker.i18n.pages import page_address
from matchmaker.i18n.times import moments
from matchmaker.queries import mail_facts

_NEEDS_ACCOUNT: Final = frozenset({"account", "my_listing", "case"})
"""Pages that whoever gets a letter cannot open: the letter names its centre in their place."""


class Message(Protocol):
    """What is to be told: the code names the template, the data what it needs."""

    @property
    def code(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def name(self) -> str | None: ...
    @property
    def data(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person without an account is told by phone, chat or post."""

    code: str
    locale: str
    name: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    answer_to: str = ""
    """Names, numbers and addresses under which the centre takes the answer, one a line."""


def mail_text(
    session: Session, mail: Message, settings: Settings, *, unsubscribe: str = ""
) -> tuple[str, str]:
    """Return subject and body of a mail in its reader's language; `unsubscribe` is the address that
    stops mails of its kind.

    Raises jinja2.TemplateNotFound for a code without a template.
    """
    locale = site_locale(mail.locale) or "en"

    def page(name: str, reference: str = "") -> str:
        return page_address(settings, name, locale, reference)

    return _text(session, mail, settings, page, letter=False, unsubscribe=unsubscribe)


def letter_text(session: Session, letter: Letter, settings: Settings) -> tuple[str, str]:
    """Return subject and body of a letter: the mail's, with the centre's address where the mail
    leads to a page that needs an account."""
    locale = site_locale(letter.locale) or "en"

    def page(name: str, reference: str = "") -> str:
        if name in _NEEDS_ACCOUNT:
            return letter.answer_to
        return page_address(settings, name, locale, reference)

    return _text(session, letter, settings, page, letter=True)


def mail_codes() -> list[str]:
    """Return the codes for which there is a template."""
    names = current_app.jinja_env.list_templates(
        filter_func=lambda name: name.startswith("mail/") and name.endswith(".txt")
    )
    codes = [name.removeprefix("mail/").removesuffix(".txt") for name in names]
    return sorted(code for code in codes if code != "frame" and not code.startswith("_"))


def _text(
    session: Session,
    mail: Message,
    settings: Settings,
    page: Callable[..., str],
    *,
    letter: bool,
    unsubscribe: str = "",
) -> tuple[str, str]:
    locale = site_locale(mail.locale) or "en"
    with force_locale(GETTEXT_NAME[locale]):
        text = render_template(
            _templates(mail.code),
            **_facts(session, mail, locale),
            answers=offered_answers(settings, locale, mail.data)
            if mail.code == "match_follow_up"
            else (),
            site_address=settings.public_url,
            support_email=settings.support_email,
            page=page,
            letter=letter,
            summary=mail.code == DIGEST,
            unsubscribe=unsubscribe,
        )
    subject, _, body = text.lstrip().partition("\n")
    return " ".join(subject.split()), _tidy(body)


def _templates(code: str) -> list[str | Template]:
    """A mail has a template of its own; a notification without one is its sentence and a link."""
    own = f"mail/{code}.txt"
    return [own, "mail/notification.txt"] if code in CODES else [own]


def _facts(session: Session, mail: Message, locale: str) -> dict[str, Any]:
    """What the templates read: the data of the mail, and what it names, as it is now."""
    facts: dict[str, Any] = dict(mail.data)
    reference = str(facts.get("reference", ""))
    facts["name"] = mail.name or facts.get("name")
    for name in ("valid_until", "first_day", "last_day"):
        facts[name] = _date(facts.get(name))
    if mail.code.startswith(("listing_", "translation_")):
        title = mail_facts.listing_title(session, reference, locale)
        facts["title"] = title or facts.get("title") or reference
        facts["reasons"] = [
            {"label": _field_label(one["field"]), "reason": one["reason"]}
            for one in facts.get("reasons", ())
        ]
    if mail.code.startswith(("organisation_", "membership_", "question_")):
        name = mail_facts.organisation_name(session, reference, locale)
        facts["organisation"] = name or reference
    if mail.code.startswith("match_"):
        facts["match"] = mail_facts.match_facts(session, reference, Side(facts["side"]), locale)
    if facts.get("meeting"):
        meeting = mail_facts.meeting_facts(session, str(facts["meeting"]))
        zones = [str(facts.get("time_zone") or meeting.zones[0]), *meeting.zones]
        facts |= {"meeting": meeting, "times": [moments(time, zones) for time in meeting.times]}
    if mail.code == DIGEST:
        ids, at = facts["notifications"], datetime.fromisoformat(facts["at"])
        facts["digest"] = digest(session, ids, locale, at=at)
    if mail.code in CODES:
        if mail.code == "saved_search":
            references = facts.get("listings", ())
            facts["found"] = mail_facts.public_listings(session, references, locale)
        facts["line"] = partial(line, session, SYSTEM, mail.code, mail.data, locale)
    if facts.get("centre"):
        facts["asked_by"] = mail_facts.centre_name(session, str(facts["centre"]), locale)
    if facts.get("to"):
        facts["handed_to"] = mail_facts.centre_name(session, str(facts["to"]), locale)
    return facts


def _field_label(code: str) -> str:
    """The name of a field that staff want changed; '' for the whole listing or other details."""
    for fields in (TextField, CodeField):
        if code in set(fields):
            return str(label(fields(code)))
    return ""


def _date(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None


def _tidy(body: str) -> str:
    """Never more than one empty line in a row, none at the ends."""
    lines = [line.rstrip() for line in body.strip().splitlines()]
    kept = [line for place, line in enumerate(lines) if line or lines[place - 1]]
    return "\n".join(kept) + "\n"
