"""The page on what the engine learnt, and the two buttons that switch it on and off."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.i18n.errors import sentence
from matchmaker.queries import blends, indexes
from matchmaker.services import learning
from matchmaker.web.commit import commit
from matchmaker.web.engine.presentation import present
from matchmaker.web.forms import BaseForm
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("engine", __name__, url_prefix="/<locale:locale>/desk/engine")


@blueprint.get("/")
@requires(Permission.BLEND_ANY_READ)
def learnt() -> ResponseReturnValue:
    """The trained blend beside the untrained one, and all versions."""
    return render_template(
        "engine/learnt.html",
        learning=present(db.session, utc_now()),
        who=lambda row: blends.switched_by(db.session, row),
        may_switch=current_actor().may(Permission.BLEND_ANY_SWITCH),
        reading=reading_now(),
    )


@blueprint.app_template_global()
def reading_now() -> indexes.Reading:
    """Return what everybody's index holds."""
    return indexes.reading(_folder())


@blueprint.app_template_global()
def read_state(reference: str) -> str:
    """Return how much the engine has read of a published listing, for `macros/ui.html`."""
    return indexes.read_state(_folder(), reference).value


def _folder() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.index_folder


@blueprint.get('/<any("on", "off"):_action>')
@requires(Permission.BLEND_ANY_READ)
def reopen(_action: str) -> ResponseReturnValue:
    """The address of a button, opened anew: the page on which it was pressed."""
    return redirect(url_for(".learnt"))


@blueprint.post("/on")
@requires(Permission.BLEND_ANY_SWITCH)
def switch_on() -> ResponseReturnValue:
    """Let the newest version rank."""
    row = blends.newest_blend(db.session)
    if row is not None and BaseForm().validate_on_submit():
        try:
            learning.switch_on(db.session, current_actor(), row, now=utc_now())
        except DomainError as error:
            db.session.rollback()
            flash(str(sentence(error)), "error")
        else:
            commit()
            flash(_("Version %(version)s ranks from now on.", version=row.version), "success")
    return redirect(url_for(".learnt"))


@blueprint.post("/off")
@requires(Permission.BLEND_ANY_SWITCH)
def switch_off() -> ResponseReturnValue:
    """Let the engine rank without training."""
    if BaseForm().validate_on_submit():
        learning.switch_off(db.session, current_actor(), now=utc_now())
        commit()
        flash(_("The engine ranks without training from now on."), "success")
    return redirect(url_for(".learnt"))
