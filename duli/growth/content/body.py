"""The blocks that pages are built from."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Field
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.stream_block import StreamValue
from wagtail.fields import StreamField

RICH_TEXT = ["h3", "h4", "bold", "italic", "ol", "ul", "hr", "link", "strikethrough"]
ANSWER_TEXT = ["bold", "italic", "ol", "ul", "link"]
MAXIMUM_PRODUCTS = 12


class _Chooser(blocks.ChooserBlock):
    """Chooses a row in a window. The window is drawn by the back office, so the widget only names its addresses."""

    viewset = ""

    @cached_property
    def widget(self) -> Any:
        from duli.growth.content.choosers import chooser

        return chooser(self.viewset)


class PictureChooserBlock(_Chooser):
    target_model = "media.Asset"
    viewset = "content_pictures"

    class Meta:
        icon = "image"


class ProductChooserBlock(_Chooser):
    target_model = "catalogue.Product"
    viewset = "content_products"

    class Meta:
        icon = "tag"


def collection_choices() -> list[tuple[str, str]]:
    """Return collections and categories by their handles, as a merchant knows them."""
    from duli.commerce.assortment import selectors as assortment
    from duli.platform.store.selectors import current_store

    own = current_store().default_language
    found = [(head.handle, head.title) for head in assortment.collections(own)]
    return found + [(node.handle, node.name) for node in assortment.category_nodes(own).values()]


class WrittenBlock(blocks.RichTextBlock):
    """Rich text, checked without the field of the form.

    Making that field loads the editor. A call of the API that did so first would leave it without its features, which
    are only registered when somebody opens the editor, for as long as the process lives.
    """

    def clean(self, value: Any) -> Any:
        if self.field_options["required"] and not value.source.strip():
            raise ValidationError(Field.default_error_messages["required"], code="required")
        return value


class PictureBlock(blocks.StructBlock):
    picture = PictureChooserBlock(label=_("Picture"))
    alt = blocks.CharBlock(
        label=_("Description"),
        required=False,
        max_length=255,
        help_text=_("For those who cannot see it. Left empty, the picture's own description is used."),
    )
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=255)

    class Meta:
        icon = "image"
        label = _("Picture")


class CollectionBlock(blocks.StructBlock):
    collection = blocks.ChoiceBlock(label=_("Collection or category"), choices=collection_choices)
    limit = blocks.IntegerBlock(label=_("Products shown"), default=4, min_value=1, max_value=MAXIMUM_PRODUCTS)

    class Meta:
        icon = "folder-open-inverse"
        label = _("Collection")


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("Quote"), max_length=1000)
    source = blocks.CharBlock(label=_("Who said it"), required=False, max_length=160)

    class Meta:
        icon = "openquote"
        label = _("Quote")


class ButtonBlock(blocks.StructBlock):
    label = blocks.CharBlock(label=_("Words"), max_length=80)
    link = blocks.CharBlock(
        label=_("Link"), max_length=1000, help_text=_("A page of the shop (/collections/tea) or an https address.")
    )

    class Meta:
        icon = "link"
        label = _("Button")

    def clean(self, value: Any) -> Any:
        from django.utils.translation import gettext

        from duli.growth.content.reading import safe_link

        cleaned = super().clean(value)
        if not safe_link(cleaned["link"]):
            message = gettext("Begin with / for a page of the shop, or with https://.")
            raise blocks.StructBlockValidationError(block_errors={"link": blocks.StreamBlockValidationError(message)})
        return cleaned


class VideoBlock(blocks.StructBlock):
    url = blocks.URLBlock(label=_("Address of the film"), help_text=_("YouTube, Vimeo, Bilibili, or any https page."))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=255)

    class Meta:
        icon = "media"
        label = _("Film")


class QuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(label=_("Question"), max_length=255)
    answer = WrittenBlock(label=_("Answer"), features=ANSWER_TEXT)

    class Meta:
        icon = "help"
        label = _("Question and answer")


class BodyBlock(blocks.StreamBlock):
    heading = blocks.CharBlock(label=_("Heading"), icon="title", max_length=160)
    text = WrittenBlock(label=_("Text"), icon="pilcrow", features=RICH_TEXT)
    picture = PictureBlock()
    products = blocks.ListBlock(
        ProductChooserBlock(label=_("Product")), label=_("Products"), icon="tag", min_num=1, max_num=MAXIMUM_PRODUCTS
    )
    collection = CollectionBlock()
    quote = QuoteBlock()
    button = ButtonBlock()
    video = VideoBlock()
    questions = blocks.ListBlock(QuestionBlock(), label=_("Questions and answers"), icon="help", min_num=1)


class BodyField(StreamField):
    """A stream of our blocks. Its blocks are code, not schema: changing them needs no migration."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        for name in ("block_types", "use_json_field", "block_lookup"):
            kwargs.pop(name, None)
        super().__init__(BodyBlock(), **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _arguments, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [], kwargs


def raw_blocks(value: Any) -> list[dict[str, Any]]:
    """Return a body as it is stored: a list of {type, value, id}."""
    if isinstance(value, StreamValue):
        return list(value.stream_block.get_prep_value(value) or [])
    return list(value or [])
