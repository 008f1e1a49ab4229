"""Submitting many drafts at once; the result says for each what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor
from matchmaker.extensions import db
from matchmaker.i18n.errors import sentence
from matchmaker.models import Listing, ListingText
from matchmaker.queries import listings as find
from matchmaker.services import listings
from matchmaker.web.commit import commit
from matchmaker.web.permissions import current_actor
from matchmaker.web.posting.blueprint import blueprint, writers_only
from matchmaker.web.posting.overview import field_name, shown_text, task_rows

MOST: Final = 100
"""The most drafts that one request submits."""


@dataclass(frozen=True, slots=True)
class Result:
    """What happened to one draft: `problem` is empty when it was submitted. `links` lead to where
    it can be put right, as (text, address)."""

    reference: str
    text: ListingText | None
    problem: str = ""
    links: tuple[tuple[str, str], ...] = ()


@blueprint.route("/my/listings/submit", methods=["GET", "POST"])
@writers_only
def submit_many() -> ResponseReturnValue:
    """Submit the ticked drafts, or all that are complete, each in a savepoint of its own."""
    if request.method == "GET":  # the result was left and come back to, or its language changed
        return redirect(url_for(".mine"))
    actor = current_actor()
    seen = None if request.form.get("which") == "complete" else _ticked()
    found = find.own_drafts(db.session, actor, seen, limit=MOST)
    results = [_one(actor, listing, (seen or {}).get(listing.reference)) for listing in found]
    commit()
    return render_template(
        "posting/submitted_many.html",
        results=results,
        done=sum(not result.problem for result in results),
        chosen=seen is not None,
        complete=find.complete_drafts(db.session, actor),
    )


def _ticked() -> dict[str, int | None]:
    """Return the ticked references with the version that the person saw of each."""
    pairs = (value.partition(":") for value in request.form.getlist("listing"))
    return {
        reference: int(version) if version.isdecimal() and len(version) < 10 else None
        for reference, _colon, version in pairs
    }


def _one(actor: Actor, listing: Listing, version: int | None) -> Result:
    """Submit one draft; what is refused leaves the others alone."""
    text = shown_text(listing)
    try:
        with db.session.begin_nested():
            listings.submit(
                db.session, actor, listing, version=version, receipt=False, now=utc_now()
            )
    except DomainError as error:
        return Result(listing.reference, text, _problem(listing, error), _links(listing, error))
    except StaleDataError:
        return Result(listing.reference, text, sentence(DomainError(ErrorCode.STALE)))
    return Result(listing.reference, text)


def _problem(listing: Listing, error: DomainError) -> str:
    if error.field is None:
        return sentence(error)
    name = field_name(listing, error.field)
    return str(_("%(field)s: %(problem)s", field=name, problem=sentence(error)))


def _links(listing: Listing, error: DomainError) -> tuple[tuple[str, str], ...]:
    if error.code is ErrorCode.LISTING_INCOMPLETE:
        missing = (row for row in task_rows(listing) if row.required and not row.done)
        return tuple((row.text, row.url) for row in missing)
    twin = error.data.get("reference")
    return ((str(twin), url_for(".tasks", reference=twin)),) if twin else ()
