from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

from django.apps import AppConfig
from django.conf import settings


class PaymentsConfig(AppConfig):
    name = "duli.commerce.payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every plugin register itself: those in settings.DULI_PLUGINS and those installed beside Duli.

        A plugin is a package whose `register()` adds its gateways to the registry.
        """
        modules = list(getattr(settings, "DULI_PLUGINS", ()))
        modules += [entry.value for entry in entry_points(group="duli.plugins") if entry.value not in modules]
        for module in modules:
            import_module(module).register()
