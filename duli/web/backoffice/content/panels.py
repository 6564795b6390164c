"""The forms of pages. Attached to the models here, because a start of the shop need not know them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import (
    FieldPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
    TabbedInterface,
)

from duli.base.text import slugify
from duli.growth.content.choosers import PictureChooser
from duli.growth.content.models import BlogIndex, BlogPost, ContentHome, StandardPage
from duli.growth.content.previews import preview_languages
from duli.growth.content.services import free_address


class PageForm(WagtailAdminPageForm):
    """A page may be saved without an address: it gets one from its title, Chinese ones in pinyin."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
        if "title" in self.fields:
            self.fields["title"].help_text = ""
            self.fields["title"].widget.attrs["placeholder"] = gettext("Title")
        if "tags" in self.fields:
            self.fields["tags"].help_text = _("Write a topic and press Enter.")
        user = getattr(self, "for_user", None)
        if "author" in self.fields and self.instance.pk is None and user is not None:
            self.initial.setdefault("author", user.name)
            self.initial["author"] = self.initial["author"] or user.name

    def clean_slug(self) -> str:
        """Let a second page of the same title have an address of its own, while nobody knows the page by one yet.

        The editor writes the title into an empty address while somebody types: that is no wish of the writer.
        """
        of_title = slugify(self.cleaned_data.get("title") or "")[:80]
        slug = str(self.cleaned_data.get("slug") or "") or of_title
        is_wish = slug != of_title or (self.instance.pk and self.instance.live)
        return slug if is_wish or not slug else free_address(self.instance, slug)


class LanguageSelect(forms.Select):
    """A list of languages; the column's length is no business of a list."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["attrs"].pop("maxlength", None)
        return context


class PicturePanel(FieldPanel):
    """A picture is chosen in a window, so its heading names the section and is no label of a field."""

    class BoundPanel(FieldPanel.BoundPanel):
        def id_for_label(self) -> str:
            return ""


def other_languages() -> list[tuple[str, str]]:
    """Return the languages a page can be translated to: all but the store's own."""
    return preview_languages()[1:]


def _translation(*, excerpt: bool, body: bool) -> InlinePanel:
    fields: list[Any] = [
        FieldPanel("language", widget=LanguageSelect(choices=CallableChoiceIterator(other_languages))),
        FieldPanel("title"),
    ]
    fields += [FieldPanel("excerpt", widget=forms.Textarea(attrs={"rows": 2}))] if excerpt else []
    fields += [FieldPanel("body")] if body else []
    fields += [FieldPanel("seo_title"), FieldPanel("seo_description", widget=forms.Textarea(attrs={"rows": 2}))]
    return InlinePanel(
        "texts",
        heading=_("Translations"),
        label=_("Translation"),
        panels=fields,
        help_text=_("Shoppers who read another language see this; where it is missing they see the original."),
    )


def _beside(translation: InlinePanel) -> ObjectList:
    """Return the tab in which the page's own text stands beside the one that is being written."""
    original = HelpPanel(template="backoffice/content/original.html")
    return ObjectList([original, translation], heading=_("Translations"), classname="side-by-side")


_DESCRIPTION = FieldPanel(
    "search_description",
    heading=_("Description for search engines"),
    help_text=_("One or two sentences that stand below the title in a list of results."),
    widget=forms.Textarea(attrs={"rows": 3}),
)


def _search_engines(*extra: Any) -> ObjectList:
    return ObjectList(
        [
            FieldPanel(
                "slug",
                heading=_("Address"),
                help_text=_("The last part of the address. After a change the old one leads here."),
            ),
            FieldPanel(
                "seo_title", heading=_("Title for search engines"), help_text=_("Left empty, the title is used.")
            ),
            _DESCRIPTION,
            *extra,
        ],
        heading=_("Search engines"),
    )


def _form(content: list[Any], *, excerpt: bool, body: bool, extra: list[Any]) -> TabbedInterface:
    return TabbedInterface(
        [
            ObjectList(content, heading=_("Content")),
            _beside(_translation(excerpt=excerpt, body=body)),
            _search_engines(*extra),
            ObjectList([PublishingPanel()], heading=_("Schedule")),
        ],
        base_form_class=PageForm,
    )


_TITLE = FieldPanel("title", classname="title", help_text="")
StandardPage.edit_handler = _form(  # type: ignore[attr-defined]
    [_TITLE, FieldPanel("body")],
    excerpt=False,
    body=True,
    extra=[PicturePanel("cover", widget=PictureChooser), FieldPanel("menu")],
)
BlogPost.edit_handler = _form(  # type: ignore[attr-defined]
    [
        _TITLE,
        MultiFieldPanel(
            [
                FieldPanel("excerpt", widget=forms.Textarea(attrs={"rows": 2})),
                PicturePanel("cover", widget=PictureChooser),
                FieldPanel("author"),
                FieldPanel("date"),
                FieldPanel("tags"),
            ],
            heading=_("About the post"),
        ),
        FieldPanel("body"),
    ],
    excerpt=True,
    body=True,
    extra=[],
)
for model in (BlogIndex, ContentHome):
    model.edit_handler = TabbedInterface(  # type: ignore[attr-defined]
        [
            ObjectList([_TITLE], heading=_("Content")),
            _beside(_translation(excerpt=False, body=False)),
            ObjectList(
                [
                    FieldPanel(
                        "seo_title",
                        heading=_("Title for search engines"),
                        help_text=_("Left empty, the title is used."),
                    ),
                    _DESCRIPTION,
                ],
                heading=_("Search engines"),
            ),
        ],
        base_form_class=PageForm,
    )
