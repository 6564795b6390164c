from __future__ import annotations

from typing import Any

from allauth.account.stages import EmailVerificationStage


class ReachableStage(EmailVerificationStage):
    """Asks for the code sent by e-mail, unless the person came in by a phone number that is proved."""

    def handle(self) -> tuple[Any, bool]:
        user = self.login.user
        if user is not None and not self.login.email and getattr(user, "phone_verified", False):
            return None, True
        result: tuple[Any, bool] = super().handle()
        return result
