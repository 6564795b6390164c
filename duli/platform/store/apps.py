from django.apps import AppConfig

from duli.platform.store.language_reads import make_quicker
from duli.platform.store.moments import read_quickly

# Not in `ready`: some models ask for a text while they are loaded.
make_quicker()


class StoreConfig(AppConfig):
    name = "duli.platform.store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        read_quickly()
