"""The administrator's page of the operator's own agreement."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.models import NdaText
from matchmaker.queries import ndas as find
from matchmaker.services import ndas
from matchmaker.web.commit import commit
from matchmaker.web.permissions import current_actor, requires
from matchmaker.web.talks.forms import NdaTextForm
from matchmaker.web.talks.text import plain_text

blueprint = Blueprint("nda_texts", __name__, url_prefix="/<locale:locale>/administration/agreement")


@blueprint.get("/")
@requires(Permission.NDA_TEXT_MANAGE)
def index() -> ResponseReturnValue:
    """The agreement that parties accept now, in its languages, and its earlier versions."""
    texts = find.all_texts(db.session)
    return render_template(
        "talks/nda_texts.html",
        text=texts[0] if texts else None,
        older=texts[1:],
        plain_text=plain_text,
    )


@blueprint.route("/edit", methods=["GET", "POST"])
@requires(Permission.NDA_TEXT_MANAGE)
def edit() -> ResponseReturnValue:
    """Write the agreement in one language: this makes a new version."""
    text = find.current_text(db.session)
    form = NdaTextForm(data=_values(text))
    form.fill()
    if form.validate_on_submit():
        try:
            ndas.change_text(
                db.session, current_actor(), form.language.data, form.title.data or "",
                form.body.data or "", seen=form.opened_version() or 0, now=utc_now(),
            )  # fmt: skip
            commit()
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
        else:
            flash(_("The new version is published."), "success")
            return redirect(url_for(".index"))
    return render_template("talks/nda_text_edit.html", form=form)


def _values(text: NdaText | None) -> dict[str, str]:
    """What the form shows at first: the language that was asked for, as it is now."""
    wanted = request.args.get("language", "")
    body = text.body(wanted) if text is not None else None
    values = {"version": str(text.version if text is not None else 0), "language": wanted}
    if body is not None:
        values |= {"title": body.title, "body": body.body}
    return values


@blueprint.post("/remove/<language>")
@requires(Permission.NDA_TEXT_MANAGE)
def remove(language: str) -> ResponseReturnValue:
    """Leave a language out from now on."""
    text = find.current_text(db.session)
    ndas.change_text(
        db.session, current_actor(), language, "", "",
        seen=text.version if text is not None else 0, now=utc_now(),
    )  # fmt: skip
    commit()
    flash(_("The new version is published."), "success")
    return redirect(url_for(".index"))
