"""What staff say to a contact person, and how they reach them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from flask import current_app
from flask_babel import LazyString, force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from matchmaker.config import Settings
from matchmaker.domain.clock import local_date
from matchmaker.domain.languages import BRIDGE
from matchmaker.domain.vocabulary import Channel
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.formats import long_date
from matchmaker.i18n.labels import label
from matchmaker.i18n.locales import GETTEXT_NAME, site_locale
from matchmaker.i18n.mail_texts import Letter, letter_text
from matchmaker.models import Centre, Organisation, OutreachTask
from matchmaker.queries import mail_facts
from matchmaker.queries.organisations import organisation_name

_LONGEST_LINK = 1800
"""Characters of a text that is put into a link: more is cut off by some phones."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text to be said or sent, in one language."""

    language: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to reach a contact person; without a link it is only shown."""

    channel: LazyString
    address: str
    url: str | None
    preferred: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter to be printed: everything on it is in the contact person's language."""

    words: Words
    sender: list[str]
    addressee: list[str]
    date: str
    reference: str


def task_words(session: Session, task: OutreachTask, language: str) -> Words:
    """Return what a task is about, in a language."""
    data = {name: value for name, value in task.data.items() if name != "code"}
    return _words(session, task.organisation, str(task.data["code"]), data, language)


def claim_words(session: Session, organisation: Organisation, code: str) -> Words:
    """Return the letter that brings a claim code, in the contact person's language."""
    expires = organisation.claim_expires_at
    last = local_date(expires, organisation.centre.time_zone) if expires else None
    data: dict[str, object] = {
        "reference": organisation.reference,
        "code": code,
        "valid_until": last.isoformat() if last else None,
    }
    return _words(session, organisation, "organisation_claim", data, organisation.contact_language)


def sheet(session: Session, organisation: Organisation, words: Words, now: datetime) -> Sheet:
    """Return a letter with its head, from the organisation's centre."""
    centre = organisation.centre
    with force_locale(GETTEXT_NAME[words.language]):
        return Sheet(
            words=words,
            sender=_centre_lines(session, centre, words.language),
            addressee=_addressee(organisation, words.language),
            date=long_date(local_date(now, centre.time_zone)),
            reference=_("Our reference: %(reference)s", reference=organisation.reference),
        )


def ways(organisation: Organisation, words: Words | None = None) -> list[Reach]:
    """Return how the contact person can be reached, the way that they chose first."""
    phone, handle = organisation.phone, organisation.channel_handle
    text = quote(words.body[:_LONGEST_LINK]) if words else ""
    subject = quote(words.subject) if words else ""
    found: list[tuple[Channel, str, str | None]] = []
    if organisation.contact_email:
        address = organisation.contact_email
        link = f"mailto:{quote(address, safe='@')}?subject={subject}&body={text}"
        found.append((Channel.EMAIL, address, link))
    if phone:
        found.append((Channel.PHONE, phone, f"tel:{phone}"))
        if organisation.channel is Channel.WHATSAPP:
            link = f"https://wa.me/{phone.lstrip('+')}?text={text}"
            found.append((Channel.WHATSAPP, phone, link))
    if organisation.channel is Channel.WECHAT:
        found.append((Channel.WECHAT, handle or phone or "", None))
    if organisation.channel is Channel.LINE:
        profile = f"https://line.me/R/ti/p/~{quote(handle, safe='')}" if handle else None
        found.append((Channel.LINE, handle or phone or "", profile))
    found.sort(key=lambda way: way[0] is not organisation.channel)
    return [
        Reach(label(channel), address, url, channel is organisation.channel)
        for channel, address, url in found
    ]


def _words(
    session: Session, organisation: Organisation, code: str, data: dict[str, object], language: str
) -> Words:
    locale = site_locale(language) or BRIDGE
    settings: Settings = current_app.config["SETTINGS"]
    letter = Letter(
        code=code,
        locale=locale,
        name=organisation.contact_name,
        data=data,
        answer_to="\n".join(_centre_lines(session, organisation.centre, locale)),
    )
    subject, body = letter_text(session, letter, settings)
    return Words(locale, subject, body)


def _centre_lines(session: Session, centre: Centre, locale: str) -> list[str]:
    lines = [
        mail_facts.centre_name(session, centre.code, locale),
        place_name(centre.country, locale),
        centre.phone,
        centre.email,
    ]
    return [line for line in lines if line]


def _addressee(organisation: Organisation, locale: str) -> list[str]:
    lines = [
        organisation.contact_name,
        organisation_name(organisation, locale).name,
        organisation.city,
        place_name(organisation.province, locale) if organisation.province else None,
        place_name(organisation.country, locale),
    ]
    return [line for line in lines if line]
