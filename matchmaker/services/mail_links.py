"""Signed links in mails, which work without signing in: to stop mails, to confirm an address."""

from datetime import timedelta
from typing import Final

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from matchmaker.domain.notifications import NotificationKind
from matchmaker.models import User
from matchmaker.queries.mail_addresses import address_hash

UNSUBSCRIBE_FOR: Final = timedelta(days=400)
"""People stop mails from whichever they find: also from an old one."""
CONFIRM_FOR: Final = timedelta(days=3)
_DIGEST: Final = "digest"


class LinkError(ValueError):
    """A link that says nothing: changed on its way, cut off, or too old (`expired`)."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("expired" if expired else "invalid")
        self.expired = expired


def unsubscribe_token(secret: str, mail_key: str, kind: NotificationKind | None) -> str:
    """Return what names a person and a kind of mail in a link; None stands for digests."""
    return _signer(secret, "unsubscribe").dumps([mail_key, kind.value if kind else _DIGEST])


def read_unsubscribe(secret: str, token: str) -> tuple[str, NotificationKind | None]:
    """Return the mail key and the kind that a token names. Raises LinkError."""
    mail_key, kind = _read(secret, "unsubscribe", token, UNSUBSCRIBE_FOR)
    try:
        return mail_key, None if kind == _DIGEST else NotificationKind(kind)
    except ValueError:
        raise LinkError(expired=True) from None


def address_token(secret: str, user: User) -> str:
    """Return what names a person and their present address in a link."""
    return _signer(secret, "address").dumps([user.mail_key, address_hash(user.email)])


def read_address(secret: str, token: str) -> tuple[str, str]:
    """Return the mail key and the hash of the address that a token names. Raises LinkError."""
    return _read(secret, "address", token, CONFIRM_FOR)


def _signer(secret: str, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=f"matchmaker-{purpose}")


def _read(secret: str, purpose: str, token: str, good_for: timedelta) -> tuple[str, str]:
    try:
        found = _signer(secret, purpose).loads(token, max_age=int(good_for.total_seconds()))
    except SignatureExpired:
        raise LinkError(expired=True) from None
    except BadSignature:
        raise LinkError(expired=False) from None
    first, second = found
    return str(first), str(second)
