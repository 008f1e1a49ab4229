"""The blueprint that all views of posting share, and what its views ask of a person."""

from __future__ import annotations

from typing import Final

from flask import Blueprint

from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.models import Listing
from matchmaker.queries import listings as find
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("posting", __name__, url_prefix="/<locale:locale>")

MINE: Final = "/my/listings/<reference>"
writers_only: Final = requires(Permission.LISTING_OWN_EDIT, Permission.LISTING_CENTRE_POST)
"""Members of organisations, and staff who post for organisations without an account."""


def own_listing(reference: str, *, lock: bool = False) -> Listing:
    """Return the person's listing; `lock` it before it is changed."""
    return find.own_listing(db.session, current_actor(), reference, lock=lock)
