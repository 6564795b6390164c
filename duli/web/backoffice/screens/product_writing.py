"""Words for a product that a language model suggests: asked in a dialog over the editor, taken into it by hand.

Nothing is saved here. The dialog is opened with what stands in the editor, saved or not, and carries it along.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound, sentence
from duli.base.text import one_line, without_control
from duli.commerce.copywriting.services import describe_picture, suggest_texts, translate_texts
from duli.commerce.copywriting.types import LONGEST, MOST_NOTES, MOST_SOURCE, ProductFacts, TooMuchText
from duli.platform.media.selectors import image_views
from duli.platform.media.types import source
from duli.platform.store.selectors import current_store, languages
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, note_error, show_dialog
from duli.web.backoffice.kit.forms import Prose
from duli.web.backoffice.product_attributes import codes_sent, read_inputs
from duli.web.backoffice.product_options import read_options
from duli.web.backoffice.selectors import product_page as reads_page

NAMES = {
    "title": _("Title"),
    "description_html": _("Description"),
    "seo_title": _("Title for search engines"),
    "seo_description": _("Description for search engines"),
}
TONES = [
    ("plain", pgettext_lazy("tone", "Plain and clear")),
    ("warm", pgettext_lazy("tone", "Warm")),
    ("lively", pgettext_lazy("tone", "Lively")),
    ("elegant", pgettext_lazy("tone", "Elegant")),
]
MOST_MATERIAL = 4 * MOST_SOURCE


@dataclass(frozen=True, slots=True)
class Suggested:
    """A text of an answer: the name of the editor's field it is for, and how it is shown."""

    into: str
    label: str
    text: str
    is_html: bool = False
    is_long: bool = False


def _language(code: str) -> str:
    return str(dict(settings.LANGUAGES).get(code, code))


def _own() -> str:
    return current_store().default_language


def field_of(name: str, language: str) -> str:
    """Return what the editor calls a text in a language."""
    return name if language == _own() else f"{name}__{language}"


def _texts(data: Mapping[str, str], language: str) -> dict[str, str]:
    found = {name: without_control(data.get(field_of(name, language), "")).strip() for name in NAMES}
    return {name: text for name, text in found.items() if text}


def _facts(request: HttpRequest) -> list[list[str]]:
    """Return what the editor says of the goods beside its texts, as (name, value)."""
    data = request.POST
    codes = set(codes_sent(data))
    fields = reads_page.attribute_fields(one_line(data.get("product_type", ""), 160), codes)
    pairs = [
        [gettext("Product type"), one_line(data.get("product_type", ""), 160)],
        [gettext("Brand"), one_line(data.get("brand", ""), 160)],
        [gettext("Tags"), one_line(data.get("tags", ""), 400)],
        *(
            [entry.field.name, f"{entry.value[:400]} {entry.field.unit}".strip() if entry.value else ""]
            for entry in read_inputs(data, fields)
        ),
        *([option.name, ", ".join(option.names)[:400]] for option in read_options(data, None)[0]),
    ]
    return [[name, value] for name, value in pairs if name and value]


class MaterialForm(forms.Form):
    """Carries along what stood in the editor when the dialog was opened."""

    material = forms.CharField(widget=forms.HiddenInput(), max_length=MOST_MATERIAL, strip=False)

    def clean_material(self) -> dict[str, Any]:
        try:
            found = json.loads(self.cleaned_data["material"])
            return {
                "title": str(found["title"]),
                "facts": tuple((str(name), str(value)) for name, value in found["facts"]),
                "texts": {
                    str(code): {name: str(text) for name, text in texts.items() if name in NAMES}
                    for code, texts in found["texts"].items()
                },
            }
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise forms.ValidationError(gettext("The page was incomplete. Load it again.")) from None


class WriteForm(MaterialForm):
    fields_wanted = forms.MultipleChoiceField(
        label=_("Suggest"), choices=list(NAMES.items()), widget=forms.CheckboxSelectMultiple()
    )
    tone = forms.ChoiceField(label=pgettext_lazy("tone", "Tone"), choices=TONES)
    notes = Prose(
        label=_("What it should say"),
        required=False,
        max_length=MOST_NOTES,
        rows=4,
        help_text=_(
            "Key words are enough: material, size, for whom, what is special. What is not said is not claimed."
        ),
    )


class TranslateForm(MaterialForm):
    fields_wanted = forms.MultipleChoiceField(
        label=_("Translate"), choices=list(NAMES.items()), widget=forms.CheckboxSelectMultiple()
    )
    origin = forms.ChoiceField(label=pgettext_lazy("translation", "From"))

    def __init__(self, *args: Any, origins: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["origin"].choices = [(code, _language(code)) for code in origins]  # type: ignore[attr-defined]


def _product_reference(request: HttpRequest) -> str:
    raw = request.GET.get("product", "")
    return f"product:{raw}" if raw.isascii() and raw.isdigit() and len(raw) < 19 else ""


@screen("catalogue.edit", write="catalogue.edit", methods=("POST",))
def product_writing(request: HttpRequest) -> HttpResponse:
    """Texts in one language of the shop: written anew, or translated (`?task=write|translate&language=en`)."""
    language, task = request.GET.get("language", ""), request.GET.get("task", "")
    if language not in languages() or task not in {"write", "translate"}:
        raise NotFound()
    opened = "material" not in request.POST
    origins = [code for code in languages() if code != language]
    initial: dict[str, Any] = {}
    if opened:
        texts = {code: _texts(request.POST, code) for code in languages()}
        titles = [entry["title"] for entry in (texts[_own()], *texts.values()) if "title" in entry]
        material = {"title": titles[0] if titles else "", "facts": _facts(request), "texts": texts}
        there = texts.get(language, {})
        origins.sort(key=lambda code: -len(texts.get(code, {})))
        missing = [name for name in NAMES if name not in there]
        available = [name for name in NAMES if name in texts.get(origins[0], {})] if origins else []
        wanted = missing if task == "write" else [name for name in available if name in missing] or available
        initial = {
            "material": json.dumps(material, ensure_ascii=False)[: MOST_MATERIAL + 1],
            "fields_wanted": wanted or ["description_html"],
            "tone": "plain",
            "origin": origins[0] if origins else "",
        }
    data = None if opened else request.POST
    form: MaterialForm = (
        WriteForm(data, initial=initial) if task == "write" else TranslateForm(data, initial=initial, origins=origins)
    )

    def ask(values: dict[str, Any]) -> list[Suggested]:
        material, wanted = values["material"], values["fields_wanted"]
        reference, actor = _product_reference(request), actor_of(request)
        if task == "write":
            found = suggest_texts(
                facts=ProductFacts(material["title"], material["facts"]),
                language=language,
                fields=wanted,
                texts=material["texts"].get(language, {}),
                tone=values["tone"],
                notes=values["notes"],
                reference=reference,
                actor=actor,
            )
        else:
            given = material["texts"].get(values["origin"], {})
            found = translate_texts(
                texts={name: given.get(name, "") for name in wanted},
                source=values["origin"],
                language=language,
                reference=reference,
                actor=actor,
            )
        return [
            Suggested(
                field_of(name, language), str(NAMES[name]), text, name == "description_html", name == "seo_description"
            )
            for name, text in found.items()
        ]

    words = (
        (gettext("Suggest words · %(language)s"), gettext("Suggest"))
        if task == "write"
        else (gettext("Translate into %(language)s"), gettext("Translate"))
    )
    dialog = Dialog(
        title=words[0] % {"language": _language(language)},
        consequence=_("Sends what the editor says of the product to the language model. Nothing of the shop changes."),
        submit=words[1],
        back=reverse("backoffice:products"),
        wide=True,
        template="backoffice/products/writing.html",
    )
    return _answer(request, dialog, form, ask, asked=not opened)


class PictureForm(forms.Form):
    title = forms.CharField(widget=forms.HiddenInput(), max_length=LONGEST["title"], required=False)
    ask = forms.CharField(widget=forms.HiddenInput(), max_length=1, initial="1")


@screen("catalogue.edit", write="catalogue.edit", methods=("POST",))
def picture_words(request: HttpRequest, asset_id: int) -> HttpResponse:
    """A picture described in each language of the shop, for people who cannot see it."""
    view = image_views([asset_id]).get(asset_id)
    if view is None:
        raise NotFound()
    opened = "ask" not in request.POST
    title = one_line(request.POST.get("title", ""), LONGEST["title"])
    form = PictureForm(None if opened else request.POST, initial={"title": title})

    def ask(values: dict[str, Any]) -> list[Suggested]:
        found = describe_picture(
            asset_id=asset_id, title=values["title"], reference=f"asset:{asset_id}", actor=actor_of(request)
        )
        own = _own()
        return [
            Suggested(f"alt-{asset_id}" if code == own else f"alt-{asset_id}-{code}", _language(code), text)
            for code, text in found.items()
        ]

    dialog = Dialog(
        title=_("Describe the picture"),
        consequence=_(
            "Sends the picture and the product's title to the language model, which has to be one that sees."
        ),
        submit=_("Suggest"),
        back=reverse("backoffice:products"),
        wide=True,
        template="backoffice/products/writing.html",
    )
    return _answer(request, dialog, form, ask, asked=not opened, picture=source(view, 320))


def _answer(
    request: HttpRequest,
    dialog: Dialog,
    form: forms.Form,
    ask: Callable[[dict[str, Any]], list[Suggested]],
    *,
    asked: bool,
    picture: str = "",
) -> HttpResponse:
    """Show the dialog, with what was suggested if it was asked for."""
    suggested: list[Suggested] = []
    status = 200
    if asked:
        status = 422
        if form.is_valid():
            try:
                suggested, status = ask(form.cleaned_data), 200
            except DuliError as error:
                note_error(form, error)
                status = error.status
    if len(str(form.initial.get("material", ""))) > MOST_MATERIAL:
        dialog = replace(dialog, submit="", consequence=sentence(TooMuchText(most=MOST_SOURCE)), template="")
        form = forms.Form()
    context = {"here": "products.all", "suggested": suggested, "picture": picture}
    return show_dialog(request, dialog, form, context, status=status)
