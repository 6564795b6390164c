"""Connects allauth's second step to our secrets and words."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.translation import gettext_lazy as _

from duli.platform.store.sealing import seal, unseal
from duli.platform.store.selectors import current_store

PURPOSE = "accounts.second_step"


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right, or it was used already."),
    }

    def get_totp_issuer(self) -> str:
        return current_store().name

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose=PURPOSE)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": current_store().name}

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """The audit log says it; allauth's mails are not ours."""
