"""Posts and pages of the editor as templates see them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date
from django.utils.safestring import mark_safe

from duli.base.text import plain_text
from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.types import Filters, Scope
from duli.growth.content.types import BlockView, PostCard, StoryView
from duli.platform.media.types import ImageView
from duli.platform.store.selectors import current_store
from duli.web.storefront.cards import card_drops
from duli.web.storefront.drops import BlockDrop, CardDrop, LinkDrop, PostDrop, QuestionDrop, StoryDrop
from duli.web.storefront.pictures import image_drop
from duli.web.storefront.where import Where, absolute, html_lang

_OWN_PATH = re.compile(r'(<a href=")(/(?!/|media/|assets/|static/)[^"]*)')


def in_language(html: str, here: Where) -> str:
    """Return cleaned HTML whose links into the shop stay in the reader's language."""
    if not here.prefix:
        return html
    return _OWN_PATH.sub(lambda found: f"{found.group(1)}{_with_prefix(found.group(2), here)}", html)


def _with_prefix(path: str, here: Where) -> str:
    return path if path == here.prefix or path.startswith(here.prefix + "/") else here.prefix + path


def written_date(day: date | None, here: Where) -> str:
    """Return a day as readers of the language write it."""
    return format_date(day, "long", locale=here.language.replace("-", "_")) if day else ""


def post_drops(posts: Iterable[PostCard], here: Where) -> tuple[PostDrop, ...]:
    return tuple(
        PostDrop(
            url=here.url(f"/blog/{card.slug}"),
            title=card.title,
            excerpt=card.excerpt,
            author=card.author,
            date=written_date(card.date, here),
            day=card.date.isoformat(),
            cover=image_drop(card.cover, "") if card.cover else None,
            tags=tuple(LinkDrop(tag.name, here.url(f"/blog/topics/{tag.slug}")) for tag in card.tags),
        )
        for card in posts
    )


def story_drop(story: StoryView, here: Where) -> StoryDrop:
    """Return a page with everything its blocks show. Products are read once for all blocks together."""
    named = {product_id for block in story.blocks for product_id in block.product_ids}
    cards = {card.id: card for card in card_drops(sorted(named), here)} if named else {}
    blocks = tuple(drop for block in story.blocks if (drop := _block(block, story.pictures, cards, here)))
    texts = (block.html or block.text for block in story.blocks if block.kind in {"text", "heading"})
    return StoryDrop(
        title=story.title,
        excerpt=story.excerpt,
        author=story.author,
        date=written_date(story.date, here),
        day=story.date.isoformat() if story.date else "",
        cover=image_drop(story.cover, "") if story.cover else None,
        tags=tuple(LinkDrop(tag.name, here.url(f"/blog/topics/{tag.slug}")) for tag in story.tags),
        blocks=blocks,
        opening=plain_text(" ".join(texts), 160),
        lang=html_lang(story.language) if story.language != here.language else "",
    )


def _block(
    block: BlockView, pictures: Mapping[int, ImageView], cards: Mapping[int, CardDrop], here: Where
) -> BlockDrop | None:
    """Return one block; None where what it shows is gone."""
    if block.kind == "picture":
        view = pictures.get(block.asset_id)
        if view is None:
            return None
        image = image_drop(ImageView(view.id, view.hash, view.width, view.height, block.alt or view.alt))
        return BlockDrop(block.kind, image=image, caption=block.caption)
    if block.kind == "products":
        shown = tuple(cards[product_id] for product_id in block.product_ids if product_id in cards)
        return BlockDrop(block.kind, cards=shown) if shown else None
    if block.kind == "collection":
        return _collection(block, here)
    if block.kind == "questions":
        questions = tuple(
            QuestionDrop(item.question, mark_safe(in_language(item.answer_html, here)))  # noqa: S308  (cleaned)
            for item in block.questions
        )
        return BlockDrop(block.kind, questions=questions)
    link = _with_prefix(block.link, here) if block.link.startswith("/") and here.prefix else block.link
    return BlockDrop(
        block.kind,
        text=block.text,
        html=mark_safe(in_language(block.html, here)),  # noqa: S308  (cleaned when it was read)
        caption=block.caption,
        url=link,
        player=block.player,
    )


def _collection(block: BlockView, here: Where) -> BlockDrop | None:
    head = assortment.listing_head(block.collection, here.language)
    if head is None:
        return None
    found = assortment.listing(
        Scope(head.kind, head.id),
        filters=Filters(),
        sort="",
        page=1,
        language=here.language,
        currency=here.currency,
        page_size=block.limit,
    )
    cards = card_drops(found.product_ids[: block.limit], here)
    if not cards:
        return None
    return BlockDrop("collection", text=head.title, url=here.url(f"/collections/{head.handle}"), cards=cards)


def product_topics(story: StoryView) -> tuple[str, ...]:
    """Return what a kept page depends on beside the catalogue."""
    ids = {product_id for block in story.blocks for product_id in block.product_ids}
    return tuple(f"product:{product_id}" for product_id in sorted(ids))


def story_json_ld(story: StoryView, drop: StoryDrop, here: Where) -> dict[str, Any]:
    """Return a post as schema.org knows it."""
    store = current_store(here.language)
    address = absolute(here.url(story.path))
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "headline": story.title[:110],
        "description": story.seo_description or story.excerpt or drop.opening,
        "inLanguage": html_lang(story.language),
        "mainEntityOfPage": address,
        "url": address,
        "author": {"@type": "Person", "name": story.author}
        if story.author
        else {"@type": "Organization", "name": store.name},
        "publisher": {"@type": "Organization", "@id": absolute("/#organization"), "name": store.name},
    }
    if story.date:
        found["datePublished"] = story.date.isoformat()
    if story.updated_at:
        found["dateModified"] = story.updated_at.isoformat()
    if drop.cover:
        found["image"] = absolute(drop.cover.large)
    if story.tags:
        found["keywords"] = [tag.name for tag in story.tags]
    return found


def pager(number: int, pages: int, address: str) -> dict[str, str]:
    """Return the addresses of the page before and after, "" for none, and where one is."""

    def url(wanted: int) -> str:
        return mark_safe(address if wanted == 1 else f"{address}?page={wanted}")  # noqa: S308  (a path of ours)

    return {
        "previous": url(number - 1) if number > 1 else "",
        "next": url(number + 1) if number < pages else "",
        "words": f"{number} / {pages}" if pages > 1 else "",
    }
