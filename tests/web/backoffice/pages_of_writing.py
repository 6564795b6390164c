"""The addresses at which a language model is set up and asked."""

from __future__ import annotations

from typing import Any

from duli.base.clock import now
from duli.platform.language_models.models import ModelCall
from duli.platform.media.services import store_image
from tests import factories
from tests.platform.media.pictures import picture
from tests.web.backoffice.address import Address

ADDRESSES = (
    Address("product_writing", None, "catalogue.edit"),
    Address("picture_words", None, "catalogue.edit", ("picture",)),
    Address("settings_language_model", "settings.view"),
    Address("settings_language_model_limits", "settings.edit", "settings.edit"),
    Address("settings_language_model_call", "settings.view", None, ("model_call",)),
    Address("settings_language_model_account", "settings.edit", "settings.edit", ("=openai",)),
    Address("settings_language_model_check", None, "settings.edit", ("=openai",)),
)


def things() -> dict[str, Any]:
    """Make what the addresses name."""
    call = ModelCall.objects.create(
        purpose="product.write", provider="openai", question='{"task": "write"}', answer="{}", asked_at=now()
    )
    return {
        "picture": store_image(content=picture(), name="cup.jpg", actor=factories.ACTOR).pk,
        "model_call": call.pk,
    }
