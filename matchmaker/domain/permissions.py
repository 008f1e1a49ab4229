"""Roles, permissions, and who holds which. Views declare a permission; queries take an Actor."""

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Final


class Role(StrEnum):
    VISITOR = auto()
    ACCOUNT = auto()
    MEMBER = auto()
    """Somebody of a verified organisation."""
    STAFF = auto()
    LEAD = auto()
    ADMINISTRATOR = auto()
    AUDITOR = auto()


class Permission(StrEnum):
    """What a view asks for: `scope:resource:action`. Rows are checked besides, in queries."""

    ACCOUNT_OWN_MANAGE = "account:own:manage"
    ORGANISATION_CREATE = "organisation:any:create"
    ORGANISATION_OWN_MANAGE = "organisation:own:manage"
    LISTING_OWN_EDIT = "listing:own:edit"
    LISTING_OWN_IMPORT = "listing:own:import"
    LISTING_MEMBER_READ = "listing:member:read"
    MATCH_OWN_ANSWER = "match:own:answer"
    LISTING_CENTRE_MODERATE = "listing:centre:moderate"
    LISTING_CENTRE_POST = "listing:centre:post"
    ORGANISATION_CENTRE_VERIFY = "organisation:centre:verify"
    TRANSLATION_CENTRE_WRITE = "translation:centre:write"
    MATCH_CENTRE_REVIEW = "match:centre:review"
    TASK_CENTRE_DO = "task:centre:do"
    CENTRE_OWN_LEAD = "centre:own:lead"
    GLOSSARY_CENTRE_EDIT = "glossary:centre:edit"
    MATCH_AUDIT_READ = "match:audit:read"
    AUDIT_TRAIL_READ = "audit:trail:read"
    NDA_TEXT_MANAGE = "nda:text:manage"
    EXPORT_CATALOGUE_READ = "export:catalogue:read"
    EXPORT_CATALOGUE_MANAGE = "export:catalogue:manage"
    STATISTICS_NETWORK_READ = "statistics:network:read"
    BLEND_ANY_READ = "blend:any:read"
    BLEND_ANY_SWITCH = "blend:any:switch"
    USER_ANY_MANAGE = "user:any:manage"
    CENTRE_ANY_MANAGE = "centre:any:manage"
    MAIL_DEMO_READ = "mail:demo:read"


_P = Permission
_ACCOUNT: Final = frozenset({_P.ACCOUNT_OWN_MANAGE, _P.ORGANISATION_CREATE})
_MEMBER: Final = frozenset(
    {
        _P.ORGANISATION_OWN_MANAGE,
        _P.LISTING_OWN_EDIT,
        _P.LISTING_OWN_IMPORT,
        _P.LISTING_MEMBER_READ,
        _P.MATCH_OWN_ANSWER,
    }
)
_STAFF: Final = frozenset(
    {
        _P.LISTING_MEMBER_READ,
        _P.LISTING_CENTRE_MODERATE,
        _P.LISTING_CENTRE_POST,
        # With it staff use the owners' pages for organisations that have no account.
        _P.LISTING_OWN_EDIT,
        _P.LISTING_OWN_IMPORT,
        _P.ORGANISATION_CENTRE_VERIFY,
        _P.TRANSLATION_CENTRE_WRITE,
        _P.MATCH_CENTRE_REVIEW,
        _P.TASK_CENTRE_DO,
        _P.BLEND_ANY_READ,
        _P.STATISTICS_NETWORK_READ,
        _P.GLOSSARY_CENTRE_EDIT,
        _P.EXPORT_CATALOGUE_READ,
    }
)

GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    Role.VISITOR: frozenset(),
    Role.ACCOUNT: _ACCOUNT,
    Role.MEMBER: _MEMBER,
    Role.STAFF: _STAFF,
    Role.LEAD: _STAFF | {_P.BLEND_ANY_SWITCH, _P.CENTRE_OWN_LEAD},
    Role.ADMINISTRATOR: frozenset(
        {
            _P.NDA_TEXT_MANAGE,
            _P.EXPORT_CATALOGUE_READ,
            _P.EXPORT_CATALOGUE_MANAGE,
            _P.USER_ANY_MANAGE,
            _P.CENTRE_ANY_MANAGE,
            _P.BLEND_ANY_READ,
            _P.BLEND_ANY_SWITCH,
            _P.STATISTICS_NETWORK_READ,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            _P.MATCH_AUDIT_READ,
            _P.AUDIT_TRAIL_READ,
            _P.BLEND_ANY_READ,
            _P.STATISTICS_NETWORK_READ,
        }
    ),
}
"""Members of an organisation that is not verified yet may draft and submit, but not read others'
member tier: `Actor` keeps the two kinds of organisation apart."""

_UNVERIFIED: Final = frozenset({_P.ORGANISATION_OWN_MANAGE, _P.LISTING_OWN_EDIT})


@dataclass(frozen=True)
class Actor:
    """Who asks: ids and roles, loaded once for a request or a job."""

    user_id: int | None = None
    roles: frozenset[Role] = frozenset({Role.VISITOR})
    verified_organisation_ids: frozenset[int] = frozenset()
    unverified_organisation_ids: frozenset[int] = frozenset()
    owned_organisation_ids: frozenset[int] = frozenset()
    centre_ids: frozenset[int] = frozenset()
    """Centres where the person is staff or lead."""
    lead_centre_ids: frozenset[int] = frozenset()
    acting_centre_ids: frozenset[int] = frozenset()
    """Centres for which those decide: their own, delegated ones and, for the head office, inactive
    ones."""
    languages: frozenset[str] = frozenset()
    """Languages that the person reads: those of the account, and of the centres, and English."""
    locale: str = "en"
    system: bool = False
    """The worker and the command line: may do all, and is named so in the audit trail."""
    permissions: frozenset[Permission] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        granted: frozenset[Permission] = frozenset().union(*(GRANTS[role] for role in self.roles))
        if self.unverified_organisation_ids:
            granted |= _UNVERIFIED
        object.__setattr__(self, "permissions", frozenset(Permission) if self.system else granted)

    @property
    def organisation_ids(self) -> frozenset[int]:
        """All organisations that the person belongs to."""
        return self.verified_organisation_ids | self.unverified_organisation_ids

    @property
    def is_staff(self) -> bool:
        return bool(self.centre_ids)

    @property
    def reads_member_tier(self) -> bool:
        """Whether the person reads what is not public but not confidential either."""
        return self.may(Permission.LISTING_MEMBER_READ)

    def may(self, permission: Permission) -> bool:
        """Tell whether one of the roles grants `permission`."""
        return permission in self.permissions


VISITOR: Final = Actor()
SYSTEM: Final = Actor(system=True)
