from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CustomersConfig(AppConfig):
    name = "duli.commerce.customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscover_modules("holders")
        from duli.commerce.customers import own  # noqa: F401 - registers what this room and those below it keep
