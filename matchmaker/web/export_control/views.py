"""Catalogues of controlled technology, the checks to be reviewed, and files of evidence."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.i18n.errors import describe
from matchmaker.queries import export_control as find
from matchmaker.queries.moderation import best_text, revision_for_staff
from matchmaker.queries.organisations import organisation_name
from matchmaker.services.export_catalogues import CatalogueReport, import_catalogue
from matchmaker.web.commit import commit
from matchmaker.web.export_control.desk import desk_of
from matchmaker.web.export_control.forms import MAX_MEGABYTES, CatalogueForm, TakeForm
from matchmaker.web.files import hand_out
from matchmaker.web.packing import MOST_PACKED, packed, unpacked
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("export_control", __name__, url_prefix="/<locale:locale>/export-control")
MOST_REFUSED = 200
_READ = (Permission.EXPORT_CATALOGUE_READ, Permission.EXPORT_CATALOGUE_MANAGE)


@blueprint.get("/")
@requires(*_READ)
def index() -> ResponseReturnValue:
    """The catalogues of each country, with what is in force."""
    return render_template("export_control/index.html", rows=find.catalogues(db.session))


@blueprint.get("/catalogues/<country>")
@requires(*_READ)
def catalogue(country: str) -> ResponseReturnValue:
    """The entries of one version of a country's catalogue."""
    found = find.catalogue(db.session, country, request.args.get("version", ""))
    return render_template("export_control/catalogue.html", catalogue=found)


@blueprint.route("/import", methods=["GET", "POST"])
@requires(Permission.EXPORT_CATALOGUE_MANAGE)
def upload() -> ResponseReturnValue:
    """Check a file: nothing is saved, and the report says what would become of it."""
    form = CatalogueForm()
    form.fill()
    if form.validate_on_submit():
        take = TakeForm(
            formdata=None, country=form.country.data, version=form.version.data,
            title=form.title.data, packed=packed(form.content),
        )  # fmt: skip
        try:
            report = _take(take, form.content)
        except DomainError as error:
            db.session.rollback()
            error.field = error.field if error.field in form else "file"
            form.add_error(error)
        else:
            page = _report(report, take)
            db.session.rollback()
            return page
    return render_template("export_control/import.html", form=form)


@blueprint.post("/import/take")
@requires(Permission.EXPORT_CATALOGUE_MANAGE)
def take() -> ResponseReturnValue:
    """Take in the catalogue that was checked, and put it in force."""
    form = TakeForm()
    content = unpacked(form.packed.data or "", MAX_MEGABYTES * 1024 * 1024)
    if not form.validate_on_submit() or content is None:
        flash(_("Choose the file once more."), "error")
        return redirect(url_for(".upload"))
    report = _take(form, content)
    version, entries = report.catalogue.version, report.numbers
    commit()
    flash(
        _(
            "Version %(version)s is in force, with %(entries)s entries.",
            version=version,
            entries=entries,
        ),
        "success",
    )
    return redirect(url_for(".index"))


@blueprint.get("/import/take")
@requires(Permission.EXPORT_CATALOGUE_MANAGE)
def reopen() -> ResponseReturnValue:
    """The address of the button, opened anew: the form that takes a file."""
    return redirect(url_for(".upload"))


@blueprint.get("/review")
@requires(Permission.LISTING_CENTRE_MODERATE)
def review() -> ResponseReturnValue:
    """The offers that were classed by an older version of the catalogue."""
    actor = current_actor()
    page = find.checks_to_review(db.session, actor, page=request.args.get("page", 1, type=int))
    return render_template(
        "export_control/review.html",
        page=page,
        page_url=lambda number: url_for(".review", page=number),
        text=lambda listing: best_text(actor, revision_for_staff(listing)),
        organisation_name=organisation_name,
    )


@blueprint.get("/evidence/<token>")
@requires(Permission.LISTING_CENTRE_MODERATE)
def evidence(token: str) -> ResponseReturnValue:
    """Hand out a file that shows why a class or clearance was recorded."""
    return hand_out(find.open_evidence(db.session, current_actor(), token))


@blueprint.app_context_processor
def _for_pages() -> dict[str, object]:
    """The pages of moderation and of matches show our help beside their forms."""
    return {"export_desk_of": desk_of}


def _take(form: TakeForm, content: bytes) -> CatalogueReport:
    return import_catalogue(
        db.session, current_actor(), content, country=form.country.data or "",
        version=form.version.data or "", title=form.title.data or "", now=utc_now(),
    )  # fmt: skip


def _report(report: CatalogueReport, form: TakeForm) -> str:
    return render_template(
        "export_control/report.html",
        report=report,
        country=report.catalogue.country,
        lines=[
            (refused.row, describe(refused.error.code, refused.error.data))
            for refused in report.refused[:MOST_REFUSED]
        ],
        take=form,
        fits=len(form.packed.data or "") <= MOST_PACKED,
    )
