"""Who may open a view: every view declares it, and the app does not start when one does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Final, ParamSpec

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from matchmaker.domain.clock import utc_now
from matchmaker.domain.permissions import VISITOR, Actor, Permission
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.queries.actors import load_actor

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
PUBLIC: Final = "public"
_MARK: Final = "matchmaker_access"

OTHERS: Final[frozenset[str]] = frozenset(
    {
        "static",
        "security.static",
        "security.login",
        "security.logout",
        "security.register",
        "security.send_confirmation",
        "security.confirm_email",
        "security.forgot_password",
        "security.reset_password",
        "security.change_password",
        "security.verify",
    }
)
"""Views that others wrote: files, and the account pages of Flask-Security, which guards its own."""


def requires(*permissions: Permission) -> Callable[[View[P]], View[P]]:
    """Declare that a view needs one of `permissions`: visitors go to the sign-in page, others see
    why not.

    Rows are checked besides, in queries: a permission only opens the door.
    """

    def mark(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            actor = current_actor()
            if actor.user_id is None:
                return sign_in_first()
            if not any(actor.may(permission) for permission in permissions):
                abort(403)
            return view(*args, **kwargs)

        setattr(guarded, _MARK, frozenset(permissions))
        return guarded

    return mark


def public(view: View[P]) -> View[P]:
    """Declare that everybody may open a view."""
    setattr(view, _MARK, PUBLIC)
    return view


def declared_access(app: Flask) -> dict[str, frozenset[Permission] | str | None]:
    """Return each endpoint with the permissions of which it needs one, PUBLIC, or None where none
    is declared."""
    return {
        endpoint: PUBLIC if endpoint in OTHERS else getattr(view, _MARK, None)
        for endpoint, view in app.view_functions.items()
    }


def refuse_undeclared(app: Flask) -> None:
    """Raise RuntimeError when a view says neither `requires` nor `public`."""
    undeclared = sorted(name for name, access in declared_access(app).items() if access is None)
    if undeclared:
        raise RuntimeError(f"These views declare no permission: {', '.join(undeclared)}")


def current_actor() -> Actor:
    """Return who asks, loaded once for a request."""
    actor = g.get("actor")
    if not isinstance(actor, Actor):
        if current_user.is_authenticated:
            actor = replace(
                load_actor(db.session, current_user.id, now=utc_now()), locale=current_locale()
            )
        else:
            actor = replace(VISITOR, locale=current_locale())
        g.actor = actor
    return actor


def sign_in_first() -> ResponseReturnValue:
    """Send a visitor to the sign-in page, and afterwards back to a page that was only read."""
    target = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else None
    return redirect(url_for("security.login", next=target))
