"""One's listings: the list, a new one, the task list of one, checking and submitting it."""

from __future__ import annotations

from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.vocabulary import ListingKind, ListingState
from matchmaker.extensions import db
from matchmaker.i18n.advice import advice
from matchmaker.i18n.errors import sentence
from matchmaker.i18n.locales import current_locale
from matchmaker.queries import listings as find
from matchmaker.queries.advice import said_of
from matchmaker.queries.organisations import organisation_name
from matchmaker.services import listings
from matchmaker.services.listing_access import EDITABLE
from matchmaker.web.commit import commit
from matchmaker.web.forms import options
from matchmaker.web.permissions import current_actor
from matchmaker.web.posting import bulk_views, file_views, language_views, move_views, step_views
from matchmaker.web.posting.blueprint import MINE, blueprint, own_listing, writers_only
from matchmaker.web.posting.fields import language_choices
from matchmaker.web.posting.forms import CheckForm, NewListingForm
from matchmaker.web.posting.overview import (
    next_step,
    request_rows,
    shown_text,
    summary,
    task_rows,
)

__all__ = ["blueprint", "bulk_views", "file_views", "language_views", "move_views", "step_views"]
PAGE_SIZE: Final = 50


@blueprint.get("/my/listings/")
@writers_only
def mine() -> ResponseReturnValue:
    """The person's listings, with what each one waits for."""
    actor = current_actor()
    asked = request.args.get("state", "")
    state = ListingState(asked) if asked in set(ListingState) else None
    counts = find.own_counts(db.session, actor)
    total = (
        counts.get(state, 0)
        if state
        else sum(n for which, n in counts.items() if which is not ListingState.ARCHIVED)
    )
    pages = -(-total // PAGE_SIZE)
    page = max(min(request.args.get("page", 1, type=int), pages), 1)
    rows = find.own_listings(
        db.session, actor, state=state, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE
    )
    return render_template(
        "posting/mine.html",
        rows=[(listing, shown_text(listing), next_step(listing)) for listing in rows],
        counts=[(which, counts[which]) for which in ListingState if which in counts],
        state=state,
        total=total,
        page=page,
        pages=pages,
        organisation_name=organisation_name,
        several=len({listing.organisation_id for listing in rows}) > 1,
        drafts=any(listing.state is ListingState.DRAFT for listing in rows),
        complete=find.complete_drafts(db.session, actor),
    )


@blueprint.route("/my/listings/new", methods=["GET", "POST"])
@writers_only
def new() -> ResponseReturnValue:
    """Start a listing: for which organisation, and what kind."""
    actor = current_actor()
    organisations = find.postable_organisations(db.session, actor)
    by_reference = {organisation.reference: organisation for organisation in organisations}
    asked = request.args.get("organisation", "")
    chosen = asked if asked in by_reference else next(iter(by_reference), "")
    locale = current_locale()
    form = NewListingForm(organisation=chosen, language=locale)
    form.organisation.choices = options(
        (reference, organisation_name(organisation, locale).name)
        for reference, organisation in by_reference.items()
    )
    form.language.choices = language_choices()
    if form.validate_on_submit():
        organisation = by_reference.get(form.organisation.data or "")
        if organisation is None:
            raise DomainError(ErrorCode.NOT_FOUND)
        listing = listings.create_listing(
            db.session,
            actor,
            organisation,
            kind=ListingKind(form.kind.data),
            language=form.language.data if form.language.data in TEXT_LANGUAGES else locale,
            now=utc_now(),
        )
        reference = listing.reference
        commit()
        return redirect(url_for(".tasks", reference=reference))
    return render_template("posting/new.html", form=form, organisations=organisations)


@blueprint.get(MINE)
@writers_only
def tasks(reference: str) -> ResponseReturnValue:
    """What is done of a listing and what is left; or, once submitted, where it stands."""
    listing = own_listing(reference)
    working = listing.working
    return render_template(
        "posting/tasks.html",
        listing=listing,
        revision=listing.newest,
        editable=working is not None and working.state in EDITABLE,
        text=shown_text(listing),
        tasks=task_rows(listing),
        requests=request_rows(listing),
        next_step=next_step(listing),
        organisation=organisation_name(listing.organisation, current_locale()),
        is_member=listing.organisation_id in current_actor().organisation_ids,
        summary=summary(listing),
        said=said_of(db.session, current_actor(), listing),
        advice=advice,
    )


@blueprint.route(f"{MINE}/check", methods=["GET", "POST"])
@writers_only
def check(reference: str) -> ResponseReturnValue:
    """Check the answers, then submit."""
    listing = own_listing(reference, lock=request.method == "POST")
    if listing.working is None or listing.working.state not in EDITABLE:
        return redirect(url_for(".tasks", reference=listing.reference))
    form = CheckForm(version=listing.newest.lock_version)
    error: DomainError | None = None
    if form.validate_on_submit():
        try:
            listings.submit(
                db.session, current_actor(), listing, version=form.opened_version(), now=utc_now()
            )
        except DomainError as problem:
            db.session.rollback()
            error = problem
            listing = own_listing(reference)
            if problem.code is ErrorCode.STALE:
                form.version.data = str(listing.newest.lock_version)
        else:
            reference = listing.reference
            commit()
            return redirect(url_for(".submitted", reference=reference))
    page = render_template(
        "posting/check.html",
        listing=listing,
        form=form,
        error=error,
        sentence=sentence(error) if error else "",
        missing=[row for row in task_rows(listing) if row.required and not row.done],
        summary=summary(listing, change=True),
        text=shown_text(listing),
    )
    return page, 409 if error else 200


@blueprint.get(f"{MINE}/submitted")
@writers_only
def submitted(reference: str) -> ResponseReturnValue:
    """The confirmation: the reference, and what happens next."""
    listing = own_listing(reference)
    return render_template(
        "posting/submitted.html",
        listing=listing,
        centre=listing.centre,
        verified=listing.organisation.verified_at is not None,
    )
