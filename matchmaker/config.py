"""Settings: frozen, typed, read once from the environment.

Every setting is one field of `Settings` with the name of its variable and a sentence about it,
so that the documentation can be made from the code (`documented_settings`).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


class Environment(StrEnum):
    """Where the site runs; it decides how strict the start is."""

    DEMO = "demo"
    DEVELOPMENT = "development"
    PRODUCTION = "production"
    TEST = "test"


class MailBackend(StrEnum):
    """Where outgoing mail goes."""

    SMTP = "smtp"
    FILE = "file"
    MEMORY = "memory"


Kind = TypeVar("Kind", bound=StrEnum)


class SettingsError(ValueError):
    """A variable is missing or cannot be read. The message names it and says what to do."""


def _setting(variable: str, about: str, *, secret: bool = False) -> dict[str, object]:
    return {"variable": variable, "about": about, "secret": secret}


@dataclass(frozen=True, slots=True)
class Setting:
    """One documented setting: its environment variable, what it does, whether it is a secret."""

    name: str
    variable: str
    about: str
    secret: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can choose. Build it with `Settings.from_environment`."""

    environment: Environment = field(
        metadata=_setting(
            "MATCHMAKER_ENV",
            "Where the site runs: production (the default), demo, development or test.",
        )
    )
    instance_folder: Path = field(
        metadata=_setting(
            "MATCHMAKER_VAR",
            "Folder for everything the site writes. Default: var/ beside the code.",
        )
    )
    database_url: str = field(
        metadata=_setting(
            "DATABASE_URL",
            "sqlite:///… or postgresql://…. Default: matchmaker.db in the folder MATCHMAKER_VAR.",
        )
    )
    queue_url: str = field(
        metadata=_setting(
            "MATCHMAKER_QUEUE_URL",
            "Where jobs wait: sqlite:///…, postgresql://… or redis://…. "
            "Default: queue.db in the folder MATCHMAKER_VAR.",
        )
    )
    secret_key: str = field(
        repr=False,
        metadata=_setting(
            "SECRET_KEY",
            "Signs cookies, links and jobs. At least 32 characters; required in production.",
            secret=True,
        ),
    )
    password_salt: str = field(
        repr=False,
        metadata=_setting(
            "SECURITY_PASSWORD_SALT",
            "Mixed into every password before hashing. At least 16 characters; required in "
            "production; never change it.",
            secret=True,
        ),
    )
    public_url: str = field(
        metadata=_setting(
            "PUBLIC_URL",
            "Address people use, as in https://match.example.org; mails link to it. "
            "Required in production.",
        )
    )
    proxy_hops: int = field(
        metadata=_setting(
            "MATCHMAKER_PROXY_HOPS",
            "How many reverse proxies stand in front and set X-Forwarded-*. Default: 0.",
        )
    )
    host: str = field(
        metadata=_setting("MATCHMAKER_HOST", "Address to listen on. Default: 127.0.0.1.")
    )
    port: int = field(metadata=_setting("MATCHMAKER_PORT", "Port to listen on. Default: 8000."))
    upload_folder: Path = field(
        metadata=_setting(
            "MATCHMAKER_UPLOADS", "Folder of uploaded files. Default: uploads/ in MATCHMAKER_VAR."
        )
    )
    index_folder: Path = field(
        metadata=_setting(
            "MATCHMAKER_INDEX", "Folder of the matching index. Default: index/ in MATCHMAKER_VAR."
        )
    )
    use_encoder: bool = field(
        metadata=_setting(
            "MATCHMAKER_ENCODER",
            "Whether texts are compared by meaning besides words: yes (the default) or no, which "
            "saves time and memory on a small machine.",
        )
    )
    switch_learnt: bool = field(
        metadata=_setting(
            "MATCHMAKER_LEARNING",
            "What becomes of a better ranking that the engine learnt from decisions: propose (the "
            "default), so that a lead or an administrator switches it on, or switch_on.",
        )
    )
    max_upload_megabytes: int = field(
        metadata=_setting(
            "MATCHMAKER_MAX_UPLOAD_MB",
            "Largest files of one request together, in megabytes. Default: 20.",
        )
    )
    time_zone: str = field(
        metadata=_setting(
            "MATCHMAKER_TIME_ZONE",
            "IANA time zone of the network, for its statistics and dates. Default: Asia/Shanghai.",
        )
    )
    country_names_file: Path = field(
        metadata=_setting(
            "MATCHMAKER_COUNTRY_NAMES",
            "CSV file (code,locale,name) whose names replace the built-in country names. "
            "Default: country_names.csv in MATCHMAKER_VAR.",
        )
    )
    support_email: str = field(
        metadata=_setting(
            "MATCHMAKER_SUPPORT_EMAIL",
            "Address shown as help at the foot of each page. Default: MAIL_SENDER.",
        )
    )
    mail_backend: MailBackend = field(
        metadata=_setting(
            "MAIL_BACKEND",
            "smtp (the default in production), file (a folder, for the demo) or memory (tests).",
        )
    )
    mail_server: str = field(
        metadata=_setting("MAIL_SERVER", "Host name of the SMTP server. Default: localhost.")
    )
    mail_port: int = field(metadata=_setting("MAIL_PORT", "Port of the SMTP server. Default: 25."))
    mail_use_tls: bool = field(
        metadata=_setting("MAIL_USE_TLS", "Use STARTTLS (port 587). Default: no.")
    )
    mail_use_ssl: bool = field(
        metadata=_setting("MAIL_USE_SSL", "Use TLS from the first byte (port 465). Default: no.")
    )
    mail_username: str = field(
        metadata=_setting("MAIL_USERNAME", "Name for the SMTP server, when it wants one.")
    )
    mail_password: str = field(
        repr=False,
        metadata=_setting(
            "MAIL_PASSWORD", "Password for the SMTP server, when it wants one.", secret=True
        ),
    )
    mail_sender: str = field(
        metadata=_setting(
            "MAIL_SENDER", "Address that mails come from. Default: noreply@ the public host."
        )
    )
    mail_timeout: int = field(
        metadata=_setting("MAIL_TIMEOUT", "Seconds to wait for the SMTP server. Default: 20.")
    )
    mail_folder: Path = field(
        metadata=_setting(
            "MAIL_FOLDER", "Where the file backend writes mails. Default: mail/ in MATCHMAKER_VAR."
        )
    )
    translator_url: str = field(
        metadata=_setting(
            "MATCHMAKER_TRANSLATOR_URL",
            "Address of a service with LibreTranslate's interface, as in http://127.0.0.1:5000. "
            "The messages of cases, which are confidential, are sent there to be translated: use "
            "one that you run or trust. Default: none, nothing is translated.",
        )
    )
    translator_key: str = field(
        repr=False,
        metadata=_setting(
            "MATCHMAKER_TRANSLATOR_KEY", "Key for that service, when it wants one.", secret=True
        ),
    )
    translator_name: str = field(
        metadata=_setting(
            "MATCHMAKER_TRANSLATOR_NAME",
            "Its name, as it stands beside what it translated. Default: LibreTranslate.",
        )
    )
    translator_timeout: int = field(
        metadata=_setting(
            "MATCHMAKER_TRANSLATOR_TIMEOUT", "Seconds to wait for its answer. Default: 30."
        )
    )
    log_level: str = field(
        metadata=_setting("MATCHMAKER_LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR. Default: INFO.")
    )

    @property
    def translates(self) -> bool:
        """Whether a service is there that translates messages."""
        return bool(self.translator_url)

    @property
    def is_production(self) -> bool:
        """Whether real people's data are at stake."""
        return self.environment is Environment.PRODUCTION

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from `environment` (by default the process's own).

        Raises SettingsError, naming the variable, when a value is missing or cannot be read.
        """
        read = _Reader(os.environ if environment is None else environment)
        kind = read.choice("MATCHMAKER_ENV", Environment, Environment.PRODUCTION)
        folder = read.path("MATCHMAKER_VAR", PROJECT_FOLDER / "var")
        production = kind is Environment.PRODUCTION
        public_url = _public_url(read, kind)
        sender_host = urlsplit(public_url).hostname or "localhost"
        sender = read.text("MAIL_SENDER", f"noreply@{sender_host}")
        return cls(
            environment=kind,
            instance_folder=folder,
            database_url=_database_url(
                read.text("DATABASE_URL", f"sqlite:///{folder / 'matchmaker.db'}")
            ),
            queue_url=read.text("MATCHMAKER_QUEUE_URL", f"sqlite:///{folder / 'queue.db'}"),
            secret_key=_secret(read, "SECRET_KEY", 32, kind, folder),
            password_salt=_secret(read, "SECURITY_PASSWORD_SALT", 16, kind, folder),
            public_url=public_url,
            proxy_hops=read.number("MATCHMAKER_PROXY_HOPS", 0, 0, 10),
            host=read.text("MATCHMAKER_HOST", "127.0.0.1"),
            port=read.number("MATCHMAKER_PORT", 8000, 1, 65535),
            upload_folder=read.path("MATCHMAKER_UPLOADS", folder / "uploads"),
            index_folder=read.path("MATCHMAKER_INDEX", folder / "index"),
            use_encoder=read.one_of("MATCHMAKER_ENCODER", ("yes", "no")) == "yes",
            switch_learnt=read.one_of("MATCHMAKER_LEARNING", ("propose", "switch_on"))
            == "switch_on",
            max_upload_megabytes=read.number("MATCHMAKER_MAX_UPLOAD_MB", 20, 1, 1024),
            time_zone=read.text("MATCHMAKER_TIME_ZONE", "Asia/Shanghai"),
            country_names_file=read.path("MATCHMAKER_COUNTRY_NAMES", folder / "country_names.csv"),
            support_email=read.text("MATCHMAKER_SUPPORT_EMAIL", sender),
            mail_backend=read.choice(
                "MAIL_BACKEND", MailBackend, MailBackend.SMTP if production else MailBackend.FILE
            ),
            mail_server=read.text("MAIL_SERVER", "localhost"),
            mail_port=read.number("MAIL_PORT", 25, 1, 65535),
            mail_use_tls=read.flag("MAIL_USE_TLS"),
            mail_use_ssl=read.flag("MAIL_USE_SSL"),
            mail_username=read.text("MAIL_USERNAME", ""),
            mail_password=read.text("MAIL_PASSWORD", ""),
            mail_sender=sender,
            mail_timeout=read.number("MAIL_TIMEOUT", 20, 1, 600),
            mail_folder=read.path("MAIL_FOLDER", folder / "mail"),
            translator_url=_translator_url(read),
            translator_key=read.text("MATCHMAKER_TRANSLATOR_KEY", ""),
            translator_name=read.text("MATCHMAKER_TRANSLATOR_NAME", "LibreTranslate")[:100],
            translator_timeout=read.number("MATCHMAKER_TRANSLATOR_TIMEOUT", 30, 1, 600),
            log_level=read.one_of("MATCHMAKER_LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
        )


def documented_settings() -> Iterator[Setting]:
    """Yield each setting with its variable and its sentence, in the order of `Settings`."""
    for item in fields(Settings):
        yield Setting(
            name=item.name,
            variable=str(item.metadata["variable"]),
            about=str(item.metadata["about"]),
            secret=bool(item.metadata["secret"]),
        )


def configuration_page() -> str:
    """Return docs/configuration.md: every setting in a table, made from the code."""
    rows = (
        f"| `{setting.variable}` | {setting.about}{' Secret.' if setting.secret else ''} |"
        for setting in documented_settings()
    )
    return "\n".join(
        (
            "# Configuration",
            "",
            "Made from the code by `python -m matchmaker.config > docs/configuration.md`.",
            "Everything is read from the environment, once, at the start; an empty variable counts",
            "as not set.",
            "",
            "| variable | what it chooses |",
            "|---|---|",
            *rows,
            "",
        )
    )


class _Reader:
    """Reads single variables; an empty variable counts as not set."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, variable: str, default: str) -> str:
        return self._environment.get(variable, "").strip() or default

    def path(self, variable: str, default: Path) -> Path:
        return Path(self.text(variable, str(default))).expanduser().absolute()

    def number(self, variable: str, default: int, least: int, most: int) -> int:
        text = self.text(variable, str(default))
        try:
            value = int(text)
        except ValueError:
            raise SettingsError(f"{variable} must be a whole number, not {text!r}.") from None
        if not least <= value <= most:
            raise SettingsError(f"{variable} must lie between {least} and {most}, not {value}.")
        return value

    def flag(self, variable: str) -> bool:
        text = self.text(variable, "").lower()
        if text not in _TRUE | _FALSE:
            raise SettingsError(f"{variable} must be yes or no, not {text!r}.")
        return text in _TRUE

    def one_of(self, variable: str, allowed: tuple[str, ...]) -> str:
        text = self.text(variable, allowed[0])
        if text not in allowed:
            raise SettingsError(f"{variable} must be one of {', '.join(allowed)}, not {text!r}.")
        return text

    def choice(self, variable: str, kinds: type[Kind], default: Kind) -> Kind:
        text = self.text(variable, default.value)
        try:
            return kinds(text)
        except ValueError:
            names = ", ".join(kind.value for kind in kinds)
            raise SettingsError(f"{variable} must be one of {names}, not {text!r}.") from None


def _database_url(url: str) -> str:
    """Name the driver that we install, whichever way the operator wrote the scheme."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def _public_url(read: _Reader, kind: Environment) -> str:
    default = "" if kind is Environment.PRODUCTION else "http://127.0.0.1:8000"
    url = read.text("PUBLIC_URL", default).rstrip("/")
    if not url:
        raise SettingsError(
            "PUBLIC_URL is missing: set it to the address of the site, as in "
            "https://match.example.org. (To try the site here, set MATCHMAKER_ENV=development.)"
        )
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
        raise SettingsError(f"PUBLIC_URL must look like https://match.example.org, not {url!r}.")
    if kind is Environment.PRODUCTION and parts.scheme != "https":
        raise SettingsError("PUBLIC_URL must start with https:// in production.")
    return url


def _translator_url(read: _Reader) -> str:
    url = read.text("MATCHMAKER_TRANSLATOR_URL", "").rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise SettingsError(
            f"MATCHMAKER_TRANSLATOR_URL must look like http://127.0.0.1:5000, not {url!r}."
        )
    return url


def _secret(read: _Reader, variable: str, least: int, kind: Environment, folder: Path) -> str:
    value = read.text(variable, "")
    if value:
        if len(value) < least:
            raise SettingsError(f"{variable} must have at least {least} characters.")
        return value
    if kind is Environment.PRODUCTION:
        raise SettingsError(
            f"{variable} is missing: production does not start without it. Make one with "
            '`python -c "import secrets; print(secrets.token_urlsafe(48))"`. '
            "(To try the site here, set MATCHMAKER_ENV=development.)"
        )
    return _local_secret(folder / f"{variable.lower()}.txt")


def _local_secret(path: Path) -> str:
    """A random secret of this machine, made once, so that web and worker share it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        value = secrets.token_urlsafe(48)
        file.write(value)
    return value


if __name__ == "__main__":
    print(configuration_page(), end="")  # noqa: T201 - the page is the output
