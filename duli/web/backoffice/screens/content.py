"""Pages, posts and topics as lists. What a page says is written in Wagtail's editor (`duli.web.backoffice.content`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.growth.content.models import BlogPost, BlogTag, StandardPage
from duli.growth.content.selectors.pages import TAG_KIND
from duli.growth.content.services import blog_index, delete_topic, save_topic, trunk
from duli.web.backoffice.access import screen
from duli.web.backoffice.content.middleware import PREFIX
from duli.web.backoffice.kit import when
from duli.web.backoffice.kit.cells import Number, Pills, Text, Thumb, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.words import listed
from duli.web.backoffice.product_form import other_languages
from duli.web.backoffice.screens.organise_form import WordsForm, initial_texts
from duli.web.backoffice.selectors import content as reads
from duli.web.backoffice.selectors.content import StoryRow, TopicRow

EDIT: Final = "content.edit"
Words = str | Promise
VIEWS: Final = (
    View("all", _("All")),
    View("live", _("Published")),
    View("draft", _("Drafts")),
    View("changed", _("Changes not published")),
    View("scheduled", pgettext_lazy("page", "Scheduled")),
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One of the two lists of stories."""

    place: str
    model: type[StandardPage] | type[BlogPost]
    parent: Callable[[], Any]
    title: Words
    new: Words
    search: Words
    empty: Words
    teach: Words
    settings: Words = ""
    """What leads to the texts of the list itself, where it has a page in the shop."""


PAGES: Final = Shelf(
    "content.pages",
    StandardPage,
    trunk,
    _("Pages"),
    _("Write a page"),
    _("Search by title"),
    _("No pages yet"),
    _("About us, a buying guide, a look book: a page says what no product page can, and the menu leads to it."),
)
POSTS: Final = Shelf(
    "content.blog",
    BlogPost,
    blog_index,
    _("Blog"),
    _("Write a post"),
    _("Search by title"),
    _("No posts yet"),
    _("A story, news or advice with the products to buy in it. Search engines and regulars read it."),
    _("Title and description"),
)


def edit_url(page_id: int) -> str:
    return f"{PREFIX}pages/{page_id}/edit/"


def _state(row: StoryRow) -> list[Pill]:
    if row.live:
        pills = [Pill(_("Published"), "ok", "full")]
        if row.changed:
            pills.append(Pill(_("Changes not published"), "attention"))
    else:
        pills = [Pill(_("Draft"))]
    if row.goes_live_at is not None:
        moment = when.when_words(row.goes_live_at)
        pills.append(Pill(gettext("Goes live %(when)s") % {"when": moment}, "info", "half"))
    return pills


def _languages(row: StoryRow) -> Text:
    if not row.missing:
        return Text(_("All"), muted=True)
    names = dict(other_languages())
    return Text(gettext("without %(languages)s") % {"languages": listed(names.get(code, code) for code in row.missing)})


def _columns(shelf: Shelf) -> Sequence[Column[StoryRow]]:
    posts = shelf.model is BlogPost
    about: list[Column[StoryRow]] = [
        Column(
            _("Title"),
            lambda row: Thumb(row.title, edit_url(row.id), row.image, " · ".join(row.topics) if posts else row.path),
            phone="wide",
        ),
        Column(_("Status"), lambda row: Pills(_state(row))),
        Column(_("Languages"), _languages, phone="hidden"),
    ]
    if posts:
        about += [
            Column(_("Author"), lambda row: Text(row.author, muted=True), phone="hidden"),
            Column(_("Date"), lambda row: Text(when.date_words(row.day) if row.day else "", muted=True), phone="end"),
        ]
    return [*about, Column(_("Changed"), lambda row: When(row.edited_at), phone="hidden")]


def _list(request: HttpRequest, shelf: Shelf) -> HttpResponse:
    state = ListState(request, views=VIEWS)
    rows, after = reads.story_page(shelf.model, query=state.query, view=state.view, after=state.after)
    above = shelf.parent()
    new = f"{PREFIX}pages/add/content/{shelf.model._meta.model_name}/{above.pk}/"
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(shelf),
        key=lambda row: row.id,
        label=lambda row: row.title,
        after=after,
        views=VIEWS,
        search=shelf.search,
        caption=shelf.title,
        empty=Empty(shelf.empty, shelf.teach, "file-text", shelf.new, new),
    )
    context = {
        "here": shelf.place,
        "list": listing,
        "about": shelf,
        "new": new,
        "settings": edit_url(above.pk) if shelf.settings else "",
    }
    return list_response(request, "backoffice/content/list.html", context)


@screen(EDIT, methods=("GET", "HEAD"))
def pages(request: HttpRequest) -> HttpResponse:
    return _list(request, PAGES)


@screen(EDIT, methods=("GET", "HEAD"))
def blog(request: HttpRequest) -> HttpResponse:
    return _list(request, POSTS)


class TopicForm(WordsForm):
    name = Line(label=_("Name"), max_length=100)


class _Opens:
    """The name that opens the topic's dialog."""

    def __init__(self, row: TopicRow) -> None:
        self.row = row

    def html(self) -> SafeString:
        url = reverse("backoffice:content_topic", args=[self.row.id])
        others = format_html('<span class="cell-sub">{}</span>', " · ".join(self.row.others)) if self.row.others else ""
        return format_html('<a class="cell-main" href="{}" data-opens>{}</a>{}', url, self.row.name, others)

    def plain(self) -> str:
        return self.row.name


class _Delete:
    def __init__(self, row: TopicRow) -> None:
        self.row = row

    def html(self) -> SafeString:
        url = reverse("backoffice:content_topic_delete", args=[self.row.id])
        return format_html('<a class="button small" href="{}" data-opens>{}</a>', url, gettext("Delete…"))

    def plain(self) -> str:
        return ""


@screen(EDIT, methods=("GET", "HEAD"))
def topics(request: HttpRequest) -> HttpResponse:
    state = ListState(request)
    rows, after = reads.topic_page(state.query, after=state.after)
    new = reverse("backoffice:content_topic", args=[0])
    listing = ResourceList(
        state,
        rows=rows,
        columns=[
            Column(_("Name"), _Opens, phone="wide"),
            Column(_("Address"), lambda row: Text(f"/blog/topics/{row.slug}", muted=True, clip=True), phone="hidden"),
            Column(_("Posts"), lambda row: Number(row.posts), align="end", named=True),
            Column(_("Actions"), _Delete, align="end", phone="end"),
        ],
        key=lambda row: row.id,
        label=lambda row: row.name,
        after=after,
        search=_("Search by name"),
        caption=_("Topics"),
        empty=Empty(
            _("No topics yet"),
            _("A topic gathers posts on a page of its own. Name one here, or while you write a post."),
            "tags",
            _("New topic"),
            new,
        ),
    )
    return list_response(
        request, "backoffice/content/topics.html", {"here": "content.topics", "list": listing, "new": new}
    )


@screen(EDIT, write=EDIT)
def topic(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Make a topic (key 0), or name one."""
    row = BlogTag.objects.filter(pk=topic_id).first()
    if topic_id and row is None:
        raise NotFound()
    dialog = Dialog(
        title=str(row.name) if row else gettext("New topic"),
        submit=_("Save"),
        back=reverse("backoffice:content_topics"),
    )

    def stored() -> dict[str, Any]:
        now = BlogTag.objects.filter(pk=topic_id).first()
        return {"name": now.name if now else "", **initial_texts(TAG_KIND, topic_id)}

    form = TopicForm(request.POST if request.method == "POST" else None, initial=stored() if row else {})
    guard = Guard(request, form, stored) if row else None

    def act(values: dict[str, Any]) -> Done:
        save_topic(
            topic_id=row.pk if row else None,
            name=values["name"],
            texts=form.texts(),
            seen=guard.check if guard else None,
        )
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "content.topics"}, guard=guard)


@screen(EDIT, write=EDIT)
def topic_delete(request: HttpRequest, topic_id: int) -> HttpResponse:
    row = BlogTag.objects.filter(pk=topic_id).first()
    if row is None:
        raise NotFound()
    used = reads.posts_of(topic_id)
    dialog = Dialog(
        title=gettext("Delete “%(name)s”?") % {"name": row.name},
        consequence=ngettext(
            "%(count)s post loses it and stays in the blog.", "%(count)s posts lose it and stay in the blog.", used
        )
        % {"count": used},
        submit=_("Delete"),
        back=reverse("backoffice:content_topics"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_topic(topic_id=topic_id)
        return Done(gettext("Deleted"))

    form = forms.Form(request.POST) if request.method == "POST" else forms.Form()
    return run_verb(request, dialog, form, act, {"here": "content.topics"})
