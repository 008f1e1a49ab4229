"""What waits for a centre and for each of its people, how much, and for how long."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matchmaker.domain.clock import utc_now
from matchmaker.domain.match_states import RUNNING
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import MatchState, Side, Wait
from matchmaker.extensions import db
from matchmaker.queries.centres import centres_by_id
from matchmaker.queries.desk import AGES, PAGE_SIZE, Desk, DeskFilter, people_on
from matchmaker.queries.matches import centre_names
from matchmaker.web.desk.forms import (
    EVERYTHING,
    ME,
    NOBODY,
    DeskFilterForm,
    age_label,
    kept_filters,
)
from matchmaker.web.forms import MAX_DIGITS
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("desk", __name__, url_prefix="/<locale:locale>/desk")
RUNNING_STATES = tuple(state for state in MatchState if state in RUNNING)


@blueprint.get("/")
@requires(Permission.MATCH_CENTRE_REVIEW)
def index() -> ResponseReturnValue:
    """My desk: what waits for my centre and for me, what has waited longest first."""
    actor = current_actor()
    desk = Desk(db.session, actor, now=utc_now())
    centres = centres_by_id(db.session, desk.centre_ids)
    names = centre_names(db.session, actor.locale)
    people = people_on(db.session, desk.centre_ids)
    filters = DeskFilterForm(request.args)
    filters.fill(people, {centre.code: names[centre.id] for centre in centres})
    g.pop("form", None)
    wanted = filters.wanted(actor.user_id, people, {c.code: c.id for c in centres})
    number = page_number(request.args.get("page", ""))
    found = desk.page(wanted, number=number)
    kept = kept_filters(filters, request.args)
    all_counts, my_counts = desk.counts()
    return render_template(
        "desk/index.html",
        filters=filters,
        kept=kept,
        page=found,
        number=number,
        pages=max(1, -(-found.total // PAGE_SIZE)),
        waits=tuple(Wait),
        all_counts=all_counts,
        my_counts=my_counts,
        late={
            "": desk.count(DeskFilter(everything=True, overdue=True)),
            ME: desk.count(DeskFilter(everything=True, overdue=True, person_id=actor.user_id)),
        },
        reminded={
            "": desk.count(DeskFilter(reminded=True)),
            ME: desk.count(DeskFilter(reminded=True, person_id=actor.user_id)),
        },
        centres=names,
        sides=tuple(Side),
    )


def page_number(text: str) -> int:
    """Return the number of the page that an address names, 1 for anything odd."""
    return max(1, int(text)) if text.isdecimal() and len(text) < MAX_DIGITS else 1


@blueprint.get("/workload")
@requires(Permission.CENTRE_OWN_LEAD)
def workload() -> ResponseReturnValue:
    """How much each person and each centre has, and how long it has been where it is."""
    actor = current_actor()
    now = utc_now()
    desk = Desk(db.session, actor, now=now)
    names = centre_names(db.session, actor.locale)
    people = [
        (person.name, person.email, DeskFilter(everything=True, person_id=person.id))
        for person in people_on(db.session, desk.centre_ids)
    ]
    nobody = ("", NOBODY, DeskFilter(everything=True, nobody=True))
    centres = centres_by_id(db.session, desk.centre_ids)
    return render_template(
        "desk/workload.html",
        now=now,
        states=RUNNING_STATES,
        people=[(name, key, desk.load(wanted)) for name, key, wanted in (*people, nobody)],
        centres=[
            (names[one.id], one.code, desk.load(DeskFilter(everything=True, centre_id=one.id)))
            for one in centres
        ],
        ages={age: age_label(age) for age in AGES},
        by_age=desk.ages(DeskFilter(everything=True)),
        link=_link,
    )


def _link(**narrowed: Any) -> str:
    """The address of the desk with all that runs, narrowed down."""
    return url_for(".index", wait=EVERYTHING, **narrowed)
