from django.apps import AppConfig
from django.urls import register_converter


class BackofficeConfig(AppConfig):
    name = "duli.web.backoffice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from duli.web.backoffice.converters import RowId

        register_converter(RowId, "row")
