"""Reads delivery status notifications (RFC 3464): what mail servers send when a mail came back."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import parseaddr
from typing import Final

from matchmaker.domain.notifications import BounceCode

_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_MARK: Final = re.compile(r"<([0-9a-f]{40})@")


@dataclass(frozen=True, slots=True)
class Report:
    """What a notification says of one recipient."""

    code: BounceCode
    status: str
    """5.1.1 and its like; '' where there is none."""
    addresses: frozenset[str]
    """Whom the mail was for, as the report and the mail's own head say."""
    message_mark: str
    """What stands before the @ in the Message-ID of the mail that came back."""


def read_reports(content: bytes) -> list[Report]:
    """Return what a mail reports; nothing for one that is no report, or says of what mail."""
    # The policy of old keeps heads as they are: foreign servers write what no parser takes.
    message = email.message_from_bytes(content, policy=email.policy.compat32)
    if message.get_content_type() != "multipart/report":
        return []
    head = _returned_head(message)
    mark = _MARK.search(str(head.get("Message-ID", ""))) if head is not None else None
    if head is None or mark is None:
        return []
    to = parseaddr(str(head.get("To", "")))[1].lower()
    found = (_report(group, to, mark.group(1)) for group in _groups(message))
    return [report for report in found if report is not None]


def enhanced_status(text: str) -> str:
    """Return the status of RFC 3463 in what a server said (5.1.1), '' where there is none."""
    found = _STATUS.search(text)
    return found.group() if found else ""


def _groups(message: Message) -> Iterator[Message]:
    """The blocks of fields of all status parts, of the mail and of each recipient."""
    for part in message.walk():
        if part.get_content_type() in {
            "message/delivery-status", "message/global-delivery-status"
        } and isinstance(part.get_payload(), list):  # fmt: skip
            yield from part.get_payload()  # type: ignore[misc]  # messages, as just seen


def _report(fields: Message, to: str, mark: str) -> Report | None:
    action = str(fields.get("Action", "")).strip().lower()
    if action not in {"failed", "delayed"}:
        return None
    status = enhanced_status(str(fields.get("Status", "")))
    lasting = action == "failed" and not status.startswith("4")
    named = (fields.get("Original-Recipient"), fields.get("Final-Recipient"))
    addresses = {str(name).rpartition(";")[2].strip().strip("<>").lower() for name in named if name}
    return Report(
        code=BounceCode.PERMANENT if lasting else BounceCode.TEMPORARY,
        status=status,
        addresses=frozenset(address for address in addresses | {to} if address),
        message_mark=mark,
    )


def _returned_head(message: Message) -> Message | None:
    """The head of the mail that came back: the whole mail or its head stands in a part."""
    for part in message.walk():
        if part.get_content_type() in {"message/rfc822", "message/global"}:
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                return inner[0]
        if part.get_content_type() in {"text/rfc822-headers", "message/global-headers"}:
            text = part.get_payload(decode=True)
            if isinstance(text, bytes):
                return email.message_from_bytes(text, policy=email.policy.compat32)
    return None
