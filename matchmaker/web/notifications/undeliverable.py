"""The administrator's page of addresses that mails do not reach."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from matchmaker.domain.clock import utc_now
from matchmaker.domain.notifications import MOST_BOUNCES
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.queries.undeliverable_mail import KEPT_FOR, undeliverable_mail
from matchmaker.services import undeliverable_mail as service
from matchmaker.web.commit import commit
from matchmaker.web.permissions import current_actor, requires

PAGE_SIZE: Final = 50
blueprint = Blueprint(
    "undeliverable", __name__, url_prefix="/<locale:locale>/administration/undeliverable-mail"
)


@blueprint.get("/")
@requires(Permission.USER_ANY_MANAGE)
def index() -> ResponseReturnValue:
    """Which addresses, since when, how often, and what the mail servers say."""
    found = undeliverable_mail(db.session, current_actor(), now=utc_now())
    pages = max(1, -(-len(found) // PAGE_SIZE))
    wanted = request.args.get("page", "")
    number = min(max(int(wanted), 1), pages) if wanted.isdecimal() and len(wanted) < 6 else 1
    return render_template(
        "notifications/undeliverable.html",
        rows=found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        total=len(found),
        number=number,
        pages=pages,
        most=MOST_BOUNCES,
        days=KEPT_FOR.days,
    )


@blueprint.post("/<address>/again")
@requires(Permission.USER_ANY_MANAGE)
def again(address: str) -> ResponseReturnValue:
    """Send once more what was given up for an address."""
    count = service.try_again(db.session, current_actor(), address, now=utc_now())
    commit()
    flash(
        ngettext("%(num)s mail is tried again.", "%(num)s mails are tried again.", count), "success"
    )
    return redirect(url_for(".index"))


@blueprint.post("/<address>/works")
@requires(Permission.USER_ANY_MANAGE)
def works(address: str) -> ResponseReturnValue:
    """Take an address for one that works again."""
    service.works_again(db.session, current_actor(), address, now=utc_now())
    commit()
    flash(_("The address gets mails again."), "success")
    return redirect(url_for(".index"))
