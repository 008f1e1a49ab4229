"""`matchmaker users`: accounts that the site itself cannot make, such as the first one."""

from __future__ import annotations

import click
from email_validator import EmailNotValidError, validate_email
from flask.cli import with_appcontext
from flask_security.utils import hash_password
from sqlalchemy import select

from matchmaker.cli.console import fail, say, transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.languages import LOCALES
from matchmaker.domain.passwords import MIN_LENGTH, is_guessable
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import AppointmentRole
from matchmaker.models import Appointment, Centre, User
from matchmaker.services import audit, seeding


@click.group("users")
def users_group() -> None:
    """Make accounts."""


@users_group.command("create")
@click.argument("email")
@click.option("--name", prompt=True, help="The person's name.")
@click.option("--locale", type=click.Choice(LOCALES), default="en", show_default=True)
@click.option("--role", type=click.Choice(["administrator", "auditor"]), multiple=True)
@click.option("--centre", help="Code of the centre where the person works.")
@click.option("--lead", is_flag=True, help="The person leads that centre.")
@click.password_option(help="Asked for when it is left out.")
@with_appcontext
def create(  # noqa: PLR0917 - click passes by keyword
    email: str,
    name: str,
    locale: str,
    role: tuple[str, ...],
    centre: str | None,
    password: str,
    *,
    lead: bool,
) -> None:
    """Make a confirmed account for EMAIL."""
    try:
        address = validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise fail(f"{email} is not an e-mail address: {error}") from error
    if len(password) < MIN_LENGTH:
        raise fail(f"The password must have at least {MIN_LENGTH} characters.")
    if is_guessable(password, [name, address]):
        raise fail("This password is too easy to guess.")
    now = utc_now()
    with transactions().write() as session:
        if session.scalar(select(User.id).where(User.email == address)) is not None:
            raise fail(f"There is already an account for {address}.")
        person = seeding.new_user(
            session,
            email=address,
            name=name,
            locale=locale,
            password=hash_password(password),
            now=now,
        )
        person.roles.extend(seeding.site_role(session, each) for each in role)
        if centre is not None:
            found = session.scalar(select(Centre).where(Centre.code == centre))
            if found is None:
                raise fail(f"There is no centre {centre}.")
            rank = AppointmentRole.LEAD if lead else AppointmentRole.STAFF
            session.add(Appointment(user=person, centre=found, role=rank))
        audit.record(session, SYSTEM, audit.AuditAction.USER_REGISTERED, person, now=now)
    say(f"The account {address} is ready.")
