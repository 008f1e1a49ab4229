"""The leads' page on which a centre lets another one decide for it, for a period."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import local_date, utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.queries.centres import (
    active_centres,
    centre_by_code,
    centres_by_id,
    delegation_of,
    delegations_of,
)
from matchmaker.queries.matches import centre_names
from matchmaker.services import delegations
from matchmaker.web.commit import commit
from matchmaker.web.desk.forms import DelegationForm
from matchmaker.web.desk.views import blueprint
from matchmaker.web.permissions import current_actor, requires


@blueprint.route("/delegations", methods=["GET", "POST"])
@requires(Permission.CENTRE_OWN_LEAD)
def delegate() -> ResponseReturnValue:
    """Who decides for the lead's centres, and for whom they decide; and a form for a new period."""
    actor = current_actor()
    names = centre_names(db.session, actor.locale)
    own = {one.code: names[one.id] for one in centres_by_id(db.session, actor.lead_centre_ids)}
    others = {one.code: names[one.id] for one in active_centres(db.session)}
    form = DelegationForm()
    form.fill(own, others)
    if form.validate_on_submit():
        try:
            delegations.delegate(
                db.session, actor,
                centre_by_code(db.session, form.centre.data, field="centre"),
                centre_by_code(db.session, form.to.data, field="to"),
                first_day=form.first_day.data, last_day=form.last_day.data, now=utc_now(),
            )  # fmt: skip
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
        else:
            commit()
            flash(_("The delegation is saved; the other centre gets a mail."), "success")
            return redirect(url_for(".delegate"))
    given, taken = delegations_of(db.session, actor.lead_centre_ids)
    periods = {
        (one.centre_id, one.delegate_id): (
            local_date(one.since, one.centre.time_zone),
            local_date(one.until - timedelta(seconds=1), one.centre.time_zone)
            if one.until
            else None,
        )
        for one in (*given, *taken)
    }
    return render_template(
        "desk/delegations.html", form=form, given=given, taken=taken, periods=periods,
        now=utc_now(), centres=names, one_centre=len(own) == 1,
    )  # fmt: skip


@blueprint.post("/delegations/<centre>/<to>/end")
@requires(Permission.CENTRE_OWN_LEAD)
def end_delegation(centre: str, to: str) -> ResponseReturnValue:
    """End a delegation of one of the lead's centres at once."""
    actor = current_actor()
    delegation = delegation_of(db.session, actor.lead_centre_ids, centre, to)
    delegations.end_delegation(db.session, actor, delegation, now=utc_now())
    commit()
    flash(_("The delegation is ended."), "success")
    return redirect(url_for(".delegate"))
