from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "duli.growth.webhooks"
    default_auto_field = "django.db.models.BigAutoField"
