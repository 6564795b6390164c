"""The windows in which pictures of the media library and products are chosen for a page."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet

from duli.base.errors import DuliError, PermissionDenied, sentence
from duli.base.text import one_line
from duli.commerce.catalogue.models import Product
from duli.growth.content.choosers import PictureChooser
from duli.platform.accounts.permissions import allowed, require
from duli.platform.media.models import Asset, AssetKind
from duli.platform.media.services import store_image
from duli.platform.media.types import ImageView, source
from duli.web.backoffice.access import actor_of

PICTURES_PER_WINDOW = 18


class _SearchForm(BaseFilterForm):
    """One field; the words are looked for as they stand."""

    fields_searched: tuple[str, ...] = ()

    q = forms.CharField(label=_("Search"), required=False, max_length=200)

    def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        words = one_line(self.cleaned_data.get("q") or "")
        if words:
            self.is_searching, self.search_query = True, words
            for word in words.split()[:8]:
                hits = Q()
                for name in self.fields_searched:
                    hits |= Q(**{f"{name}__icontains": word})
                objects = objects.filter(hits)
        return objects


class PictureSearchForm(_SearchForm):
    fields_searched = ("alt", "original_name")


class ProductSearchForm(_SearchForm):
    fields_searched = ("title", "handle")


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File"), widget=forms.FileInput(attrs={"accept": "image/*"}))
    alt = forms.CharField(
        label=_("Description"), max_length=255, required=False, help_text=_("For those who cannot see the picture.")
    )


class _Pictures:
    """What all views of the window share."""

    def get_object_list(self) -> QuerySet[Asset]:
        return Asset.objects.filter(kind=AssetKind.IMAGE).order_by("-pk")

    def get_edit_item_url(self, instance: Asset) -> str:
        return ""

    def get_display_title(self, instance: Asset) -> str:
        return instance.alt or instance.original_name

    def get_chosen_response_data(self, item: Asset) -> dict[str, Any]:
        return PictureChooser().get_value_data_from_instance(item) | {"id": str(item.pk)}

    def get_object(self, pk: str) -> Asset:
        return self.get_object_list().get(pk=_row(pk))

    def can_create(self) -> bool:
        return allowed(cast(Any, self).request.user, "media.edit")


class _Grid(_Pictures):
    filter_form_class = PictureSearchForm
    results_template_name = "backoffice/content/pictures.html"
    per_page = PICTURES_PER_WINDOW

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        view = cast(Any, self)
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        context["pictures"] = [
            {
                "title": self.get_display_title(asset),
                "src": source(ImageView(asset.pk, asset.content_hash, asset.width, asset.height), 320, "webp"),
                "url": view.append_preserved_url_parameters(reverse(view.chosen_url_name, args=[asset.pk])),
            }
            for asset in context["results"]
        ]
        return context


def _row(pk: str) -> int:
    """Return a row's number out of an address; 0, which no row has, for anything else."""
    return int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else 0


class ChoosePicture(_Grid, chooser.ChooseView):
    pass


class ChoosePictureResults(_Grid, chooser.ChooseResultsView):
    pass


class ChosenPicture(_Pictures, chooser.ChosenView):
    pass


class UploadPicture(_Pictures, chooser.CreateView):
    def post(self, request: Any) -> Any:
        self.form = self.get_creation_form()
        if not self.form.is_valid():
            return self.get_reshow_creation_form_response()
        require(request.user, "media.edit")
        file = self.form.cleaned_data["file"]
        try:
            asset = store_image(
                content=cast(BinaryIO, file.file),
                name=file.name,
                alt=self.form.cleaned_data["alt"],
                actor=actor_of(request),
            )
        except DuliError as error:
            self.form.add_error("file", sentence(error))
            return self.get_reshow_creation_form_response()
        return self.get_chosen_response(asset)


class PictureWindow(ChooserViewSet):
    model = Asset
    icon = "image"
    choose_one_text = _("Choose a picture")
    page_title = _("Choose a picture")
    search_tab_label = _("Library")
    creation_tab_label = _("Upload")
    create_action_label = _("Upload")
    create_action_clicked_label = _("Uploading…")
    creation_form_class = UploadForm
    choose_view_class = ChoosePicture
    choose_results_view_class = ChoosePictureResults
    chosen_view_class = ChosenPicture
    create_view_class = UploadPicture
    register_widget = False
    per_page = PICTURES_PER_WINDOW

    def get_object_list(self) -> QuerySet[Asset]:
        return Asset.objects.filter(kind=AssetKind.IMAGE).order_by("-pk")


class _Products:
    filter_form_class = ProductSearchForm

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not allowed(request.user, "catalogue.view"):
            raise PermissionDenied()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def get_edit_item_url(self, instance: Product) -> str:
        return ""

    def get_object(self, pk: str) -> Product:
        return Product.objects.get(pk=_row(pk))

    def can_create(self) -> bool:
        return False


class ChooseProduct(_Products, chooser.ChooseView):
    pass


class ChooseProductResults(_Products, chooser.ChooseResultsView):
    pass


class ChosenProduct(_Products, chooser.ChosenView):
    pass


class ProductWindow(ChooserViewSet):
    model = Product
    icon = "tag"
    choose_one_text = _("Choose a product")
    page_title = _("Choose a product")
    choose_view_class = ChooseProduct
    choose_results_view_class = ChooseProductResults
    chosen_view_class = ChosenProduct
    register_widget = False

    def get_object_list(self) -> QuerySet[Product]:
        return Product.objects.order_by("title", "pk")


pictures = PictureWindow("content_pictures", url_prefix="pictures")
products = ProductWindow("content_products", url_prefix="products")
