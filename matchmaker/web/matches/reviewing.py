"""The page of one match: which forms it offers to this person, and what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request
from wtforms import TextAreaField

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import Tier
from matchmaker.domain.match_states import (
    CASE_STATES,
    ENDINGS,
    RUNNING,
    STAFF_ONLY,
    TRANSITIONS,
    By,
)
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import MatchState, Side, Wait
from matchmaker.extensions import db
from matchmaker.i18n.errors import sentence
from matchmaker.i18n.match_history import sentences
from matchmaker.models import Match
from matchmaker.queries import matches as find
from matchmaker.queries.case_tiers import side_view, staff_tier, withholds_text
from matchmaker.queries.export_control import catalogue_in_force, catalogue_versions
from matchmaker.queries.follow_ups import open_follow_up
from matchmaker.queries.match_gate import class_of, closed_behind, crosses_border, gate_of
from matchmaker.queries.match_waits import JUDGED, RUNNING_TALKS, last_heard, waits_of
from matchmaker.queries.outcomes import closed_outcomes, reads_outcome
from matchmaker.queries.sectors import sector_names
from matchmaker.queries.silence import is_unanswered, silences_of
from matchmaker.services.match_sides import is_involved, staff_sides
from matchmaker.services.match_states import FOLLOWS_REVISIONS, newer_revision
from matchmaker.services.matches import STOPPABLE
from matchmaker.services.outcomes import has_other_eyes, last_known, reported_sides
from matchmaker.services.outreach import members
from matchmaker.services.talk_steps import ENDS_OF_ASKING
from matchmaker.web.matches import presentation, sharing_forms, texts
from matchmaker.web.matches.forms import (
    AnswerForm,
    AssignForm,
    ClearByCatalogueForm,
    ClearForm,
    CommentForm,
    DecideForm,
    DueForm,
    HandOverForm,
    MatchForm,
    RefuseOutcomeForm,
    ReopenForm,
    StepForm,
    StopForm,
)
from matchmaker.web.matches.outcome_forms import (
    FollowUpForm,
    OutcomeForm,
    follow_up_form,
    outcome_form,
)

Forms = dict[str, MatchForm]


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One thing that happened: when, its sentences, and what was written with it."""

    at: datetime
    sentences: tuple[str, ...]
    notes: tuple[str, ...] = ()


def forms_for(actor: Actor, match: Match) -> Forms:
    """Return the forms that this person may send now, by the name in their address."""
    if is_involved(actor, match) and not actor.system:
        return {}
    forms: Forms = {"comment": CommentForm(prefix="comment-")}
    for side in staff_sides(actor, match):
        forms |= sharing_forms.of_own_side(actor, match, side)
        forms |= _forms_of_side(match, side)
        if asked := open_follow_up(match, side, utc_now()):
            forms[f"follow_up-{side}"] = follow_up_form(asked, f"follow_up-{side}-")
    forms |= _forms_of_outcome(actor, match)
    forms |= sharing_forms.reminders(actor, match)
    forms |= _forms_of_state(actor, match)
    for form in forms.values():
        if not form.version.data:
            form.show(match)
    return forms


def _forms_of_side(match: Match, side: Side) -> Forms:
    forms: Forms = {}
    if match.state in JUDGED:
        forms[f"decide-{side}"] = _decide(match, side)
    if match.state in RUNNING and crosses_border(match):
        forms[f"clear-{side}"] = _clear(match, side)
    if match.state is MatchState.OFFERED and _has_no_account(match, side):
        forms[f"answer-{side}"] = _answer(side)
    return forms


def _forms_of_state(actor: Actor, match: Match) -> Forms:
    forms: Forms = {}
    if match.state is MatchState.APPROVED:
        forms["offer"] = MatchForm(prefix="offer-")
    if match.state is MatchState.OFFERED:
        forms["introduce"] = MatchForm(prefix="introduce-")
    if match.state in STOPPABLE:
        forms["stop"] = stop = StopForm(prefix="stop-")
        stop.fill()
    if match.state in ENDINGS:
        forms["reopen"] = ReopenForm(prefix="reopen-")
    if targets := next_steps(match, By.STAFF):
        forms["step"] = step = StepForm(
            prefix="step-", data=_ending_told(match) or _step_asked_for()
        )
        step.fill(targets)
        step.ask_side(own=staff_sides(actor, match))
    return forms


def _ending_told(match: Match) -> dict[str, str]:
    """What a party said of the end of the talks, for the form with which staff record it."""
    for side in Side:
        told = match.follow_up(side)
        if told is not None and told.decline_reason is not None:
            return {
                "target": MatchState.DECLINED.value,
                "decline_reason": told.decline_reason.value,
                "declined_by": side.value,
            }
    return {}


def _step_asked_for() -> dict[str, str]:
    """The step that a link to this page proposes; the form offers only what is possible."""
    return {"target": request.args.get("step", "")}


def _forms_of_outcome(actor: Actor, match: Match) -> Forms:
    forms: Forms = {}
    outcome = match.outcome
    if match.state in RUNNING_TALKS:
        forms["outcome"] = outcome_form(last_known(match))
    for side in reported_sides(match):
        forms[f"refuse_outcome-{side}"] = RefuseOutcomeForm(prefix=f"refuse_outcome-{side}-")
    confirmable = match.state is MatchState.AGREEMENT and outcome is not None
    if confirmable and outcome is not None and has_other_eyes(actor, match, outcome):
        forms["confirm"] = MatchForm(prefix="confirm-")
    return forms


def next_steps(match: Match, by: By) -> list[MatchState]:
    """Return where `by` may take a match whose parties were asked or introduced."""
    if match.state is MatchState.OFFERED:
        return [s for s in MatchState if s in ENDS_OF_ASKING and _allowed(match, s, by)]
    if match.state not in CASE_STATES:
        return []
    by_steps = set(MatchState) - STAFF_ONLY
    if match.state is MatchState.OUTCOME_CONFIRMED:
        by_steps.add(MatchState.AGREEMENT)
    return [state for state in MatchState if state in by_steps and _allowed(match, state, by)]


def _allowed(match: Match, target: MatchState, by: By) -> bool:
    if by not in TRANSITIONS.get((match.state, target), frozenset()):
        return False
    return target is not MatchState.NO_REPLY or is_unanswered(db.session, match, now=utc_now())


def _decide(match: Match, side: Side) -> DecideForm:
    given = match.decision(side)
    values = {"verdict": given.verdict, "reason": given.reason, "note": given.note} if given else {}
    form = DecideForm(prefix=f"decide-{side}-", data=values)
    form.fill()
    return form


def _clear(match: Match, side: Side) -> ClearForm:
    given = match.clearance(side)
    counts = given.control_class if given else match.offer.control_class
    versions = catalogue_versions(db.session, match.offer.organisation.country)
    held = catalogue_in_force(db.session, match.offer.organisation.country)
    version = given.catalogue_version if given else held and held.version
    kind = ClearByCatalogueForm if versions else ClearForm
    form = kind(
        prefix=f"clear-{side}-",
        data={
            "control_class": counts.value,
            "clearance": given.clearance.value if given else "none",
            "note": given.note if given else "",
            "catalogue_version": version or "",
            "number": given.number if given else "",
            "valid_until": given.valid_until if given else None,
            "entries": ", ".join(given.entries or ()) if given else "",
        },
    )
    if isinstance(form, ClearByCatalogueForm):
        form.offer(versions)
    form.fill()
    return form


def _answer(side: Side) -> AnswerForm:
    form = AnswerForm(prefix=f"answer-{side}-")
    form.fill()
    return form


def _has_no_account(match: Match, side: Side) -> bool:
    return not members(db.session, match.listing(side).organisation)


def page(
    actor: Actor,
    match: Match,
    *,
    forms: Forms | None = None,
    failed: MatchForm | None = None,
    kept: bool = True,
    news: Sequence[StoryLine] = (),
) -> str:
    """Return the page. `failed` is the form that was refused; `kept` whether it is still shown,
    else what was typed is listed. `news` is what happened since the person opened the page."""
    sectors = sector_names(db.session, actor.locale)
    centres = find.centre_names(db.session, actor.locale)
    tier = staff_tier(actor, match)
    views = {
        side: side_view(db.session, match, side, tier, actor.locale, contact=tier is Tier.CASE)
        for side in Side
    }
    decides = match.state in FOLLOWS_REVISIONS and match.decisions
    revised = [side for side in Side if decides and newer_revision(match, side)]
    own_sides = staff_sides(actor, match)
    reads_notes = bool(own_sides) and not is_involved(actor, match)
    history = story(match, centres, notes=reads_notes)
    forms = forms_for(actor, match) if forms is None else forms
    for form in forms.values():
        form.known.data = str(len(history))
    return render_template(
        "matches/review.html",
        match=match,
        forms=forms,
        news=news,
        failed=failed,
        form=failed,
        typed=typed_into(failed) if failed is not None and not kept else [],
        involved=is_involved(actor, match),
        views=views,
        facts={side: presentation.facts(view, sectors) for side, view in views.items()},
        phrases={side: presentation.phrases(match, side) for side in Side},
        mark=texts.marker(actor),
        opens=texts.opener(actor),
        reasons=presentation.reason_lines(match, sectors, texts.concept_namer(actor.locale)),
        sides=tuple(Side),
        own_sides=own_sides,
        reads_notes=reads_notes,
        interests=match.interests if tier is Tier.CASE else [],
        agreement=match.outcome if reads_outcome(actor, match) else None,
        reports=match.reports if reads_outcome(actor, match) else [],
        closed_outcomes=closed_outcomes(match) if reads_outcome(actor, match) else [],
        follow_ups=match.follow_ups if reads_outcome(actor, match) else [],
        waits=_waits(match),
        silent=silences_of(db.session, [match.id], now=utc_now()).get(match.id, {}),
        now=utc_now(),
        overdue=[side for side in Side if presentation.is_overdue(match, side)],
        unread=texts.unread(actor, match, may_ask=reads_notes),
        revised=revised,
        centres=centres,
        gate=gate_of(match, now=utc_now()),
        closed_behind=closed_behind(match),
        withholds_text=withholds_text(match),
        control_class=class_of(match),
        history=history,
    )


def story(match: Match, centres: Mapping[int, str], *, notes: bool) -> list[StoryLine]:
    """Return the history of a match, the oldest first, for staff and auditors."""
    return [
        StoryLine(line.at, tuple(parts), line.notes)
        for line in find.history(db.session, match, notes=notes)
        if (parts := sentences(line, centres))
    ]


def news(actor: Actor, match: Match, form: MatchForm) -> list[StoryLine]:
    """Return what happened to a match since the person opened the page with this form."""
    known = form.known_lines()
    if known is None:
        return []
    notes = bool(staff_sides(actor, match)) and not is_involved(actor, match)
    return story(match, find.centre_names(db.session, actor.locale), notes=notes)[known:]


def _waits(match: Match) -> dict[Side, tuple[Wait, ...]]:
    now, heard = utc_now(), last_heard(db.session, match)
    return {side: waits_of(match, side, news_at=heard, now=now) for side in Side}


def late_form(name: str) -> MatchForm:
    """Return the form that was sent although the match no longer offers it."""
    kind = _KINDS.get(name.partition("-")[0], MatchForm)
    return kind(prefix=f"{name}-")


_KINDS: dict[str, type[MatchForm]] = {
    "decide": DecideForm,
    "clear": ClearForm,
    "answer": AnswerForm,
    "assign": AssignForm,
    "due": DueForm,
    "hand_over": HandOverForm,
    "comment": CommentForm,
    "stop": StopForm,
    "reopen": ReopenForm,
    "step": StepForm,
    "outcome": OutcomeForm,
    "refuse_outcome": RefuseOutcomeForm,
    "follow_up": FollowUpForm,
}


def typed_into(form: MatchForm) -> list[tuple[str, str]]:
    """Return (label, text) of what a person wrote into a form that is no longer shown."""
    return [
        (str(field.label.text), field.data)
        for field in form
        if isinstance(field, TextAreaField) and field.data
    ]


def check_version(match: Match, seen: int | None) -> None:
    """Raise DomainError when the match changed since the person saw it."""
    if match.lock_version != seen:
        raise DomainError(ErrorCode.STALE)


def blame(form: MatchForm, error: DomainError) -> None:
    """Put the sentence of a broken rule on the form. That the match changed meanwhile is told on
    the page of the match itself, beside what it is now."""
    if error.code is ErrorCode.STALE:
        form.form_errors.append(sentence(error))
    else:
        form.add_error(error)
