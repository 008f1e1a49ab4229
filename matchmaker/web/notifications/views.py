"""What a person was told, read and unread; what they want by mail."""

from __future__ import annotations

import itertools
from datetime import date, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import to_user_timezone

from matchmaker.config import Settings
from matchmaker.database import write_transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.i18n.notifications import Line, line, lines
from matchmaker.i18n.pages import page_path
from matchmaker.models import Notification, Organisation, User
from matchmaker.queries import notifications as find
from matchmaker.queries.mail_addresses import comes_back_from, is_undeliverable
from matchmaker.services import notifications
from matchmaker.services.mail import mail_user
from matchmaker.services.mail_links import address_token
from matchmaker.web.commit import commit
from matchmaker.web.notifications.forms import PreferencesForm, fill, frequencies_of
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint(
    "notifications", __name__, url_prefix="/<locale:locale>/account/notifications"
)


@blueprint.app_template_global()
def unread_notifications() -> int:
    """Return how much the person has not read, for the bell."""
    return find.unread_count(db.session, current_actor())


@blueprint.app_template_global()
def mail_comes_back(organisation: Organisation) -> bool:
    """Tell staff whether no mail reaches an organisation."""
    return comes_back_from(db.session, organisation)


@blueprint.get("/")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def index() -> ResponseReturnValue:
    """What the person was told, day by day, the newest first."""
    actor = current_actor()
    total = find.count(db.session, actor)
    pages = max(1, -(-total // find.PAGE_SIZE))
    wanted = request.args.get("page", "")
    number = min(max(int(wanted), 1), pages) if wanted.isdecimal() and len(wanted) < 6 else 1
    rows = find.own_notifications(db.session, actor, page=number)
    return render_template(
        "notifications/index.html",
        days=_by_day(lines(db.session, actor, rows, current_locale())),
        unread=find.unread_count(db.session, actor),
        page=number,
        pages=pages,
        undeliverable=is_undeliverable(db.session, _person().email),
        email=_person().email,
    )


def _by_day(
    told: list[tuple[Notification, Line]],
) -> list[tuple[date, list[tuple[Notification, Line]]]]:
    """Group what was told by the reader's own days."""

    def day(entry: tuple[Notification, Line]) -> date:
        local: datetime = to_user_timezone(entry[0].at)
        return local.date()

    return [(key, list(group)) for key, group in itertools.groupby(told, day)]


def _person() -> User:
    return db.session.get_one(User, current_actor().user_id)


@blueprint.get("/<token>")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def follow(token: str) -> ResponseReturnValue:
    """Go where a notification leads; it is read then."""
    actor = current_actor()
    found = find.own_notification(db.session, actor, token)
    told = line(db.session, actor, found.code, found.data, current_locale())
    target = page_path(told.page, current_locale(), told.reference)
    # A transaction of its own: this request began in one that only reads.
    db.session.rollback()
    with write_transactions():
        notifications.mark_read(find.own_notification(db.session, actor, token), now=utc_now())
        commit()
    return redirect(target)


@blueprint.post("/<token>/read")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def read(token: str) -> ResponseReturnValue:
    """Mark one as read."""
    found = find.own_notification(db.session, current_actor(), token)
    notifications.mark_read(found, now=utc_now())
    commit()
    return redirect(url_for(".index", page=request.form.get("page") or None))


@blueprint.post("/read")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    notifications.mark_all_read(db.session, current_actor(), now=utc_now())
    commit()
    flash(_("All are marked as read."), "success")
    return redirect(url_for(".index"))


@blueprint.route("/preferences", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN_MANAGE)
def preferences() -> ResponseReturnValue:
    """How often the person wants which mails, in which language and time zone."""
    person, now = _person(), utc_now()
    form = PreferencesForm()
    kinds = find.kinds_of(current_actor())
    chosen = find.own_frequencies(db.session, person.id)
    fill(form, person, kinds, chosen, now=now, sent=request.method == "POST")
    if form.validate_on_submit():
        person.locale = form.locale.data
        notifications.set_time_zone(db.session, person, form.time_zone.data, now=now)
        notifications.set_frequencies(db.session, person, frequencies_of(form), now=now)
        commit()
        flash(_("Saved."), "success")
        return redirect(url_for(".preferences"))
    return render_template(
        "notifications/preferences.html",
        form=form,
        kinds=kinds,
        undeliverable=is_undeliverable(db.session, person.email),
        email=person.email,
    )


@blueprint.post("/quiet")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def quiet() -> ResponseReturnValue:
    """Send no more notifications by mail."""
    notifications.quiet_all(db.session, _person(), now=utc_now())
    commit()
    flash(_("You get no more of these mails. All of it stays here on the site."), "success")
    return redirect(url_for(".preferences"))


@blueprint.post("/address")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def check_address() -> ResponseReturnValue:
    """Send a link that confirms the address from which mails came back; once in an hour."""
    person, now = _person(), utc_now()
    if not is_undeliverable(db.session, person.email):
        raise DomainError(ErrorCode.NOTHING_WAITS)
    settings: Settings = current_app.config["SETTINGS"]
    token = address_token(settings.secret_key, person)
    mail_user(
        db.session, person, code="account_address", dedupe_key=f"address:{now:%Y-%m-%dT%H}",
        now=now, link=url_for("mail_links.address", token=token, _external=True),
    )  # fmt: skip
    commit()
    flash(_("We have sent a mail to %(email)s. Open the link in it.", email=person.email), "info")
    return redirect(url_for(".index"))
