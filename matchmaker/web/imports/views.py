"""Upload a table, see what would become of each row, bring the good ones in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.i18n.errors import sentence
from matchmaker.i18n.locales import current_locale
from matchmaker.models import ImportBatch, Organisation
from matchmaker.queries.imports import own_batch
from matchmaker.queries.listings import postable_organisations
from matchmaker.queries.organisations import organisation_name
from matchmaker.services import imports
from matchmaker.services.imports import Outcome
from matchmaker.services.tables import read_table
from matchmaker.web.commit import commit
from matchmaker.web.imports import workbook
from matchmaker.web.imports.columns import all_headings, error_heading
from matchmaker.web.imports.forms import TableForm
from matchmaker.web.imports.values import vocabulary
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("imports", __name__, url_prefix="/<locale:locale>/my/import")
PER_PAGE: Final = 100
_WOULD: Final[dict[Outcome, LazyString]] = {
    Outcome.CREATED: _l("Would be new"),
    Outcome.UPDATED: _l("Would be updated"),
    Outcome.UNCHANGED: _l("Nothing new"),
    Outcome.REFUSED: _l("Refused"),
}
_DID: Final[dict[Outcome, LazyString]] = {
    **_WOULD,
    Outcome.CREATED: _l("New draft"),
    Outcome.UPDATED: _l("Updated"),
}
_COLOURS: Final[dict[Outcome, str]] = {
    Outcome.CREATED: "green",
    Outcome.UPDATED: "teal",
    Outcome.UNCHANGED: "neutral",
    Outcome.REFUSED: "red",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the report as the page shows it; problems are (heading or '', sentence)."""

    number: int
    title: str
    reference: str | None
    outcome: LazyString
    colour: str
    problems: list[tuple[str, str]]


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.LISTING_OWN_IMPORT)
def upload() -> ResponseReturnValue:
    """The template to fill in, and the form that takes the table."""
    organisations = {
        one.reference: one for one in postable_organisations(db.session, current_actor())
    }
    form = TableForm(
        organisations=[(ref, _name(one)) for ref, one in organisations.items()],
        organisation=request.args.get("organisation"),
    )
    if form.validate_on_submit():
        try:
            batch = _dry_run(form, organisations)
        except DomainError as error:
            _add_error(form, error)
        else:
            commit()
            return redirect(url_for(".report", token=batch.token))
    return render_template("imports/upload.html", form=form, organisations=organisations)


@blueprint.get("/template.<any(xlsx, csv):kind>")
@requires(Permission.LISTING_OWN_IMPORT)
def template(kind: str) -> ResponseReturnValue:
    """The empty table with headings in the reader's language."""
    if kind == "csv":
        return _file(workbook.csv_template(), "text/csv; charset=utf-8", "listings.csv")
    return _file(workbook.xlsx_template(db.session), workbook.XLSX, "listings.xlsx")


@blueprint.get("/<token>")
@requires(Permission.LISTING_OWN_IMPORT)
def report(token: str) -> ResponseReturnValue:
    """What would become, or became, of each row."""
    batch = own_batch(db.session, current_actor(), token)
    counts = Counter(Outcome(row["outcome"]) for row in batch.report)
    only = request.args.get("only") == "problems"
    rows = [row for row in batch.report if not only or row["errors"]]
    pages = max(1, -(-len(rows) // PER_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    labels = _DID if batch.applied_at else _WOULD
    return render_template(
        "imports/report.html",
        batch=batch,
        organisation=organisation_name(batch.organisation, current_locale()),
        counts=[(labels[one], _COLOURS[one], counts[one]) for one in Outcome if counts[one]],
        changing=counts[Outcome.CREATED] + counts[Outcome.UPDATED],
        refused=counts[Outcome.REFUSED],
        lines=[_line(row, labels) for row in rows[(page - 1) * PER_PAGE : page * PER_PAGE]],
        only=only,
        page=page,
        pages=pages,
    )


@blueprint.post("/<token>")
@requires(Permission.LISTING_OWN_IMPORT)
def apply(token: str) -> ResponseReturnValue:
    """Bring the good rows in as drafts."""
    actor = current_actor()
    batch = own_batch(db.session, actor, token)
    imports.apply(db.session, actor, batch, now=utc_now())
    changed = sum(row["outcome"] in (Outcome.CREATED, Outcome.UPDATED) for row in batch.report)
    commit()
    flash(
        ngettext(
            "%(num)s row was brought in as a draft.",
            "%(num)s rows were brought in as drafts.",
            changed,
        ),
        "success",
    )
    return redirect(url_for(".report", token=token))


@blueprint.get("/<token>/refused.xlsx")
@requires(Permission.LISTING_OWN_IMPORT)
def refused(token: str) -> ResponseReturnValue:
    """The refused rows with what is wrong, to be corrected and brought in again."""
    batch = own_batch(db.session, current_actor(), token)
    wrong = {row["number"]: row for row in batch.report if row["errors"]}
    rows = [
        (fields, "\n".join(_sentence(*problem) for problem in _problems(wrong[number])))
        for number, fields in batch.rows
        if number in wrong
    ]
    return _file(workbook.xlsx_refused(db.session, rows), workbook.XLSX, "refused.xlsx")


def _dry_run(form: TableForm, organisations: Mapping[str, Organisation]) -> ImportBatch:
    organisation = organisations.get(form.organisation.data)
    if organisation is None:
        raise DomainError(ErrorCode.NOT_FOUND, field="organisation")
    rows = read_table(form.content, all_headings())
    words = vocabulary(db.session)
    return imports.dry_run(
        db.session,
        current_actor(),
        organisation,
        [(number, words.record(row)) for number, row in rows],
        filename=form.table.data.filename or "",
        trust_language=bool(form.trust_language.data),
        now=utc_now(),
    )


def _add_error(form: TableForm, error: DomainError) -> None:
    """What is wrong with the file stands beside the file."""
    if error.field is None:
        error.field = "table"
    form.add_error(error)


def _line(row: Mapping[str, Any], labels: Mapping[Outcome, LazyString]) -> Line:
    outcome = Outcome(row["outcome"])
    return Line(
        number=row["number"],
        title=row["title"],
        reference=row["reference"] if outcome is not Outcome.REFUSED else None,
        outcome=labels[outcome],
        colour=_COLOURS[outcome],
        problems=_problems(row),
    )


def _problems(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(error_heading(e.field), sentence(e)) for e in imports.stored_errors(row)]


def _sentence(column: str, problem: str) -> str:
    if not column:
        return problem
    return str(_("%(column)s: %(problem)s", column=column, problem=problem))


def _name(organisation: Organisation) -> str:
    name = organisation_name(organisation, current_locale()).name
    return str(_("%(name)s (%(reference)s)", name=name, reference=organisation.reference))


def _file(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
