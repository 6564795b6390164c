from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "duli.platform.events"
    default_auto_field = "django.db.models.BigAutoField"
