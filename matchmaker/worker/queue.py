"""Where jobs wait: a SQLite file of its own beside the embedded site, PostgreSQL or Redis else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey
from huey.exceptions import ConfigurationError
from huey.serializer import SignedSerializer

from matchmaker.config import Environment, Settings, SettingsError

_NAME: Final = "matchmaker"


def make_queue(settings: Settings) -> Huey:
    """Return the queue that `MATCHMAKER_QUEUE_URL` names. Jobs are signed with the site's key.

    Raises SettingsError for an address that no queue understands, or whose driver is missing.
    """
    common: dict[str, Any] = {
        "serializer": SignedSerializer(secret=settings.secret_key, salt="matchmaker-jobs"),
        "results": False,
        "utc": True,
    }
    url = settings.queue_url
    scheme, _, rest = url.partition(":///")
    if settings.environment is Environment.TEST and scheme == "sqlite":
        return MemoryHuey(_NAME, **common)
    if scheme == "sqlite":
        Path(rest).parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey(_NAME, filename=rest, timeout=15, **common)
    try:
        if url.startswith(("postgres://", "postgresql://")):
            return PostgresHuey(_NAME, dsn=url, **common)
        if url.startswith(("redis://", "rediss://")):
            return RedisHuey(_NAME, url=url, **common)
    except (ConfigurationError, ImportError) as error:
        raise SettingsError(
            f"MATCHMAKER_QUEUE_URL needs a package that is not installed: {error}"
        ) from error
    raise SettingsError(
        "MATCHMAKER_QUEUE_URL must start with sqlite:///, postgresql:// or redis://, not "
        f"{url.partition(':')[0]}:."
    )
