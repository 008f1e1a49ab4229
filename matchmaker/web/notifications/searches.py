"""Searches that a person keeps: list, save, rename, run, remove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.notifications import Frequency
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.i18n.formats import listed
from matchmaker.models import SavedSearch
from matchmaker.queries.saved_searches import own_search, own_searches
from matchmaker.services import saved_searches
from matchmaker.web.commit import commit
from matchmaker.web.notifications.forms import SearchForm
from matchmaker.web.permissions import current_actor, requires
from matchmaker.web.search.facets import HEADINGS, labellers
from matchmaker.web.search.text import ranking
from matchmaker.web.search.views import QUERY_LENGTH, chosen_values

blueprint = Blueprint("searches", __name__, url_prefix="/<locale:locale>/account/searches")


@blueprint.get("/")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def index() -> ResponseReturnValue:
    """The person's saved searches."""
    return render_template(
        "notifications/searches.html",
        searches=own_searches(db.session, current_actor()),
        describe=_filters_in_words,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN_MANAGE)
def new() -> ResponseReturnValue:
    """Save the search in the address: its words and filters stand there as on the search page."""
    question, filters = _asked(request.args)
    if not question and not filters:
        return redirect(url_for("search.results"))
    form = SearchForm()
    form.fill()
    if request.method == "GET":
        form.name.data = question or _filters_in_words(filters)[:100]
        form.frequency.data = Frequency.DAILY.value
    if form.validate_on_submit():
        try:
            saved_searches.save(
                db.session, current_actor(), name=form.name.data or "", question=question,
                filters=filters, frequency=Frequency(form.frequency.data),
                found=ranking(question).references if question else None, now=utc_now(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(error)
        else:
            commit()
            flash(_("The search is saved. You hear of new listings that fit."), "success")
            return redirect(url_for(".index"))
    return render_template(
        "notifications/search_form.html", form=form, question=question,
        filters=_filters_in_words(filters), saved=None,
    )  # fmt: skip


def _asked(args: MultiDict[str, str]) -> tuple[str, dict[str, list[str]]]:
    chosen = chosen_values(args)
    filters = {facet: sorted(values) for facet, values in chosen.items()}
    return args.get("q", "").strip()[:QUERY_LENGTH], filters


@blueprint.get("/<reference>")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def run(reference: str) -> ResponseReturnValue:
    """Go to what a saved search finds now."""
    return redirect(address_of(own_search(db.session, current_actor(), reference)))


def address_of(saved: SavedSearch) -> str:
    """Return the address of the search page with the words and filters of a saved search."""
    query: dict[str, Any] = {"q": saved.question} if saved.question else {}
    return url_for("search.results", **query, **saved.filters)


@blueprint.route("/<reference>/edit", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN_MANAGE)
def edit(reference: str) -> ResponseReturnValue:
    """Rename a saved search, or choose how often to hear of it."""
    saved = own_search(db.session, current_actor(), reference)
    form = SearchForm(obj=saved if request.method == "GET" else None)
    form.fill()
    if form.validate_on_submit():
        try:
            saved_searches.change(
                db.session, saved, name=form.name.data or "",
                frequency=Frequency(form.frequency.data), now=utc_now(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(error)
        else:
            commit()
            flash(_("Saved."), "success")
            return redirect(url_for(".index"))
    return render_template(
        "notifications/search_form.html", form=form, question=saved.question,
        filters=_filters_in_words(saved.filters), saved=saved,
    )  # fmt: skip


@blueprint.post("/<reference>/remove")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def remove(reference: str) -> ResponseReturnValue:
    """Forget a saved search."""
    saved_searches.remove(db.session, own_search(db.session, current_actor(), reference))
    commit()
    flash(_("The search is removed."), "success")
    return redirect(url_for(".index"))


def _filters_in_words(filters: Mapping[str, Any]) -> str:
    labels = labellers()
    return listed(labels[name](value) for name in HEADINGS for value in filters.get(name, ()))
