"""The mailbox of the demonstration: everybody may read it, and only the demonstration has it."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from matchmaker.config import Environment, MailBackend, Settings
from matchmaker.web.demo_mail.mailbox import newest_mails, stored_mail
from matchmaker.web.permissions import public

blueprint = Blueprint("demo", __name__, url_prefix="/<locale:locale>/demo")


def init_app(app: Flask, settings: Settings) -> None:
    """Add the mailbox to a demonstration whose mails go to files."""
    if settings.environment is Environment.DEMO and settings.mail_backend is MailBackend.FILE:
        app.register_blueprint(blueprint)


@blueprint.get("/mails")
@public
def mails() -> ResponseReturnValue:
    """All mails, newest first."""
    return render_template("demo/mails.html", mails=newest_mails(_folder()))


@blueprint.get("/mails/<name>")
@public
def mail(name: str) -> ResponseReturnValue:
    """One mail, with links to follow."""
    found = stored_mail(_folder(), name)
    if found is None:
        abort(404)
    return render_template("demo/mail.html", mail=found)


def _folder() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.mail_folder
