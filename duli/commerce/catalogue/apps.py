from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "duli.commerce.catalogue"
    default_auto_field = "django.db.models.BigAutoField"
