"""The parties' pages: what waits for an answer, a case, and expressing interest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.exc import StaleDataError

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import By
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import Answer, DeclineReason, MatchState
from matchmaker.extensions import db
from matchmaker.i18n.case_story import sentence
from matchmaker.i18n.countries import place_name
from matchmaker.queries import cases as find
from matchmaker.queries.case_story import party_story
from matchmaker.queries.case_tiers import text_for
from matchmaker.queries.cases import Case
from matchmaker.queries.follow_ups import open_follow_up
from matchmaker.queries.match_waits import BEFORE_AGREEMENT
from matchmaker.queries.matches import centre_names
from matchmaker.queries.sectors import sector_names
from matchmaker.queries.talks import talk_of, unread_counts
from matchmaker.services import matches
from matchmaker.web.cases.forms import InterestForm
from matchmaker.web.commit import commit
from matchmaker.web.matches import presentation, texts
from matchmaker.web.matches.forms import AnswerForm, MatchForm, StepForm
from matchmaker.web.matches.outcome_forms import follow_up_form, outcome_form
from matchmaker.web.matches.reviewing import (
    StoryLine,
    blame,
    check_version,
    late_form,
    next_steps,
    typed_into,
)
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("cases", __name__, url_prefix="/<locale:locale>/my/matches")


@blueprint.get("/")
@requires(Permission.MATCH_OWN_ANSWER)
def mine() -> ResponseReturnValue:
    """What waits for an answer, and all other matches that the person's organisations know of."""
    actor = current_actor()
    cases = find.my_cases(db.session, actor)
    talks = [case.match.id for case in cases if talk_of(actor, case.match)]
    return render_template(
        "cases/mine.html", cases=cases, unread=unread_counts(db.session, actor, talks)
    )


@blueprint.get("/<reference>")
@requires(Permission.MATCH_OWN_ANSWER)
def case(reference: str) -> ResponseReturnValue:
    """One match: the other side as far as it is open, the answer, and after it the contact."""
    found = find.get_case(db.session, current_actor(), reference)
    if found.match.reference != reference:
        return redirect(url_for(".case", reference=found.match.reference))
    return _page(found, _forms(found))


def _forms(found: Case) -> dict[str, MatchForm]:
    """The forms that the party may send now."""
    match = found.match
    forms: dict[str, MatchForm] = {}
    if match.state is MatchState.OFFERED:
        given = match.answer(found.side)
        answer = AnswerForm(prefix="answer-", data={"answer": given.answer} if given else {})
        answer.fill()
        forms["answer"] = answer
    targets = next_steps(match, By.PARTY)
    if targets:
        step = StepForm(prefix="step-")
        step.fill(targets)
        step.decline_reason.label.text = (
            _("Why do you withdraw?")
            if match.state is MatchState.OFFERED
            else _("If you decline or withdraw, the reason")
        )
        forms["step"] = step
    if asked := open_follow_up(match, found.side, utc_now()):
        forms["follow_up"] = follow_up_form(asked, "follow_up-")
    if match.state in BEFORE_AGREEMENT:
        forms["outcome"] = outcome_form(match.report(found.side))
    for form in forms.values():
        if not form.version.data:
            form.show(match)
    return forms


def _page(
    found: Case,
    forms: dict[str, MatchForm],
    failed: MatchForm | None = None,
    *,
    kept: bool = True,
    seen: int | None = None,
) -> str:
    """Return the page. `seen` is how many lines of the history the person saw before a refusal."""
    sectors = sector_names(db.session, current_actor().locale)
    history = _story(found)
    for form in forms.values():
        form.known.data = str(len(history))
    return render_template(
        "cases/case.html",
        case=found,
        match=found.match,
        forms=forms,
        form=failed,
        typed=typed_into(failed) if failed is not None and not kept else [],
        news=history[seen:] if seen is not None else (),
        history=history,
        facts=presentation.facts(found.other, sectors),
        opens=texts.opener(current_actor()),
    )


def _story(found: Case) -> list[StoryLine]:
    centres = centre_names(db.session, current_actor().locale)
    return [
        StoryLine(event.at, (sentence(event, centres),))
        for event in party_story(db.session, found.match, found.side)
    ]


def carry_out(
    reference: str, name: str, act: Callable[[Case, Any], object], done: Any
) -> ResponseReturnValue:
    """Check a form, act, commit, and lead back; or show what is wrong with all that was typed."""
    found = find.get_case(db.session, current_actor(), reference)
    form = _forms(found).get(name) or late_form(name)
    error = None
    try:
        check_version(found.match, form.opened_version())
        if form.validate():
            act(found, form)
            commit()
            flash(done, "success")
            return redirect(url_for(".case", reference=found.match.reference))
    except DomainError as broken:
        error = broken
    except StaleDataError:
        error = DomainError(ErrorCode.STALE)
    return _refused(reference, name, form, error)


def _refused(
    reference: str, name: str, form: MatchForm, error: DomainError | None
) -> ResponseReturnValue:
    db.session.rollback()
    if error is not None:
        blame(form, error)
    found = find.get_case(db.session, current_actor(), reference)
    seen = form.known_lines() if error is not None else None
    forms = _forms(found)
    for other in forms.values():
        other.show(found.match)
    kept = name in forms
    if kept:
        form.show(found.match)
        forms[name] = form
    g.form = form
    return _page(found, forms, form, kept=kept, seen=seen), 409 if error is not None else 400


@blueprint.post("/<reference>/answer")
@requires(Permission.MATCH_OWN_ANSWER)
def answer(reference: str) -> ResponseReturnValue:
    """Say yes or no to the introduction."""

    def act(found: Case, form: Any) -> None:
        matches.answer(
            db.session, current_actor(), found.match, found.side,
            answer=Answer(form.answer.data),
            decline_reason=_decline_reason(form), note=form.note.data or "", now=utc_now(),
        )  # fmt: skip

    return carry_out(reference, "answer", act, _l("Your answer is recorded."))


@blueprint.post("/<reference>/step")
@requires(Permission.MATCH_OWN_ANSWER)
def step(reference: str) -> ResponseReturnValue:
    """Say how the talks go."""

    def act(found: Case, form: Any) -> None:
        matches.take_step(
            db.session, current_actor(), found.match, MatchState(form.target.data),
            decline_reason=_decline_reason(form), note=form.note.data or "", now=utc_now(),
        )  # fmt: skip

    return carry_out(reference, "step", act, _l("The step is recorded."))


def _decline_reason(form: Any) -> DeclineReason | None:
    return DeclineReason(form.decline_reason.data) if form.decline_reason.data else None


@blueprint.route("/interest/<reference>", methods=["GET", "POST"])
@requires(Permission.MATCH_OWN_ANSWER)
def interest(reference: str) -> ResponseReturnValue:
    """Express interest in a published listing, with one of one's own."""
    actor = current_actor()
    target = find.interesting_listing(db.session, reference)
    places = find.wanted_places(target)
    partners = find.own_partners(db.session, actor, target)
    own = {
        listing.reference: listing
        for listing in partners
        if not places or listing.organisation.country in places
    }
    titles = [(ref, _title(listing)) for ref, listing in own.items()]
    form = InterestForm()
    form.fill(titles)
    known = None
    if form.validate_on_submit():
        try:
            match = matches.express_interest(
                db.session, actor, target, own[form.own.data],
                what_cooperation=form.what_cooperation.data or "",
                what_is_missing=form.what_is_missing.data or "",
                about_you=form.about_you.data or "", now=utc_now(),
            )  # fmt: skip
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
            if error.code is ErrorCode.MATCH_EXISTS:
                known = find.known_pair(db.session, actor, reference, form.own.data)
        else:
            name = match.reference
            commit()
            flash(
                _("The centres know of your interest. The reference is %(match)s.", match=name),
                "success",
            )
            return redirect(url_for(".case", reference=name))
    return render_template(
        "cases/interest.html",
        form=form,
        target=target,
        title=text_for(target.published or target.newest, actor.locale),
        own=own,
        known=known,
        places=[place_name(code) for code in places] if partners and not own else [],
        post_url=url_for("posting.new"),
        is_own=target.organisation_id in actor.organisation_ids,
    )


def _title(listing: Any) -> str:
    return text_for(listing.published or listing.newest, current_actor().locale).title
