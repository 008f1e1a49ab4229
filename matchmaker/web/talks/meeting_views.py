"""The meetings of a case: proposing, taking a time, declining, changing, cancelling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, abort, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_security import current_user

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.vocabulary import MeetingState, Side
from matchmaker.extensions import db
from matchmaker.i18n.meeting_calendar import CALENDAR_TYPE, Method, calendar_file
from matchmaker.i18n.times import moment, zone_name
from matchmaker.models import Meeting
from matchmaker.queries import meetings as find
from matchmaker.queries.talks import Talk
from matchmaker.services import meetings
from matchmaker.web.commit import commit
from matchmaker.web.files import guarded
from matchmaker.web.forms import VersionedForm
from matchmaker.web.permissions import current_actor
from matchmaker.web.talks.blueprint import blueprint, own_talk, takes_part, talk_page
from matchmaker.web.talks.forms import CloseMeetingForm, MeetingForm, TakeTimeForm
from matchmaker.web.talks.text import plain_text

_STEPS = "/meetings/<meeting>"


@dataclass(frozen=True, slots=True)
class Clock:
    """What a time is in one zone. `sides` live by it; `own`: the reader does."""

    zone: str
    text: str
    own: bool
    sides: tuple[Side, ...]


def clocks(at: datetime, talk: Talk) -> list[Clock]:
    """Return a time in the reader's zone and in those of both sides, each zone once."""
    own = own_zone()
    zones = find.zones(talk.match)
    return [
        Clock(
            zone=zone_name(zone, at),
            text=moment(at, zone),
            own=zone == own,
            sides=tuple(side for side in Side if zones[side] == zone),
        )
        for zone in dict.fromkeys((own, *zones.values()))
    ]


def own_zone() -> str:
    """Return the time zone of the person's account."""
    zone: str = current_user.time_zone
    return zone


@blueprint.get("/meetings", endpoint="meetings")
@takes_part
def meetings_page(reference: str) -> ResponseReturnValue:
    """All meetings of the case, the newest first."""
    talk = own_talk(reference)
    rows = find.meetings(db.session, talk)
    waiting = {
        row.reference
        for row in rows
        if row.state is MeetingState.PROPOSED
        and talk.open
        and meetings.answering_side(db.session, talk, row)
    }
    return talk_page(
        "meetings", talk, "talks.meetings",
        meetings=rows, waiting=waiting, clocks=clocks,
    )  # fmt: skip


@blueprint.get(_STEPS)
@takes_part
def meeting(reference: str, meeting: str) -> ResponseReturnValue:
    """One meeting, and what this person may do about it."""
    talk = own_talk(reference)
    return _page(talk, find.get_meeting(db.session, talk, meeting))


def _page(talk: Talk, row: Meeting, *, name: str = "", refused: VersionedForm | None = None) -> str:
    forms = _forms(talk, row)
    if refused is not None and name in forms:
        refused.version.data = str(row.lock_version)
        forms[name] = refused
    return talk_page(
        "meeting", talk, "talks.meetings",
        form=refused,
        meeting=row,
        forms=forms,
        clocks=clocks,
        plain_text=plain_text,
        agreed=find.agreed_sides(row),
        changes=talk.open and row.state in find.RUNNING and not meetings.is_over(row, utc_now()),
        sides=tuple(Side),
    )  # fmt: skip


def _forms(talk: Talk, row: Meeting) -> dict[str, VersionedForm]:
    """The forms that the person may send now, by the last part of their address."""
    forms: dict[str, VersionedForm] = {}
    if not talk.open:
        return forms
    answers = meetings.answering_side(db.session, talk, row) is not None
    if row.state is MeetingState.PROPOSED and answers:
        forms["accept"] = _take_form(row)
        forms["decline"] = CloseMeetingForm(prefix="decline-")
    if meetings.may_cancel(talk, row) and not meetings.is_over(row, utc_now()):
        forms["cancel"] = CloseMeetingForm(prefix="cancel-")
    for form in forms.values():
        form.version.data = form.version.data or str(row.lock_version)
    return forms


def _take_form(row: Meeting) -> TakeTimeForm:
    """Offer the times that are still open, in the reader's zone."""
    form = TakeTimeForm(prefix="accept-")
    now, zone = utc_now(), own_zone()
    times = [row.starts_at] if row.starts_at else [each.starts_at for each in row.times]
    choices = [(each.isoformat(), moment(each, zone)) for each in times if each > now]
    form.fill(choices)
    if len(choices) == 1 and not form.starts_at.data:
        form.starts_at.data = choices[0][0]
    return form


def _carry_out(
    reference: str,
    wanted: str,
    form: VersionedForm,
    act: Callable[[Meeting, int], object],
    done: Any,
) -> ResponseReturnValue:
    """Check a form, act, commit, and lead back; or show the meeting as it is now, and why not."""
    talk = own_talk(reference)
    row = find.get_meeting(db.session, talk, wanted)
    status = 400
    if form.validate():
        try:
            act(row, form.opened_version() or 0)
            target = url_for(".meeting", reference=talk.match.reference, meeting=row.reference)
            commit()
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
            status = 409
        else:
            flash(done, "success")
            return redirect(target)
    talk = own_talk(reference)
    row = find.get_meeting(db.session, talk, wanted)
    return _page(talk, row, name=form.version.name.partition("-")[0], refused=form), status


@blueprint.post(f"{_STEPS}/accept")
@takes_part
def accept_meeting(reference: str, meeting: str) -> ResponseReturnValue:
    """Take one of the times."""
    talk = own_talk(reference)
    form = _take_form(find.get_meeting(db.session, talk, meeting))

    def act(row: Meeting, seen: int) -> None:
        starts_at = datetime.fromisoformat(form.starts_at.data)
        meetings.accept_time(db.session, current_actor(), row, starts_at, seen=seen, now=utc_now())

    return _carry_out(reference, meeting, form, act, _l("Your answer is recorded."))


@blueprint.post(f"{_STEPS}/<any(decline, cancel):verb>")
@takes_part
def close_meeting(reference: str, meeting: str, verb: str) -> ResponseReturnValue:
    """Decline a proposal, or call a meeting off."""
    form = CloseMeetingForm(prefix=f"{verb}-")
    close = meetings.decline_meeting if verb == "decline" else meetings.cancel_meeting

    def act(row: Meeting, seen: int) -> None:
        close(db.session, current_actor(), row, note=form.note.data or "", seen=seen, now=utc_now())

    done = _l("The meeting is declined.") if verb == "decline" else _l("The meeting is cancelled.")
    return _carry_out(reference, meeting, form, act, done)


@blueprint.route("/meetings/new", methods=["GET", "POST"])
@takes_part
def propose_meeting(reference: str) -> ResponseReturnValue:
    """Propose a meeting with up to three times."""
    talk = own_talk(reference)
    if not talk.open:
        return redirect(url_for(".meetings", reference=talk.match.reference))
    form = MeetingForm(data={"time_zone": own_zone(), "minutes": "60"})

    def act() -> Meeting:
        return meetings.propose_meeting(
            db.session, current_actor(), talk.match, form.plan(), now=utc_now()
        )

    return _proposal(talk, form, act)


@blueprint.route(f"{_STEPS}/times", methods=["GET", "POST"])
@takes_part
def propose_again(reference: str, meeting: str) -> ResponseReturnValue:
    """Propose other times, or another place."""
    talk = own_talk(reference)
    row = find.get_meeting(db.session, talk, meeting)
    if not talk.open or row.state not in find.RUNNING:
        return redirect(url_for(".meeting", reference=talk.match.reference, meeting=row.reference))
    form = MeetingForm(
        data={
            "title": row.title, "time_zone": row.time_zone, "minutes": str(row.minutes),
            "place": row.place, "interpreter": row.interpreter,
            "interpret_from": row.interpret_from, "interpret_to": row.interpret_to,
        }
    )  # fmt: skip
    if not form.is_submitted():
        form.show(row)

    def act() -> Meeting:
        return meetings.propose_again(
            db.session, current_actor(), row, form.plan(),
            seen=form.opened_version() or 0, now=utc_now(),
        )  # fmt: skip

    return _proposal(talk, form, act, row)


def _proposal(
    talk: Talk, form: MeetingForm, act: Callable[[], Meeting], row: Meeting | None = None
) -> ResponseReturnValue:
    reference, status = talk.match.reference, 200
    form.fill(own_zone(), utc_now())
    if form.is_submitted():
        status = 400
        if form.validate():
            try:
                made = act()
                target = url_for(".meeting", reference=reference, meeting=made.reference)
                commit()
            except DomainError as error:
                db.session.rollback()
                form.add_error(error)
                status = 409
                talk = own_talk(reference)
            else:
                flash(_l("The proposal is sent."), "success")
                return redirect(target)
    page = talk_page(
        "propose", talk, "talks.meetings",
        form=form,
        again=row is not None,
        address=row.reference if row is not None else "",
    )  # fmt: skip
    return page, status


@blueprint.get(f"{_STEPS}/calendar")
@takes_part
def calendar(reference: str, meeting: str) -> ResponseReturnValue:
    """The agreed meeting as a file for any calendar."""
    talk = own_talk(reference)
    row = find.get_meeting(db.session, talk, meeting)
    if row.state is not MeetingState.ACCEPTED:
        abort(404)
    settings: Settings = current_app.config["SETTINGS"]
    content = calendar_file(row, Method.PUBLISH, settings, locale=current_actor().locale)
    response = Response(content, mimetype=CALENDAR_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"{row.reference}.ics")
    return guarded(response)
