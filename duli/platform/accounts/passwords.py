"""What a password must be, in words that are translated."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext


class LengthValidator(MinimumLengthValidator):
    """Django's own rule; its sentence has no Chinese form in the version we use."""

    def get_error_message(self) -> str:
        return gettext("This password is too short: it needs at least %(count)s characters.") % {
            "count": self.min_length
        }

    def get_help_text(self) -> str:
        return gettext("At least %(count)s characters.") % {"count": self.min_length}
