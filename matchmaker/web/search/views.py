"""Search and browse for everyone, and the public page of a listing."""

import re
from functools import partial

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from matchmaker.domain.languages import TEXT_LANGUAGES, choose
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import (
    ListingKind,
    PartnershipType,
    StageOfDevelopment,
)
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.models import PublicListing, PublicText
from matchmaker.queries import search
from matchmaker.queries.listings import get_for_reader
from matchmaker.queries.sectors import sector_parents
from matchmaker.web.permissions import current_actor, public
from matchmaker.web.search.facets import HEADINGS, labellers
from matchmaker.web.search.listing_page import ListingPage, own_sectors
from matchmaker.web.search.text import ranking

blueprint = Blueprint("search", __name__, url_prefix="/<locale:locale>")
QUERY_LENGTH = 300
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")

_KNOWN: dict[str, frozenset[str]] = {
    "kind": frozenset(ListingKind),
    "stage": frozenset(StageOfDevelopment),
    "trl": frozenset("123456789"),
    "partnership_type": frozenset(PartnershipType),
    "language": frozenset(TEXT_LANGUAGES),
}


@blueprint.get("/search")
@public
def results() -> ResponseReturnValue:
    """Search in any language, narrowed by facets; without words it lists what is newest."""
    text = request.args.get("q", "").strip()[:QUERY_LENGTH]
    reference = parse_reference(text)
    if reference and search.public_listing(db.session, reference):
        return redirect(url_for("search.listing", reference=reference))
    wish = search.SearchRequest(chosen=chosen_values(request.args), after=request.args.get("after"))
    found = ranking(text) if text else None
    page = search.results(db.session, wish, found.references if found else None)
    return render_template(
        "search/results.html",
        text=text,
        wish=wish,
        page=page,
        asked={"q": text or None} | {name: sorted(chosen) for name, chosen in wish.chosen.items()},
        incomplete=found is not None and not found.complete,
        headings=HEADINGS,
        labels=labellers(),
        shown=shown_text,
        sectors=partial(own_sectors, parents=sector_parents(db.session)),
    )


@blueprint.get("/listings/<reference>")
@public
def listing(reference: str) -> ResponseReturnValue:
    """The page of a published listing, with as much of it as the reader may see."""
    row = search.public_listing(db.session, reference)
    if row is None:
        canonical = parse_reference(reference)
        if canonical and canonical != reference:
            return redirect(url_for("search.listing", reference=canonical))
        abort(404)
    page = ListingPage(current_actor(), row, get_for_reader(db.session, current_actor(), reference))
    return render_template("search/listing.html", page=page, listing=row, text=shown_text(row))


def shown_text(row: PublicListing) -> PublicText:
    """Return the text to show: the reader's language, else English, else the original."""
    texts = {text.language: text for text in row.texts}
    return texts[choose(list(texts), current_locale(), row.original_language)]


def chosen_values(args: MultiDict[str, str]) -> dict[str, frozenset[str]]:
    """Return the chosen values of each facet; what no listing can have is left out."""
    chosen = {}
    for name in search.FACETS:
        values = frozenset(value for value in args.getlist(name) if _CODE.fullmatch(value))
        if name in _KNOWN:
            values &= _KNOWN[name]
        if values:
            chosen[name] = values
    return chosen
