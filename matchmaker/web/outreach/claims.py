"""Somebody takes over the organisation that staff entered for them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.queries.organisations import organisation_name
from matchmaker.services import organisation_accounts
from matchmaker.web.commit import commit
from matchmaker.web.outreach.forms import ClaimForm
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("claims", __name__, url_prefix="/<locale:locale>/my/claim")


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN_MANAGE)
def claim() -> ResponseReturnValue:
    """Enter the code of a letter and become the owner of its organisation."""
    form = ClaimForm()
    if form.validate_on_submit():
        try:
            organisation = organisation_accounts.claim(
                db.session, current_actor(), form.code.data or "", now=utc_now()
            )
        except DomainError as error:
            commit()  # the try counts
            form.add_error(error)
        else:
            name = organisation_name(organisation, current_locale()).name
            commit()
            flash(_("You now act for %(organisation)s.", organisation=name), "success")
            return redirect(url_for("accounts.overview"))
    return render_template("outreach/claim.html", form=form)
