"""The public pages of the directory."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matchmaker.config import Settings
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.queries import directory as find
from matchmaker.queries.indexes import encode_query
from matchmaker.queries.organisations import organisation_name
from matchmaker.queries.sectors import sector_choices, sector_names
from matchmaker.queries.small_indexes import directory_index
from matchmaker.queries.text_search import LEAST_SCORE
from matchmaker.queries.translations import centre_name
from matchmaker.web.directory import presentation
from matchmaker.web.directory.forms import DirectoryForm
from matchmaker.web.permissions import current_actor, public

blueprint = Blueprint("directory", __name__, url_prefix="/<locale:locale>/directory")
_MOST = 100
_MOST_LENGTH = 300


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    """The services that are offered, narrowed by words in any language, kind, country, sector."""
    form = DirectoryForm(request.args)
    form.fill(sector_choices(db.session, current_locale()))
    wanted = form.wanted()
    page = find.directory(
        db.session, wanted, _ranking(wanted.words), page=request.args.get("page", 1, type=int)
    )
    kept: dict[str, Any] = {
        name: value for name, value in request.args.items() if name != "page" and value
    }
    return render_template(
        "directory/index.html",
        filters=form,
        page=page,
        page_url=lambda number: url_for(".index", **kept, page=number),
        narrowed=bool(kept),
        text=lambda service: find.service_text(service, current_locale()),
        organisation_name=organisation_name,
        names=sector_names(db.session, current_locale()),
    )


@blueprint.get("/<reference>")
@public
def service(reference: str) -> ResponseReturnValue:
    """One service: what it offers, for whom and where, and how to reach it."""
    found = find.public_service(db.session, reference)
    if found is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    if found.reference != reference:
        return redirect(url_for(".service", reference=found.reference))
    owner = found.organisation
    return render_template(
        "directory/service.html",
        service=found,
        text=find.service_text(found, current_locale()),
        owner=owner,
        name=organisation_name(owner, current_locale()),
        facts=presentation.facts(found, sector_names(db.session, current_locale())),
        centre=owner.centre,
        centre_name=centre_name(owner.centre, current_locale()),
        keeps=find.keeps(current_actor(), owner),
    )


def _ranking(words: str) -> list[str]:
    """The services that a search by meaning finds, best first."""
    settings: Settings = current_app.config["SETTINGS"]
    held = directory_index(settings.index_folder)
    if held is None or not words:
        return []
    latent = encode_query(words[:_MOST_LENGTH], held) if settings.use_encoder else None
    hits = held.search(words[:_MOST_LENGTH], None, latent, top=_MOST)
    return [hit.group for hit in hits if hit.score >= LEAST_SCORE]
