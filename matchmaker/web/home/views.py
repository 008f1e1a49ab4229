"""The front page, the redirect to the reader's language, and the style sheet we did not write."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import flask_bootstrap
from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue

from matchmaker.extensions import db
from matchmaker.i18n.locales import locale_of_request
from matchmaker.queries import search
from matchmaker.web.permissions import public
from matchmaker.web.search.views import shown_text

blueprint = Blueprint("home", __name__)
_STYLES: Final = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "css"


@blueprint.get("/")
@public
def redirect_to_locale() -> ResponseReturnValue:
    """Send a reader to the front page in their language, once: by cookie or by browser."""
    response = make_response(redirect(url_for("home.index", locale=locale_of_request())))
    response.vary.update(("Accept-Language", "Cookie"))
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/<locale:locale>/")
@public
def index() -> ResponseReturnValue:
    """The front page: search, what is new, and how it works."""
    return render_template(
        "home/index.html",
        counts=search.published_count(db.session),
        newest=search.newest(db.session, limit=6),
        shown=shown_text,
    )


@blueprint.get("/static/vendor/bootstrap.min.css")
@public
def stylesheet() -> Response:
    """Bootstrap's style sheet, from the package that brings it; no other server is asked."""
    return send_from_directory(_STYLES, "bootstrap.min.css", max_age=30 * 24 * 3600)
