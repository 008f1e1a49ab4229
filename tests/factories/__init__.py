"""Small functions that write rows for tests: give what matters, the rest has a default.

Each adds to the session and flushes; none commits. `NOW` is the instant at which they happen.
"""

from tests.factories.clock import NOW, TODAY
from tests.factories.directory import make_catalogue, make_service
from tests.factories.listings import add_text, make_listing, make_match, make_revision
from tests.factories.organisations import make_membership, make_organisation
from tests.factories.outcomes import make_follow_up, make_outcome
from tests.factories.people import actor_of, make_appointment, make_centre, make_role, make_user
from tests.factories.sectors import make_sectors
from tests.factories.talks import make_meeting, make_message, make_nda, make_nda_text

__all__ = [
    "NOW",
    "TODAY",
    "actor_of",
    "add_text",
    "make_appointment",
    "make_catalogue",
    "make_centre",
    "make_follow_up",
    "make_listing",
    "make_match",
    "make_meeting",
    "make_membership",
    "make_message",
    "make_nda",
    "make_nda_text",
    "make_organisation",
    "make_outcome",
    "make_revision",
    "make_role",
    "make_sectors",
    "make_service",
    "make_user",
]
