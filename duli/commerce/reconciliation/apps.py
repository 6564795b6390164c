from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "duli.commerce.reconciliation"
    default_auto_field = "django.db.models.BigAutoField"
