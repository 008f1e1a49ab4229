"""The forms with which two centres share a match: who, by when, another centre, reminders."""

from __future__ import annotations

from matchmaker.domain.match_states import RUNNING
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import MatchState, Side
from matchmaker.extensions import db
from matchmaker.models import Match
from matchmaker.queries import matches as find
from matchmaker.queries.centres import active_centres
from matchmaker.queries.match_waits import centre_waits
from matchmaker.services.casework import REMINDABLE
from matchmaker.services.match_sides import staff_sides
from matchmaker.web.matches.forms import AssignForm, DueForm, HandOverForm, MatchForm


def of_own_side(actor: Actor, match: Match, side: Side) -> dict[str, MatchForm]:
    """Return the forms of a side for which the actor decides, by the name in their address."""
    forms: dict[str, MatchForm] = {f"assign-{side}": _assign(actor, match, side)}
    if match.state not in RUNNING:
        return forms
    current = match.assignee(side)
    if current is None or current.id != actor.user_id:
        forms[f"take_over-{side}"] = MatchForm(prefix=f"take_over-{side}-")
    due = DueForm(prefix=f"due-{side}-", data={"due_on": match.due_on(side)})
    forms |= {f"due-{side}": due, f"hand_over-{side}": _hand_over(actor, match, side)}
    return forms


def _assign(actor: Actor, match: Match, side: Side) -> AssignForm:
    current = match.assignee(side)
    form = AssignForm(prefix=f"assign-{side}-", assignee=current.email if current else "")
    form.fill(find.colleagues(db.session, actor, match, side))
    return form


def _hand_over(actor: Actor, match: Match, side: Side) -> HandOverForm:
    names = find.centre_names(db.session, actor.locale)
    form = HandOverForm(prefix=f"hand_over-{side}-")
    others = [one for one in active_centres(db.session) if one.id != match.centre_id(side)]
    form.fill(sorted(((one.code, names[one.id]) for one in others), key=lambda pair: pair[1]))
    return form


def reminders(actor: Actor, match: Match) -> dict[str, MatchForm]:
    """Return a button for each of those who can be reminded: the other centre, the parties."""
    names = []
    own = staff_sides(actor, match)
    for side in Side:
        if side not in own and centre_waits(match, side):
            names.append(f"remind_centre-{side}")
        asked = match.state is not MatchState.OFFERED or match.answer(side) is None
        if match.state in REMINDABLE and asked:
            names.append(f"remind_party-{side}")
    return {name: MatchForm(prefix=f"{name}-") for name in names}
