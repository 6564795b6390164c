from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "duli.platform.audit"
    default_auto_field = "django.db.models.BigAutoField"
