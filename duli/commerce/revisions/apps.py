from django.apps import AppConfig


class RevisionsConfig(AppConfig):
    name = "duli.commerce.revisions"
    default_auto_field = "django.db.models.BigAutoField"
