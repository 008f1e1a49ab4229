"""The instant at which the rows of tests are made."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Final

NOW: Final = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TODAY: Final = date(2026, 11, 23)

serial: Final = count(1)
"""Numbers for names and addresses that must differ."""
