"""The fields that choose a picture or a product. Their windows are screens of the back office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.telepath import register
from wagtail.admin.widgets.chooser import BaseChooser, BaseChooserAdapter

from duli.platform.media.types import ImageView, source


class _Chooser(BaseChooser):
    show_edit_link = False

    def get_hidden_input_context(self, name: str, value: Any, attrs: dict[str, Any]) -> dict[str, Any]:
        """Leave out what only a visible field may say of itself."""
        kept = {key: said for key, said in attrs.items() if not key.startswith("aria-")}
        context: dict[str, Any] = super().get_hidden_input_context(name, value, kept)
        return context


class PictureChooser(_Chooser):
    """Chooses a picture of the media library and shows it."""

    model = "media.Asset"
    chooser_modal_url_name = "content_pictures:choose"
    template_name = "backoffice/content/picture_chooser.html"
    icon = "image"
    classname = "picture-chooser"
    choose_one_text = _("Choose a picture")
    choose_another_text = _("Choose another picture")
    clear_choice_text = _("Remove the picture")
    js_constructor = "PictureChooser"

    def get_display_title(self, instance: Any) -> str:
        return str(instance.alt or instance.original_name)

    def get_value_data_from_instance(self, instance: Any) -> dict[str, Any]:
        view = ImageView(instance.pk, instance.content_hash, instance.width, instance.height)
        return {
            "id": instance.pk,
            "edit_url": "",
            "title": self.get_display_title(instance),
            "preview": {"url": source(view, 320, "webp")},
            "alt": instance.alt,
        }

    def get_context(self, name: str, value_data: dict[str, Any], attrs: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value_data, attrs)
        context["preview_url"] = value_data.get("preview", {}).get("url", "")
        return context

    @cached_property
    def media(self) -> forms.Media:
        telepath = versioned_static("wagtailadmin/js/chooser-widget-telepath.js")
        return super().media + forms.Media(js=[telepath, "backoffice/js/picture-chooser.js"])


class PictureChooserAdapter(BaseChooserAdapter):
    js_constructor = "duli.PictureChooser"


register(PictureChooserAdapter(), PictureChooser)


class ProductChooser(_Chooser):
    model = "catalogue.Product"
    chooser_modal_url_name = "content_products:choose"
    icon = "tag"
    choose_one_text = _("Choose a product")
    choose_another_text = _("Choose another product")


def chooser(name: str) -> BaseChooser:
    """Return the field that opens the window called `name`."""
    return {"content_pictures": PictureChooser, "content_products": ProductChooser}[name]()
