"""The form that categories, collections, brands and the like have in common: words in every language, a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from duli.commerce.catalogue.selectors import translations_of
from duli.platform.media.models import Asset
from duli.platform.media.services import store_image
from duli.web.backoffice.access import actor_of
from duli.web.backoffice.kit.forms import Line, Prose
from duli.web.backoffice.screens.product_editor import other_languages


class WordsForm(forms.Form):
    """`words` are the fields that are told in every language: ``name``, and ``name__en`` beside it."""

    words: Sequence[str] = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = other_languages()
        for code, name in self.languages:
            for field in self.words:
                own = self.fields[field]
                kind = Prose if isinstance(own, Prose) else Line
                copy = kind(label=f"{own.label} · {name}", required=False, max_length=own.max_length)  # type: ignore[attr-defined]
                self.fields[f"{field}__{code}"] = copy

    def texts(self) -> dict[str, dict[str, str]]:
        """Return {language: {field: text}}."""
        codes = [code for code, _name in self.languages]
        return {code: {field: self.cleaned_data[f"{field}__{code}"] for field in self.words} for code in codes}

    @property
    def pairs(self) -> list[tuple[str, dict[str, Any]]]:
        """The name of each other language and its bound fields."""
        return [(name, {field: self[f"{field}__{code}"] for field in self.words}) for code, name in self.languages]


def initial_texts(kind: str, pk: int) -> dict[str, str]:
    """Return what a thing is called in other languages, as a form begins with it."""
    texts: Mapping[str, Mapping[str, str]] = translations_of(kind, [pk]).get(pk, {})
    return {f"{field}__{code}": value for code, values in texts.items() for field, value in values.items()}


class PageForm(WordsForm):
    """A category or collection with a page of its own."""

    words = ("name", "description_html", "seo_title", "seo_description")

    name = Line(label=_("Name"), max_length=160)
    description_html = Prose(label=_("Description"), max_length=200_000, rows=6, required=False)
    handle = Line(label=_("Address"), max_length=150, required=False)
    seo_title = Line(label=_("Title for search engines"), max_length=200, required=False)
    seo_description = Prose(label=_("Description for search engines"), max_length=400, rows=2, required=False)
    shown = forms.BooleanField(label=_("Shown in the shop"), required=False)
    picture = forms.FileField(
        label=_("Picture"), required=False, widget=forms.FileInput(attrs={"accept": "image/*", "class": "input"})
    )
    picture_off = forms.BooleanField(label=_("Remove the picture"), required=False)


def picture_of(request: HttpRequest, values: Mapping[str, Any], now: int | None) -> int | None:
    """Return the picture to keep: a new upload, none, or the one there is. Raises what the media room raises."""
    upload = values.get("picture")
    if upload:
        return store_image(content=upload, name=upload.name or "", actor=actor_of(request)).pk
    return None if values.get("picture_off") else now


def picture_name(picture: Asset | None) -> str:
    """Return what to call a picture that somebody else may have put there meanwhile."""
    return picture.original_name if picture else ""
