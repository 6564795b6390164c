"""What the account pages say above their forms, in place of allauth's words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# allauth's message → our sentence; what is not here is not said ("You have logged in" is seen anyway).
NOTICES: dict[str, Promise] = {
    "account/messages/password_changed.txt": _("Your password was changed. You were logged out on all other devices."),
    "account/messages/password_set.txt": _("Your password was set."),
    "account/messages/phone_verified.txt": _("Your phone number is confirmed."),
    "account/messages/email_confirmed.txt": _("Your e-mail address is confirmed."),
    "account/messages/email_confirmation_failed.txt": _("This e-mail address could not be confirmed."),
    "account/messages/email_deleted.txt": _("The e-mail address was removed."),
}

_WRONG = _("This address and this password do not belong together.")

ERRORS: dict[str, Promise] = {
    "account_inactive": _("This account is closed."),
    "email_password_mismatch": _WRONG,
    "phone_password_mismatch": _WRONG,
    "username_password_mismatch": _WRONG,
    "enter_current_password": _("The current password is not right."),
    "incorrect_password": _("The password is not right."),
    "incorrect_code": _("This code is not right. Please check it, or ask for a new one."),
    "too_many_login_attempts": _("Too many attempts. Please wait five minutes and try again."),
    "rate_limited": _("A code was sent a moment ago. Please wait a little before you ask for another one."),
    "invalid_login": _("Type an e-mail address or a phone number."),
    "email_taken": _("This e-mail address cannot be used."),
    "phone_taken": _("This phone number cannot be used."),
    "duplicate_email": _("This is your e-mail address already."),
    "same_as_current": _("This is the same as before."),
}
