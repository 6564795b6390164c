from django.apps import AppConfig

from duli.platform.store.language_reads import make_quicker

# Not in `ready`: some models ask for a text while they are loaded.
make_quicker()


class StoreConfig(AppConfig):
    name = "duli.platform.store"
    default_auto_field = "django.db.models.BigAutoField"
