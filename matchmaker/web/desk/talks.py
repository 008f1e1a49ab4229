"""The talks that a centre looks after, from the introduction on."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import Side
from matchmaker.extensions import db
from matchmaker.queries.centres import centres_by_id
from matchmaker.queries.desk import people_on
from matchmaker.queries.matches import centre_names, get_match
from matchmaker.queries.running_talks import PAGE_SIZE, partner_centres, running_talks
from matchmaker.services import casework
from matchmaker.web.commit import commit
from matchmaker.web.desk.forms import TalkFilterForm, kept_filters
from matchmaker.web.desk.views import blueprint, page_number
from matchmaker.web.permissions import current_actor, requires


@blueprint.get("/talks")
@requires(Permission.MATCH_CENTRE_REVIEW)
def talks() -> ResponseReturnValue:
    """Who talks with whom, where it stands, who wrote last, and what comes next."""
    actor, now = current_actor(), utc_now()
    names = centre_names(db.session, actor.locale)
    own = centres_by_id(db.session, actor.acting_centre_ids)
    partners = partner_centres(db.session, actor)
    people = people_on(db.session, actor.acting_centre_ids)
    filters = TalkFilterForm(request.args)
    filters.fill(people, *({one.code: names[one.id] for one in some} for some in (own, partners)))
    g.pop("form", None)
    ids = ({one.code: one.id for one in some} for some in (own, partners))
    wanted = filters.wanted(actor.user_id, people, *ids)
    number = page_number(request.args.get("page", ""))
    found = running_talks(db.session, actor, wanted, now=now, number=number)
    return render_template(
        "desk/talks.html",
        filters=filters,
        kept=kept_filters(filters, request.args),
        page=found,
        number=number,
        pages=max(1, -(-found.total // PAGE_SIZE)),
        centres=names,
        sides=tuple(Side),
        now=now,
    )


@blueprint.post("/talks/<reference>/remind/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def remind(reference: str, side: str) -> ResponseReturnValue:
    """Remind a party that has not answered for long, once for each silence."""
    actor = current_actor()
    match = get_match(db.session, actor, reference)
    casework.remind_silent(db.session, actor, match, Side(side), now=utc_now())
    commit()
    flash(_("The party is reminded, by mail or by a task for those without an account."), "success")
    return redirect(url_for(".talks", **kept_filters(TalkFilterForm(), request.form)))
