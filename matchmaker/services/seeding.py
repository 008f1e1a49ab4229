"""Sectors, centres, and the invented organisations and listings of the demonstration.

Everything may be loaded again and again: what is there stays as it is.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError
from matchmaker.domain.languages import BRIDGE, LOCALES
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.permissions import Role as ActorRole
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import (
    AppointmentRole,
    Channel,
    ControlClass,
    ListingKind,
    MembershipRole,
    OrganisationSize,
    OrganisationType,
    TextField,
)
from matchmaker.models import (
    Appointment,
    Centre,
    CentreCoverage,
    CentreLanguage,
    CentreName,
    Listing,
    Membership,
    Organisation,
    OrganisationSector,
    OrganisationText,
    OutgoingMail,
    Role,
    Sector,
    SectorIpc,
    SectorName,
    SiteSetting,
    User,
)
from matchmaker.queries.centres import responsible_centre
from matchmaker.queries.export_control import catalogue_in_force
from matchmaker.services import listings, moderation
from matchmaker.services.directory_seeds import OLDER_SAMPLE
from matchmaker.services.imports import Outcome, import_records

Row = Mapping[str, Any]
Progress = Callable[[int, int], None]

CATALOGUE: Final = "demonstration"
_KEYS: Final = "organisation_keys"
_OLDEST: Final = timedelta(days=600)
_SINCE: Final = timedelta(days=150)
_LEFT_TO_MODERATE: Final = 15
"""Of the listings without a twin in the list of true pairs, one in so many waits for staff."""

_LEFT_TO_REVIEW: Final = 8
"""Of the offers of a country with a catalogue, one in so many was checked by an older version."""


class SeedError(ValueError):
    """A seed file that cannot be loaded; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Login:
    """A demonstration account: `key` is an organisation's, a centre's, or a role of the site."""

    name: str
    email: str
    who: str
    key: str
    locale: str


LOGINS: Final[tuple[Login, ...]] = (
    Login("enterprise", "enterprise@demo.example.org", "an enterprise in Thailand",
          "th-sugar-mill", "th"),
    Login("institute", "institute@demo.example.org", "an institute in Guangxi",
          "cn-sugar-institute", "zh-Hans"),
    Login("nanning", "nanning@demo.example.org", "staff of the head office in Nanning",
          "cn-nanning", "zh-Hans"),
    Login("bangkok", "bangkok@demo.example.org", "staff of the centre in Bangkok",
          "th-bangkok", "th"),
    Login("administrator", "administrator@demo.example.org", "an administrator",
          "administrator", "en"),
    Login("auditor", "auditor@demo.example.org", "an auditor", "auditor", "en"),
)  # fmt: skip
"""Who signs in to the demonstration; `key` names where they belong."""


def read_json(path: Path) -> list[Row]:
    """Return the rows of a JSON list. Raises SeedError."""
    try:
        rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SeedError(f"{path}: {error}") from error
    return rows


def read_lines(path: Path) -> list[Row]:
    """Return the rows of a JSON-lines file. Raises SeedError."""
    rows: list[Row] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise SeedError(f"{path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise SeedError(f"{path}, line {number}: {error}") from error
    return rows


def load_sectors(session: Session, rows: Sequence[Row]) -> int:
    """Write the sectors that are missing, with names and patent classes; return how many."""
    known = set(session.scalars(select(Sector.code)))
    new = [(place, row) for place, row in enumerate(rows) if row["code"] not in known]
    for level in (None, "child"):
        for place, row in new:
            if (row["parent"] is None) is (level is None):
                session.add(
                    Sector(
                        code=row["code"],
                        parent_code=row["parent"],
                        position=place,
                        names=[SectorName(language=k, name=v) for k, v in row["names"].items()],
                        ipc_classes=[SectorIpc(ipc=ipc) for ipc in dict.fromkeys(row["ipc"])],
                    )
                )
        session.flush()
    return len(new)


def load_centres(session: Session, rows: Sequence[Row]) -> int:
    """Write the centres that are missing; `covers` holds countries and provinces."""
    known = set(session.scalars(select(Centre.code)))
    new = [row for row in rows if row["key"] not in known]
    for row in new:
        session.add(
            Centre(
                code=row["key"],
                country=row["country"],
                head_office=row["head_office"],
                time_zone=row["time_zone"],
                email=row.get("email"),
                phone=row.get("phone"),
                names=[CentreName(language=k, name=v) for k, v in row["names"].items()],
                languages=[CentreLanguage(language=code) for code in row["languages_read"]],
                coverage=[
                    CentreCoverage(country=place[:2], province=place if len(place) > 2 else "")
                    for place in row["covers"]
                ],
            )
        )
    session.flush()
    return len(new)


def load_organisations(
    session: Session, rows: Sequence[Row], *, password: str, now: datetime
) -> int:
    """Write the invented organisations that are missing, verified, each with its person.

    `password` is the hash that all their accounts share.
    """
    keys = organisation_keys(session)
    new = [row for row in rows if row["key"] not in keys]
    since = now - _OLDEST
    for row in new:
        organisation = _organisation(session, row, since)
        session.add(organisation)
        session.flush()
        keys[row["key"]] = organisation.id
        if row["has_account"]:
            person = new_user(
                session,
                email=f"{row['key']}@demo.example.org",
                name=row["contact_name"],
                locale=row["language"],
                password=password,
                now=since,
            )
            _join(session, person, organisation, since)
    _save_keys(session, keys)
    return len(new)


def load_logins(session: Session, *, password: str, now: datetime) -> None:
    """Write the accounts of LOGINS where they are missing: members, staff, roles of the site."""
    keys = organisation_keys(session)
    for login in LOGINS:
        if session.scalar(select(User).where(User.email == login.email)) is not None:
            continue
        person = new_user(
            session,
            email=login.email,
            name=login.who[0].upper() + login.who[1:],
            locale=login.locale,
            password=password,
            now=now,
        )
        centre = session.scalar(select(Centre).where(Centre.code == login.key))
        if login.key in keys:
            _join(session, person, session.get_one(Organisation, keys[login.key]), now)
        elif centre is not None:
            session.add(Appointment(user=person, centre=centre, role=AppointmentRole.LEAD))
        else:
            person.roles.append(site_role(session, login.key))
    session.flush()


def site_role(session: Session, name: str) -> Role:
    """Return the role of the whole site, `administrator` or `auditor`, written if missing."""
    if name not in (ActorRole.ADMINISTRATOR, ActorRole.AUDITOR):
        raise ValueError(name)
    role = session.scalar(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name)
        session.add(role)
    return role


def load_listings(
    session: Session,
    rows: Sequence[Row],
    *,
    paired: frozenset[str],
    now: datetime,
    place: int = 0,
    first_days: Mapping[str, int] | None = None,
) -> list[str]:
    """Write listings through the same verbs as the pages and publish them; return the refused.

    Their dates are spread over the last months, by `place`, the number of rows before these.
    `paired` are the keys of listings that must be public; of the others some wait for staff.
    `first_days` says how many days ago some must have been public. Mails about them are not sent.
    """
    keys = organisation_keys(session)
    last_mail = session.scalar(select(func.max(OutgoingMail.id))) or 0
    refused: list[str] = []
    for number, row in enumerate(rows, start=place):
        organisation_id = keys.get(row["organisation"])
        if organisation_id is None:
            refused.append(f"{row['key']}: no organisation {row['organisation']}")
            continue
        organisation = session.get_one(Organisation, organisation_id)
        if _known(session, organisation, row["key"]):
            continue
        days = (first_days or {}).get(row["key"], 0)
        at = now - _SINCE + timedelta(hours=(number * 37) % (24 * 140), minutes=number % 60)
        at = min(at, now - timedelta(days=days, hours=36))
        waits = row["key"] not in paired and number % _LEFT_TO_MODERATE == 7
        try:
            with session.begin_nested():
                _listing(session, organisation, row, at, publish=not waits)
        except DomainError as error:
            refused.append(f"{row['key']}: {error.code} {error.field or ''} {error.data or ''}")
    session.flush()
    session.execute(delete(OutgoingMail).where(OutgoingMail.id > last_mail))
    return refused


def _listing(
    session: Session, organisation: Organisation, row: Row, at: datetime, *, publish: bool
) -> None:
    record = {k: v for k, v in row.items() if k not in ("translations", "key", "organisation")}
    record["own_number"] = row["key"]
    (report,) = import_records(
        session, SYSTEM, organisation, [(1, record)], trust_language=True, now=at
    )
    if report.outcome is Outcome.REFUSED:
        raise report.errors[0]
    listing = session.scalars(select(Listing).where(Listing.reference == report.reference)).one()
    for version in row.get("translations", ()):
        texts = {TextField(k): v for k, v in version.items() if k in set(TextField)}
        listings.add_language(
            session, SYSTEM, listing, version["language"], texts, confirmed=True, now=at
        )
    listings.submit(session, SYSTEM, listing, now=at)
    if not publish:
        return
    at += timedelta(hours=30)
    if listing.kind is ListingKind.OFFER:
        moderation.check_export(
            session, SYSTEM, listing,
            control_class=ControlClass(row.get("control_class", ControlClass.FREE)),
            catalogue_version=_catalogue_version(session, organisation, row["key"]), now=at,
        )  # fmt: skip
    moderation.publish(session, SYSTEM, listing, now=at)


def _catalogue_version(session: Session, organisation: Organisation, key: str) -> str:
    """Most offers were checked by the sample in force, some by the one before."""
    held = catalogue_in_force(session, organisation.country)
    if held is None:
        return CATALOGUE
    old = sum(map(ord, key)) % _LEFT_TO_REVIEW == 0
    return OLDER_SAMPLE if old else held.version


def _known(session: Session, organisation: Organisation, key: str) -> bool:
    found = session.scalar(
        select(Listing.id).where(
            Listing.organisation_id == organisation.id, Listing.own_number == key
        )
    )
    return found is not None


def _organisation(session: Session, row: Row, since: datetime) -> Organisation:
    descriptions = row["description"]
    return Organisation(
        reference=new_reference(Prefix.ORGANISATION),
        organisation_type=OrganisationType(row["organisation_type"]),
        size=OrganisationSize(row["size"]),
        country=row["country"],
        province=row["province"],
        city=row["city"],
        website=row["website"],
        original_language=row["language"],
        verified_at=since,
        centre=responsible_centre(session, row["country"], row["province"]),
        contact_name=row["contact_name"],
        phone=row["phone"],
        channel=Channel(row["channel"]) if row["channel"] else None,
        contact_language=row["language"],
        consent_at=since,
        consent_note="Invented for the demonstration.",
        created_at=since,
        texts=[
            OrganisationText(language=code, name=name, description=descriptions.get(code, ""))
            for code, name in row["names"].items()
        ],
        sectors=[OrganisationSector(sector_code=code) for code in dict.fromkeys(row["sectors"])],
    )


def new_user(
    session: Session,
    *,
    email: str,
    name: str,
    locale: str,
    password: str | None,
    now: datetime,
) -> User:
    """Write a confirmed account; `password` is a hash, None lets the person choose by mail."""
    person = User(
        email=email.lower(),
        password=password,
        fs_uniquifier=secrets.token_hex(16),
        confirmed_at=now,
        name=name,
        locale=locale if locale in LOCALES else BRIDGE,
        created_at=now,
    )
    session.add(person)
    session.flush()
    return person


def _join(session: Session, person: User, organisation: Organisation, at: datetime) -> None:
    session.add(
        Membership(
            user=person,
            organisation=organisation,
            role=MembershipRole.OWNER,
            requested_at=at,
            accepted_at=at,
        )
    )


def organisation_keys(session: Session) -> dict[str, int]:
    """Return the ids of the invented organisations by the key that their file gives them."""
    row = session.get(SiteSetting, _KEYS)
    return dict(row.value) if row is not None else {}


def _save_keys(session: Session, keys: dict[str, int]) -> None:
    row = session.get(SiteSetting, _KEYS)
    if row is None:
        row = SiteSetting(key=_KEYS, value={})
        session.add(row)
    row.value = keys
    session.flush()


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Return the pairs of a table (need, offer) of own numbers; a heading line is skipped."""
    try:
        lines: Iterable[str] = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SeedError(f"{path}: {error}") from error
    pairs = []
    for line in lines:
        need, _, offer = line.strip().partition("\t")
        if offer and not line.startswith("#") and need not in ("need", "need_key"):
            pairs.append((need, offer.split("\t")[0]))
    return pairs
