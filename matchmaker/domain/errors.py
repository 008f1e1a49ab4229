"""What can go wrong, as codes with data. The sentences are made in `i18n.errors`."""

import errno
from enum import StrEnum, auto
from typing import Final

NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of OSError that say that a disk is full, or that a limit on it is reached."""


class ErrorCode(StrEnum):
    NOT_ALLOWED = auto()
    NOT_FOUND = auto()
    STALE = auto()
    LISTING_STEP_NOT_ALLOWED = auto()
    LISTING_INCOMPLETE = auto()
    LISTING_DUPLICATE = auto()
    LISTING_LANGUAGE_EXISTS = auto()
    LISTING_NOT_EDITABLE = auto()
    LANGUAGE_DIFFERS = auto()
    TEXT_TOO_LONG = auto()
    TEXT_EMPTY = auto()
    TEXT_UNREADABLE_ENCODING = auto()
    UNKNOWN_CODE = auto()
    TOO_MANY_SECTORS = auto()
    RANGE_REVERSED = auto()
    CURRENCY_MISSING = auto()
    AMOUNT_INVALID = auto()
    DATE_INVALID = auto()
    DATE_PAST = auto()
    DATE_FUTURE = auto()
    FILE_TOO_LARGE = auto()
    FILE_TYPE_REFUSED = auto()
    FILE_BROKEN = auto()
    IMAGE_TOO_LARGE = auto()
    TOO_MANY_FILES = auto()
    STORAGE_FULL = auto()
    SPREADSHEET_UNREADABLE = auto()
    SPREADSHEET_NO_ROWS = auto()
    SPREADSHEET_TOO_MANY_ROWS = auto()
    SPREADSHEET_COLUMN_UNKNOWN = auto()
    SPREADSHEET_COLUMN_MISSING = auto()
    SPREADSHEET_COLUMN_TWICE = auto()
    OWN_NUMBER_TWICE = auto()
    ROW_NOT_AN_OBJECT = auto()
    ORGANISATION_NOT_VERIFIED = auto()
    ORGANISATION_HAS_ACCOUNT = auto()
    ORGANISATION_DUPLICATE = auto()
    ORGANISATION_OTHER_CENTRE = auto()
    CONSENT_MISSING = auto()
    CONTACT_MISSING = auto()
    PHONE_INVALID = auto()
    CLAIM_LINK_INVALID = auto()
    CLAIM_ALREADY_MADE = auto()
    TOO_MANY_TRIES = auto()
    MEMBER_ALREADY = auto()
    CONTROL_CLASS_MISSING = auto()
    REASON_MISSING = auto()
    NOTE_MISSING = auto()
    MATCH_STEP_NOT_ALLOWED = auto()
    MATCH_EXISTS = auto()
    MATCH_SAME_ORGANISATION = auto()
    MATCH_SAME_KIND = auto()
    MATCH_LISTING_NOT_LIVE = auto()
    DECISION_TOO_LATE = auto()
    DECISION_OWN_ORGANISATION = auto()
    DECISION_OTHER_SIDE = auto()
    TEXT_NOT_READABLE = auto()
    TEXT_REVISED = auto()
    GATE_CLOSED = auto()
    CONSENT_NOT_GIVEN = auto()
    INTEREST_CLOSED = auto()
    INTEREST_COUNTRY_EXCLUDED = auto()
    CENTRE_UNSUITABLE = auto()
    NOTHING_WAITS = auto()
    REMINDED_TODAY = auto()
    PERIOD_REVERSED = auto()
    TRANSLATION_DONE = auto()
    CENTRE_CANNOT_READ = auto()
    TASK_DONE = auto()
    EMAIL_INVALID = auto()
    EMAIL_TAKEN = auto()
    INDEX_MISSING = auto()


class DomainError(Exception):
    """A rule was broken. `data` holds what the sentence needs: codes and numbers, field names."""

    def __init__(self, code: ErrorCode, *, field: str | None = None, **data: object) -> None:
        super().__init__(code.value, data)
        self.code = code
        self.field = field
        self.data = data
