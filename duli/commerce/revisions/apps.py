from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class RevisionsConfig(AppConfig):
    name = "duli.commerce.revisions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscover_modules("variant_parts")
