"""The staff desk: the ranked queue, and the review of one match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import (
    Answer,
    Clearance,
    ControlClass,
    DeclineReason,
    MatchState,
    RejectReason,
    Side,
    Verdict,
)
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.models import Match
from matchmaker.queries import matches as find
from matchmaker.queries.case_tiers import shown_revision
from matchmaker.queries.sectors import sector_choices, sector_names
from matchmaker.services import matches, translations
from matchmaker.services.match_sides import check_staff
from matchmaker.web.commit import commit
from matchmaker.web.files import evidence_of
from matchmaker.web.matches import presentation, reviewing
from matchmaker.web.matches.forms import BulkForm, MatchForm, PairForm, QueueForm
from matchmaker.web.matches.texts import concept_namer, wanted_language
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("matches", __name__, url_prefix="/<locale:locale>/desk/matches")
Act = Callable[[Match, Any], object]


@blueprint.get("/")
@requires(Permission.MATCH_CENTRE_REVIEW)
def queue() -> ResponseReturnValue:
    """The matches of the actor's centres, the strongest first."""
    form = BulkForm()
    form.fill(find.own_colleagues(db.session, current_actor()))
    return queue_page(request.args, form)


def queue_page(chosen: MultiDict[str, str], form: BulkForm) -> str:
    """Show the part of the queue that `chosen`, as its address has it, names; `form` with what was
    typed for the ticked ones."""
    actor = current_actor()
    filters = QueueForm(chosen)
    filters.fill(sector_choices(db.session, current_locale()))
    g.form = form
    found = find.queue(db.session, actor, filters.wanted(), after=chosen.get("after", ""))
    kept = {key: value for key, value in chosen.items() if key != "after" and value}
    sectors = sector_names(db.session, actor.locale)
    concept_name = concept_namer(actor.locale)
    return render_template(
        "matches/queue.html",
        filters=filters,
        page=found,
        kept=kept,
        narrowed=bool(kept),
        first=not chosen.get("after"),
        back=urlencode(list(chosen.items(multi=True))),
        form=form,
        reasons={
            row.match.reference: presentation.reason_lines(row.match, sectors, concept_name)[:3]
            for row in found.rows
        },
        centres=find.centre_names(db.session, actor.locale),
        seen=seen_value,
    )


def seen_value(match: Match) -> str:
    """Return what a tick box of the queue sends: reference, version and revisions seen."""
    numbers = f"{match.offer_revision.number}:{match.need_revision.number}"
    return f"{match.reference}:{match.lock_version}:{numbers}"


@blueprint.route("/pair", methods=["GET", "POST"])
@requires(Permission.MATCH_CENTRE_REVIEW)
def pair() -> ResponseReturnValue:
    """Put two listings together by their references."""
    form = PairForm(data={"first": request.args.get("first", "")})
    exists = ""
    if form.validate_on_submit():
        try:
            listings = [_listing(form, name) for name in ("first", "second")]
            match = matches.pair(
                db.session, current_actor(), *listings, note=form.note.data or "", now=utc_now()
            )
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
            exists = str(error.data.get("reference", ""))
        else:
            reference = match.reference
            commit()
            flash(_("The two listings are paired as %(match)s.", match=reference), "success")
            return redirect(url_for(".review", reference=reference))
    return render_template("matches/pair.html", form=form, exists=exists)


def _listing(form: PairForm, name: str) -> Any:
    try:
        return find.live_listing(db.session, form[name].data or "")
    except DomainError as error:
        raise DomainError(error.code, field=name) from None


@blueprint.get("/<reference>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def review(reference: str) -> ResponseReturnValue:
    """One match: both listings side by side, the reasons, the decisions and what comes next."""
    actor = current_actor()
    match = find.get_match(db.session, actor, reference)
    if match.reference != reference:
        return redirect(url_for(".review", reference=match.reference))
    return reviewing.page(actor, match)


def carry_out(reference: str, name: str, act: Act, done: Any) -> ResponseReturnValue:
    """Check a form, act, commit, and lead back to the page; or show what is wrong, all kept."""
    actor = current_actor()
    match = find.get_match(db.session, actor, reference)
    form = reviewing.forms_for(actor, match).get(name) or reviewing.late_form(name)
    try:
        reviewing.check_version(match, form.opened_version())
        if not form.validate():
            return _refused(reference, name, form)
        act(match, form)
        commit()
    except DomainError as error:
        if error.code is ErrorCode.NOT_ALLOWED:
            raise
        return _refused(reference, name, form, error)
    except StaleDataError:
        return _refused(reference, name, form, DomainError(ErrorCode.STALE))
    flash(done, "success")
    return redirect(_page_after(match))


def _page_after(match: Match) -> str:
    """The page of the match, or the queue where it is no longer the actor's centre's."""
    try:
        find.get_match(db.session, current_actor(), match.reference)
    except DomainError:
        return url_for(".queue")
    return url_for(".review", reference=match.reference)


def _refused(
    reference: str, name: str, form: MatchForm, error: DomainError | None = None
) -> ResponseReturnValue:
    """Show the match as it is now, with the form as it was sent and what is wrong with it."""
    db.session.rollback()
    actor = current_actor()
    match = find.get_match(db.session, actor, reference)
    news = []
    if error is not None:
        reviewing.blame(form, error)
        news = reviewing.news(actor, match, form)
    forms = reviewing.forms_for(actor, match)
    kept = name in forms
    for other in forms.values():
        other.show(match)
    if kept:
        form.show(match)
        forms[name] = form
    g.form = form
    page = reviewing.page(actor, match, forms=forms, failed=form, kept=kept, news=news)
    return page, 409 if error is not None else 400


@blueprint.post("/<reference>/decide/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def decide(reference: str, side: str) -> ResponseReturnValue:
    """Approve or reject for one side."""

    def act(match: Match, form: Any) -> None:
        matches.decide(
            db.session, current_actor(), match, Side(side),
            verdict=Verdict(form.verdict.data),
            reason=RejectReason(form.reason.data) if form.reason.data else None,
            note=form.note.data or "",
            read_in_original=form.read_in_original.data,
            seen=form.seen_revisions(),
            now=utc_now(),
        )  # fmt: skip

    return carry_out(reference, f"decide-{side}", act, _l("The decision is recorded."))


@blueprint.post("/<reference>/stop")
@requires(Permission.MATCH_CENTRE_REVIEW)
def stop(reference: str) -> ResponseReturnValue:
    """End a match that both sides approved."""

    def act(match: Match, form: Any) -> None:
        matches.stop(
            db.session, current_actor(), match, reason=RejectReason(form.reason.data),
            note=form.note.data or "", now=utc_now(),
        )  # fmt: skip

    return carry_out(reference, "stop", act, _l("The match is ended."))


@blueprint.post("/<reference>/reopen")
@requires(Permission.MATCH_CENTRE_REVIEW)
def reopen(reference: str) -> ResponseReturnValue:
    """Take an ended match back into review."""

    def act(match: Match, form: Any) -> None:
        matches.reopen(db.session, current_actor(), match, note=form.note.data, now=utc_now())

    return carry_out(reference, "reopen", act, _l("The match is under review again."))


@blueprint.post("/<reference>/comment")
@requires(Permission.MATCH_CENTRE_REVIEW)
def comment(reference: str) -> ResponseReturnValue:
    """Write a note for the staff of both centres."""

    def act(match: Match, form: Any) -> None:
        matches.comment(db.session, current_actor(), match, note=form.note.data, now=utc_now())

    return carry_out(reference, "comment", act, _l("The comment is saved."))


@blueprint.post("/<reference>/clear/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def clear(reference: str, side: str) -> ResponseReturnValue:
    """Confirm the export-control class for one side."""

    def act(match: Match, form: Any) -> None:
        matches.clear_export(
            db.session, current_actor(), match, Side(side),
            control_class=ControlClass(form.control_class.data),
            clearance=Clearance(form.clearance.data),
            number=form.number.data or "", valid_until=form.valid_until.data,
            note=form.note.data or "", catalogue_version=form.catalogue_version.data or "",
            entries=form.entries.data or "", evidence=evidence_of(form.evidence.data),
            now=utc_now(),
        )  # fmt: skip

    return carry_out(reference, f"clear-{side}", act, _l("The export check is recorded."))


@blueprint.post("/<reference>/translate/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def translate(reference: str, side: str) -> ResponseReturnValue:
    """Ask for a version of one side's text in a language that the person reads."""
    actor = current_actor()
    match = find.get_match(db.session, actor, reference)
    check_staff(actor, match)
    target = url_for(".review", reference=match.reference)
    revision = shown_revision(match, Side(side))
    translations.want(db.session, actor, revision, wanted_language(actor), utc_now())
    commit()
    flash(_l("The translation is asked for."), "success")
    return redirect(target)


@blueprint.post("/<reference>/offer")
@requires(Permission.MATCH_CENTRE_REVIEW)
def offer(reference: str) -> ResponseReturnValue:
    """Ask both parties."""

    def act(match: Match, _form: Any) -> None:
        matches.offer_to_parties(db.session, current_actor(), match, now=utc_now())

    return carry_out(reference, "offer", act, _l("Both parties are asked."))


@blueprint.post("/<reference>/answer/<any(offer, need):side>")
@requires(Permission.MATCH_CENTRE_REVIEW)
def answer(reference: str, side: str) -> ResponseReturnValue:
    """Record what an organisation without an account said."""

    def act(match: Match, form: Any) -> None:
        matches.answer(
            db.session, current_actor(), match, Side(side),
            answer=Answer(form.answer.data),
            decline_reason=decline_reason(form), note=form.note.data or "", now=utc_now(),
        )  # fmt: skip

    return carry_out(reference, f"answer-{side}", act, _l("The answer is recorded."))


def decline_reason(form: Any) -> DeclineReason | None:
    """Return the reason chosen in an answer or a step, if any."""
    return DeclineReason(form.decline_reason.data) if form.decline_reason.data else None


@blueprint.post("/<reference>/introduce")
@requires(Permission.MATCH_CENTRE_REVIEW)
def introduce(reference: str) -> ResponseReturnValue:
    """Introduce the parties to each other."""

    def act(match: Match, _form: Any) -> None:
        matches.introduce(db.session, current_actor(), match, now=utc_now())

    return carry_out(
        reference, "introduce", act, _l("The parties are introduced; both get a mail.")
    )


@blueprint.post("/<reference>/step")
@requires(Permission.MATCH_CENTRE_REVIEW)
def step(reference: str) -> ResponseReturnValue:
    """Take the talks a step on, back, or to an end."""

    def act(match: Match, form: Any) -> None:
        matches.take_step(
            db.session, current_actor(), match, MatchState(form.target.data),
            decline_reason=decline_reason(form),
            declined_by=Side(form.declined_by.data) if form.declined_by.data else None,
            note=form.note.data or "", now=utc_now(),
        )  # fmt: skip

    return carry_out(reference, "step", act, _l("The step is recorded."))
