"""Flask-Security's messages in our words, so that they stand in our catalogues."""

from __future__ import annotations

from typing import Final


def N_(text: str) -> str:  # noqa: N802 - the name that pybabel knows
    """Mark a text for the catalogues: Flask-Security itself looks it up there."""
    return text


_LINK_EXPIRED = N_("This link has expired. Ask for a new one below.")
_LINK_INVALID = N_("This link is not valid. Ask for a new one below.")

_ERRORS: Final[dict[str, str]] = {
    "API_ERROR": N_("This answer cannot be read."),
    "GENERIC_AUTHN_FAILED": N_(
        "The e-mail address or the password is not right, or the account is not confirmed yet."
    ),
    "UNAUTHORIZED": N_("You may not open this page."),
    "UNAUTHENTICATED": N_("Sign in to open this page."),
    "REAUTHENTICATION_REQUIRED": N_("Confirm that it is you before you go on."),
    "INVALID_CONFIRMATION_TOKEN": _LINK_INVALID,
    "CONFIRMATION_EXPIRED": _LINK_EXPIRED,
    "CONFIRMATION_REQUIRED": N_(
        "Confirm your e-mail address first, with the link that we sent you."
    ),
    "INVALID_RESET_PASSWORD_TOKEN": _LINK_INVALID,
    "PASSWORD_RESET_EXPIRED": _LINK_EXPIRED,
    "EMAIL_ALREADY_ASSOCIATED": N_("There is already an account with this e-mail address."),
    "EMAIL_NOT_PROVIDED": N_("Enter your e-mail address."),
    "INVALID_EMAIL_ADDRESS": N_(
        "Enter an e-mail address in the right form, like name@example.org."
    ),
    "PASSWORD_NOT_PROVIDED": N_("Enter a password."),
    "PASSWORD_INVALID_LENGTH": N_("Choose a password of at least %(length)s characters."),
    "PASSWORD_TOO_SIMPLE": N_("This password is too easy to guess. Choose another one."),
    "PASSWORD_IS_THE_SAME": N_("The new password must differ from the old one."),
    "PASSWORD_MISMATCH": N_("The password is not right."),
    "RETYPE_PASSWORD_MISMATCH": N_("The two passwords differ."),
    "INVALID_PASSWORD": N_("The password is not right."),
    "USER_DOES_NOT_EXIST": N_("There is no account with this e-mail address."),
    "DISABLED_ACCOUNT": N_("This account is closed. Ask the help address below."),
    "INVALID_REDIRECT": N_("The address to go on to is not on this site."),
    "ANONYMOUS_USER_REQUIRED": N_("Sign out first to open this page."),
}
_NOTES: Final[dict[str, str]] = {
    "GENERIC_RECOVERY": N_(
        "If there is an account with this e-mail address, we have sent it a link."
    ),
    "PASSWORD_RESET_REQUEST": N_(
        "If there is an account with this e-mail address, we have sent it a link."
    ),
    "CONFIRMATION_REQUEST": N_(
        "If there is an account with this e-mail address to confirm, we have sent it a link."
    ),
    "ALREADY_CONFIRMED": N_("Your e-mail address is already confirmed. You can sign in."),
    "FORGOT_PASSWORD": N_("Have you forgotten your password?"),
    "LOGIN": N_("Sign in to open this page."),
    "REFRESH": N_("Sign in again to open this page."),
    "REAUTHENTICATION_SUCCESSFUL": N_("Thank you. You can go on."),
}
_SUCCESSES: Final[dict[str, str]] = {
    "CONFIRM_REGISTRATION": N_(
        "Thank you. We have sent a mail to %(email)s: open the link in it to confirm the address."
    ),
    "EMAIL_CONFIRMED": N_("Thank you, your e-mail address is confirmed. You can sign in now."),
    "PASSWORD_RESET": N_("Your password is changed, and you are signed in."),
    "PASSWORD_RESET_NO_LOGIN": N_("Your password is changed. Sign in with the new one."),
    "PASSWORD_CHANGE": N_("Your password is changed."),
}


def message_settings() -> dict[str, tuple[str, str]]:
    """Return the SECURITY_MSG_* settings: (message, category)."""
    kinds = ((_ERRORS, "error"), (_NOTES, "info"), (_SUCCESSES, "success"))
    return {
        f"SECURITY_MSG_{name}": (text, category)
        for texts, category in kinds
        for name, text in texts.items()
    }
