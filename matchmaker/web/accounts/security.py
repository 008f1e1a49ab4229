"""How Flask-Security is set up: addresses, pages, forms, passwords and mails."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Final, cast

from flask import Flask, Response, after_this_request, render_template, request
from flask.typing import ResponseReturnValue
from flask_security import MailUtil, PasswordUtil, Security, user_confirmed, user_registered
from flask_security.datastore import FSQLALiteUserDatastore
from flask_security.utils import get_message

from matchmaker.config import PROJECT_FOLDER, Settings
from matchmaker.domain.clock import utc_now
from matchmaker.domain.passwords import MIN_LENGTH, is_guessable
from matchmaker.domain.permissions import Actor
from matchmaker.extensions import db
from matchmaker.models import Role, User
from matchmaker.services import audit, bounces
from matchmaker.services.audit import AuditAction
from matchmaker.services.mail import mail_user
from matchmaker.web.accounts import forms
from matchmaker.web.accounts.messages import message_settings
from matchmaker.web.commit import commit

MAIL_CODES: Final[dict[str, str]] = {
    "security/email/welcome": "account_confirm",
    "security/email/confirmation_instructions": "account_confirm",
    "security/email/welcome_existing": "account_exists",
    "security/email/reset_instructions": "account_reset",
    "security/email/reset_notice": "account_password_changed",
    "security/email/change_notice": "account_password_changed",
}
"""Flask-Security's mails by the code that our own mails have."""
_LINKS: Final = ("confirmation_link", "reset_link")


def settings_of_security(settings: Settings) -> dict[str, Any]:
    """Return the configuration of Flask-Security."""
    return {
        "SECURITY_URL_PREFIX": "/<locale:locale>/account",
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_REGISTER_URL": "/register",
        "SECURITY_RESET_URL": "/recover",
        "SECURITY_CHANGE_URL": "/password",
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_I18N_DOMAIN": "messages",
        "SECURITY_I18N_DIRNAME": [str(PROJECT_FOLDER / "translations")],
        "SECURITY_PASSWORD_SALT": settings.password_salt,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2", "plaintext"],
        "SECURITY_PASSWORD_LENGTH_MIN": MIN_LENGTH,
        "SECURITY_PASSWORD_CONFIRM_REQUIRED": False,
        "SECURITY_DATETIME_FACTORY": utc_now,
        "SECURITY_REGISTERABLE": True,
        "SECURITY_CONFIRMABLE": True,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_CONFIRM_EMAIL_WITHIN": timedelta(days=3),
        "SECURITY_RESET_PASSWORD_WITHIN": timedelta(hours=4),
        "SECURITY_FRESHNESS": timedelta(minutes=30),
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=15),
        "SECURITY_POST_LOGIN_VIEW": "accounts.overview",
        "SECURITY_POST_LOGOUT_VIEW": "home.index",
        "SECURITY_POST_REGISTER_VIEW": "accounts.check_mail",
        "SECURITY_POST_CHANGE_VIEW": "accounts.overview",
        "SECURITY_EMAIL_PLAINTEXT": False,
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_CACHE_CONTROL": {"no_store": True},
        **message_settings(),
    }


def init_app(app: Flask) -> None:
    """Bind Flask-Security with our tables, forms and mails."""
    Security(mail_util_cls=AccountMail, password_util_cls=Passwords).init_app(
        app,
        FSQLALiteUserDatastore(db, User, Role),
        login_form=forms.SignInForm,
        register_form=forms.RegistrationForm,
        forgot_password_form=forms.RecoveryForm,
        send_confirmation_form=forms.ConfirmationForm,
        reset_password_form=forms.NewPasswordForm,
        change_password_form=forms.PasswordChangeForm,
        verify_form=forms.AgainForm,
    )
    # Only the session's cookie says who somebody is: no token in a header or an address does.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    user_registered.connect(_on_registered, app)
    user_confirmed.connect(_on_confirmed, app)
    confirm = app.view_functions["security.confirm_email"]

    def confirm_with_button(token: str) -> ResponseReturnValue:
        """Mail scanners open links: opening one shows a button, pressing it confirms."""
        if request.method == "GET":
            return render_template("security/confirm.html", form=forms.AnswerForm())
        return cast("ResponseReturnValue", confirm(token=token))

    app.view_functions["security.confirm_email"] = confirm_with_button


def _on_registered(_app: Flask, user: User, **_data: object) -> None:
    _record(AuditAction.USER_REGISTERED, user)


def _on_confirmed(_app: Flask, user: User, **_data: object) -> None:
    bounces.clear(db.session, user.email, now=utc_now())
    _record(AuditAction.USER_CONFIRMED, user)


def _record(action: AuditAction, user: User) -> None:
    """Write the audit entry into the transaction that Flask-Security commits."""
    db.session.flush()
    actor = Actor(user_id=user.id)
    audit.record(db.session, actor, action, user, now=utc_now())


class Passwords(PasswordUtil):
    """Refuses what is guessed first, besides what is too short."""

    def validate(
        self,
        password: str,
        is_register: bool,
        **kwargs: Any,
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong with a new password, if anything, and the password normalised."""
        problems, normal = super().validate(password, is_register, **kwargs)
        user = kwargs.get("user")
        known = (kwargs.get("name"), kwargs.get("email"), user and user.name, user and user.email)
        if not problems and is_guessable(normal, [text for text in known if text]):
            problems = [get_message("PASSWORD_TOO_SIMPLE")[0]]
        return problems, normal


class AccountMail(MailUtil):
    """Sends the mails of Flask-Security as all our mails go: written down, sent by the worker."""

    def normalize(self, email: str) -> str:
        """Return the address as we keep it: in lower case. Raises for what is no address."""
        return str(super().normalize(email)).lower()

    def validate(self, email: str) -> str:
        """Return a new address as we keep it: in lower case. Raises for what is no address."""
        return str(super().validate(email)).lower()

    def send_mail(  # noqa: PLR0917 - its signature
        self,
        template: str,
        subject: str,  # noqa: ARG002
        recipient: str | tuple[str, str],  # noqa: ARG002
        sender: object,  # noqa: ARG002
        body: str | None,  # noqa: ARG002
        html: str | None,  # noqa: ARG002
        **context: Any,
    ) -> None:
        """Write down one mail; its text is made when it is sent, in its reader's language."""
        user: User = context["user"]
        link = next((context[name] for name in _LINKS if context.get(name)), "")
        db.session.flush()
        mail_user(
            db.session,
            user,
            code=_mail_code(template, context),
            dedupe_key=f"account:{secrets.token_hex(16)}",
            now=utc_now(),
            name=user.name,
            link=str(link),
        )
        after_this_request(_commit)


def _mail_code(template: str, context: dict[str, Any]) -> str:
    if template == "security/email/welcome_existing" and context.get("confirmation_link"):
        return "account_confirm"
    return MAIL_CODES[template]


def _commit(response: Response) -> Response:
    """Flask-Security's views commit by themselves; some of them only send mail and do not."""
    commit()
    return response
