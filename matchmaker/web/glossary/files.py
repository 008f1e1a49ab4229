"""The glossary as files: import after a look at what would become of it, and export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.i18n.errors import describe
from matchmaker.matching import glossary_files
from matchmaker.matching.glossary_files import Format, Refused
from matchmaker.queries import glossary as find
from matchmaker.services.glossary_files import ImportReport, import_glossary
from matchmaker.web.commit import commit
from matchmaker.web.csv_text import csv_text
from matchmaker.web.glossary.blueprint import blueprint
from matchmaker.web.glossary.forms import MAX_MEGABYTES, ImportForm, TakeForm
from matchmaker.web.packing import MOST_PACKED, packed, unpacked
from matchmaker.web.permissions import current_actor, requires

MOST_REFUSED: Final = 200
"""Refused entries that the report shows."""
_LARGEST: Final = MAX_MEGABYTES * 1024 * 1024
_EXPORTS: Final[dict[str, tuple[Format, str]]] = {
    "ttl": (Format.TURTLE, "text/turtle; charset=utf-8"),
    "tbx": (Format.TBX, "application/xml"),
    "csv": (Format.WIDE, "text/csv; charset=utf-8"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A refused entry of the report."""

    place: str
    row: int | None
    problem: str


@blueprint.get("/export.<any(ttl, tbx, csv):kind>")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def export(kind: str) -> ResponseReturnValue:
    """The whole glossary, with its unconfirmed labels, in one file."""
    form, mimetype = _EXPORTS[kind]
    response = Response(
        glossary_files.dump(find.read_glossary(db.session), form), mimetype=mimetype
    )
    response.headers.set("Content-Disposition", "attachment", filename=f"glossary.{kind}")
    return response


@blueprint.route("/import", methods=["GET", "POST"])
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def upload() -> ResponseReturnValue:
    """Check a file: nothing is saved, and the report says what would become of it."""
    form = ImportForm()
    if form.validate_on_submit():
        name = form.file.data.filename or ""
        try:
            report = _take(name, form.content, trust=bool(form.trust.data))
        except DomainError as error:
            db.session.rollback()
            error.field = "file"
            form.add_error(error)
        else:
            db.session.rollback()
            return _report(name, form.content, report, trust=bool(form.trust.data))
    return render_template("glossary/import.html", form=form)


@blueprint.post("/import/take")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def take() -> ResponseReturnValue:
    """Take in the file that was checked."""
    form = TakeForm()
    name, content = form.name.data or "", unpacked(form.packed.data or "", _LARGEST)
    if not form.validate_on_submit() or content is None:
        flash(_("Choose the file once more."), "error")
        return redirect(url_for(".upload"))
    trust = form.trust.data == "y"
    report = _take(name, content, trust=trust)
    commit()
    return _report(name, content, report, trust=trust, done=True)


@blueprint.post("/import/refused")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def refused() -> ResponseReturnValue:
    """Every refused entry of the file that was checked, as CSV; nothing is saved."""
    form = TakeForm()
    name, content = form.name.data or "", unpacked(form.packed.data or "", _LARGEST)
    if not form.validate_on_submit() or content is None:
        flash(_("Choose the file once more."), "error")
        return redirect(url_for(".upload"))
    report = _take(name, content, trust=form.trust.data == "y")
    db.session.rollback()
    lines = [_line(each) for each in report.refused]
    table = [(line.place, str(line.row or ""), line.problem) for line in lines]
    headings = (_("Where"), _("Row or line"), _("What is wrong"))
    response = Response(csv_text([headings, *table]), mimetype="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename="refused.csv")
    return response


@blueprint.get("/import/take")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def reopen_import() -> ResponseReturnValue:
    """The address of the button, opened anew: the form that takes a file."""
    return redirect(url_for(".upload"))


def _take(name: str, content: bytes, *, trust: bool) -> ImportReport:
    known = find.glossary(db.session).concepts.keys()
    reading = glossary_files.read_content(name, content, known=known)
    return import_glossary(db.session, current_actor(), reading, trust=trust, now=utc_now())


def _line(refused: Refused) -> Line:
    return Line(refused.place.name, refused.place.row, describe(refused.code, refused.data))


def _report(
    name: str, content: bytes, report: ImportReport, *, trust: bool, done: bool = False
) -> str:
    carried = packed(content)
    return render_template(
        "glossary/report.html",
        name=name,
        counts=report.counts,
        lines=[_line(each) for each in report.refused[:MOST_REFUSED]],
        refused=len(report.refused),
        done=done,
        trust=trust,
        take=TakeForm(formdata=None, name=name, packed=carried, trust="y" if trust else ""),
        fits=len(carried) <= MOST_PACKED,
    )
