from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "duli.growth.content"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from duli.growth.content import subscribers

        subscribers.listen()
