"""What auditors see of matches: states, decisions, checks and the trail; nothing confidential."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from matchmaker.domain.clock import utc_now
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import Side
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.queries import matches as find
from matchmaker.queries.match_gate import class_of, gate_of
from matchmaker.queries.sectors import sector_choices
from matchmaker.web.matches.forms import QueueForm
from matchmaker.web.matches.reviewing import story
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("match_audit", __name__, url_prefix="/<locale:locale>/audit/matches")


@blueprint.get("/")
@requires(Permission.MATCH_AUDIT_READ)
def queue() -> ResponseReturnValue:
    """All matches, with their states."""
    filters = QueueForm(request.args)
    filters.fill(sector_choices(db.session, current_locale()))
    g.pop("form", None)
    found = find.queue(
        db.session, current_actor(), filters.wanted(), after=request.args.get("after", "")
    )
    kept = {key: value for key, value in request.args.items() if key != "after" and value}
    return render_template(
        "matches/audit_queue.html",
        filters=filters,
        page=found,
        kept=kept,
        centres=find.centre_names(db.session, current_locale()),
    )


@blueprint.get("/<reference>")
@requires(Permission.MATCH_AUDIT_READ)
def review(reference: str) -> ResponseReturnValue:
    """One match: who decided what, when, and every entry of its trail."""
    actor = current_actor()
    match = find.get_match(db.session, actor, reference)
    centres = find.centre_names(db.session, actor.locale)
    return render_template(
        "matches/audit.html",
        match=match,
        sides=tuple(Side),
        titles={
            Side.OFFER: find.title_of(match.offer_revision, actor.locale),
            Side.NEED: find.title_of(match.need_revision, actor.locale),
        },
        centres=centres,
        gate=gate_of(match, now=utc_now()),
        control_class=class_of(match),
        history=story(match, centres, notes=False),
    )
