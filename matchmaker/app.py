"""The composition root: the only file that knows every part."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, request
from flask_babel import get_locale
from werkzeug.middleware.proxy_fix import ProxyFix

from matchmaker.cli import setup as cli
from matchmaker.config import PROJECT_FOLDER, MailBackend, Settings
from matchmaker.database import engine_options, prepare_engine, writing
from matchmaker.domain.languages import SITE_LANGUAGES
from matchmaker.extensions import alembic, babel, csrf, db, mail
from matchmaker.i18n import formats
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.labels import label
from matchmaker.i18n.locales import current_locale, select_locale
from matchmaker.services.demo_mark import refuse_demo_in_production
from matchmaker.web import errors, locale, permissions, security_headers, uploads
from matchmaker.web.accounts import security as account_security
from matchmaker.web.accounts.views import blueprint as accounts
from matchmaker.web.accounts.views import verification
from matchmaker.web.cases import blueprint as cases
from matchmaker.web.demo_mail import views as demo_mail
from matchmaker.web.desk import blueprints as desk
from matchmaker.web.directory import blueprints as directory
from matchmaker.web.engine.views import blueprint as engine
from matchmaker.web.export_control.views import blueprint as export_control
from matchmaker.web.follow_up.views import blueprint as follow_up
from matchmaker.web.glossary.views import blueprint as glossary
from matchmaker.web.home.views import blueprint as home
from matchmaker.web.imports.views import blueprint as imports
from matchmaker.web.matches import blueprints as matches
from matchmaker.web.moderation.views import blueprint as moderation
from matchmaker.web.navigation import nav_groups
from matchmaker.web.notifications import blueprints as notifications
from matchmaker.web.outreach.claims import blueprint as claims
from matchmaker.web.outreach.represented import blueprint as represented
from matchmaker.web.outreach.tasks import blueprint as tasks
from matchmaker.web.posting.views import blueprint as posting
from matchmaker.web.search.views import blueprint as search
from matchmaker.web.statistics.views import blueprint as statistics
from matchmaker.web.talks import blueprints as talks
from matchmaker.web.translations.views import blueprint as translations
from matchmaker.worker import setup as worker

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_TEXT_MEGABYTES = 2
"""What a form may hold besides its files."""
_MAIL_BACKENDS = {
    MailBackend.SMTP: "smtp",
    MailBackend.FILE: "file",
    MailBackend.MEMORY: "locmem",
}


def blueprints() -> Iterable[Blueprint]:
    """Return the areas of the site, in the order of the table of contents."""
    return (
        home,
        cases,
        follow_up,
        *talks,
        *desk,
        *directory,
        statistics,
        engine,
        export_control,
        glossary,
        *matches,
        search,
        posting,
        imports,
        tasks,
        represented,
        claims,
        accounts,
        verification,
        *notifications,
        moderation,
        translations,
    )


def create_app(settings: Settings | None = None) -> Flask:
    """Build the site. Without `settings` they are read from the environment.

    Raises SettingsError when a setting is missing, RuntimeError when a view declares no permission.
    """
    settings = settings or Settings.from_environment()
    app = Flask("matchmaker", instance_path=str(settings.instance_folder))
    app.config.from_mapping(flask_settings(settings))
    _make_folders(settings)
    logging.getLogger("matchmaker").setLevel(settings.log_level)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's own recipe
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    _prepare_requests(app)
    _bind_extensions(app)
    with app.app_context():
        refuse_demo_in_production(db.engine, settings)
    locale.init_app(app)
    account_security.init_app(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    demo_mail.init_app(app, settings)
    errors.init_app(app)
    security_headers.init_app(app, settings)
    _prepare_templates(app, settings)
    permissions.refuse_undeclared(app)
    worker.init_app(app)
    cli.init_app(app)
    return app


def flask_settings(settings: Settings) -> dict[str, Any]:
    """Translate our settings into those of Flask and its extensions."""
    address = urlsplit(settings.public_url)
    return {
        "SETTINGS": settings,
        "TESTING": settings.environment == "test",
        "SECRET_KEY": settings.secret_key,
        "SERVER_NAME": address.netloc,
        "PREFERRED_URL_SCHEME": address.scheme,
        "TRUSTED_HOSTS": [address.hostname] if settings.is_production else None,
        "MAX_CONTENT_LENGTH": (settings.max_upload_megabytes + _TEXT_MEGABYTES) * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": _TEXT_MEGABYTES * 1024 * 1024,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "SQLALCHEMY_ENGINES": {
            "default": {"url": settings.database_url, **engine_options(settings.database_url)}
        },
        "ALEMBIC": {
            "script_location": str(PROJECT_FOLDER / "migrations"),
            "version_locations": [str(PROJECT_FOLDER / "migrations" / "versions")],
        },
        "ALEMBIC_CONTEXT": {
            "render_as_batch": True,
            "compare_type": True,
            "transactional_ddl": True,  # SQLite too: we begin its transactions ourselves
        },
        "BABEL_TRANSLATION_DIRECTORIES": str(PROJECT_FOLDER / "translations"),
        "BABEL_DEFAULT_TIMEZONE": settings.time_zone,
        "COUNTRY_NAMES_FILE": str(settings.country_names_file),
        "WTF_CSRF_TIME_LIMIT": None,
        "MAIL_BACKEND": _MAIL_BACKENDS[settings.mail_backend],
        "MAIL_FILE_PATH": str(settings.mail_folder),
        "MAIL_SERVER": settings.mail_server,
        "MAIL_PORT": settings.mail_port,
        "MAIL_USERNAME": settings.mail_username or None,
        "MAIL_PASSWORD": settings.mail_password or None,
        "MAIL_USE_TLS": settings.mail_use_tls,
        "MAIL_USE_SSL": settings.mail_use_ssl,
        "MAIL_TIMEOUT": settings.mail_timeout,
        "MAIL_DEFAULT_SENDER": settings.mail_sender,
        **security_headers.cookie_settings(settings),
        **account_security.settings_of_security(settings),
    }


def _make_folders(settings: Settings) -> None:
    for folder in (
        settings.instance_folder,
        settings.upload_folder,
        settings.index_folder,
        settings.mail_folder,
    ):
        folder.mkdir(parents=True, exist_ok=True)


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    alembic.init_app(app)
    babel.init_app(app, locale_selector=select_locale, timezone_selector=locale.select_time_zone)
    csrf.init_app(app)
    mail.init_app(app)


def _prepare_requests(app: Flask) -> None:
    # Before all others: one of Flask-Security's begins a transaction to load the person.
    @app.before_request
    def announce_writing() -> None:
        writing.set(request.method not in _READING)

    uploads.init_app(app)  # before the check of the form's token, which reads the form


def _prepare_templates(app: Flask, settings: Settings) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        date=formats.long_date,
        datetime=formats.long_datetime,
        time_of_day=formats.time_of_day,
        file_size=formats.file_size,
        listed=formats.listed,
        number=formats.number,
        percent=formats.percent,
        money=formats.money,
        country=place_name,
        province=place_name,
        language_name=formats.language_name,
        label=label,
    )
    app.jinja_env.globals["current_locale"] = current_locale

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {
            "actor": permissions.current_actor,
            "nav_groups": nav_groups,
            "language_links": locale.language_links,
            "site_languages": SITE_LANGUAGES,
            "locale": current_locale(),
            "text_direction": get_locale().text_direction,
            "support_email": settings.support_email,
            "settings": settings,
        }
