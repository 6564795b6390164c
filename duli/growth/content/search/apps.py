from __future__ import annotations

from modelsearch.apps import ModelSearchAppConfig


class PageSearchConfig(ModelSearchAppConfig):
    """Wagtail's search without its index: `WAGTAILSEARCH_BACKENDS` names a backend that needs none."""

    name = "duli.growth.content.search"
    label = "content_search"
    backend_setting_name = "WAGTAILSEARCH_BACKENDS"
    default = True

    def ready(self) -> None:
        """Watch nothing: Wagtail would ask at every save whether an index is to be written."""
