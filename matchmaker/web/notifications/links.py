"""Signed links of mails: they work without signing in, and opening one changes nothing."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.extensions import csrf, db
from matchmaker.models import User
from matchmaker.queries.mail_addresses import address_hash
from matchmaker.queries.notifications import person_of_mail_key
from matchmaker.services import bounces, notifications
from matchmaker.services.mail_links import LinkError, read_address, read_unsubscribe
from matchmaker.web.commit import commit
from matchmaker.web.permissions import public

blueprint = Blueprint("mail_links", __name__, url_prefix="/<locale:locale>/account")


@blueprint.route("/unsubscribe/<token>", methods=["GET", "POST"])
@public
def unsubscribe(token: str) -> ResponseReturnValue:
    """Stop the mails of one kind: a page with a button, and what that button and mail programs
    post to."""
    try:
        mail_key, kind = read_unsubscribe(_secret(), token)
    except LinkError as error:
        return _useless(error)
    person = person_of_mail_key(db.session, mail_key)
    if person is None:
        return _useless(LinkError(expired=True))
    done = request.method == "POST"
    if done:
        notifications.unsubscribe(db.session, person, kind, now=utc_now())
        commit()
    return render_template("notifications/unsubscribe.html", kind=kind, done=done)


csrf.exempt(unsubscribe)  # RFC 8058: mail programs post here; the signature says who may


@blueprint.route("/address/<token>", methods=["GET", "POST"])
@public
def address(token: str) -> ResponseReturnValue:
    """Confirm an address from which mails came back."""
    try:
        mail_key, hashed = read_address(_secret(), token)
    except LinkError as error:
        return _useless(error)
    person = person_of_mail_key(db.session, mail_key)
    if person is None or address_hash(person.email) != hashed:
        return _useless(LinkError(expired=True))
    done = request.method == "POST"
    if done:
        _clear(person)
    return render_template("notifications/address.html", done=done)


def _clear(person: User) -> None:
    bounces.clear(db.session, person.email, now=utc_now())
    commit()


def _secret() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.secret_key


def _useless(error: LinkError) -> ResponseReturnValue:
    status = 410 if error.expired else 404
    return render_template("notifications/useless_link.html", expired=error.expired), status
