from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "duli.platform.store"
    default_auto_field = "django.db.models.BigAutoField"
