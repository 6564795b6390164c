"""From a body as it is stored to blocks as a face shows them. Pure: what ids mean is looked up by the caller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from duli.base.text import clean_html, one_line, safe_url
from duli.growth.content.types import BlockView, Question
from duli.platform.media.types import embed_of

_ANCHOR = re.compile(r"<a\s[^>]*>", re.IGNORECASE)
_LINK_TYPE = re.compile(r"""linktype=["']page["']""", re.IGNORECASE)
_LINK_ID = re.compile(r"""\bid=["'](\d{1,18})["']""")


def safe_link(link: str) -> str:
    """Return a path of the shop or an http(s) address; "" for anything else."""
    written = link.strip()
    if written.startswith("/") and not written.startswith(("//", "/\\")):
        return written
    return safe_url(written)


def linked_pages(raw: Iterable[Mapping[str, Any]]) -> set[int]:
    """Return the ids of the pages that rich text of a body links to."""
    return {page_id for html in _rich_texts(raw) for page_id in _ids_in(html)}


def _rich_texts(raw: Iterable[Mapping[str, Any]]) -> list[str]:
    found: list[str] = []
    for entry in raw:
        if entry.get("type") == "text":
            found.append(str(entry.get("value") or ""))
        elif entry.get("type") == "questions":
            found += [str(item.get("answer") or "") for item in _items(entry.get("value"))]
    return found


def _ids_in(html: str) -> set[int]:
    anchors = (anchor for anchor in _ANCHOR.findall(html) if _LINK_TYPE.search(anchor))
    return {int(match.group(1)) for anchor in anchors if (match := _LINK_ID.search(anchor))}


def rich_html(html: str, addresses: Mapping[int, str]) -> str:
    """Return stored rich text as HTML that can do no harm; a link to a page that is gone becomes its words."""

    def anchor(match: re.Match[str]) -> str:
        found = match.group(0)
        if not _LINK_TYPE.search(found):
            return found
        number = _LINK_ID.search(found)
        address = addresses.get(int(number.group(1)), "") if number else ""
        return f'<a href="{escape(address)}">' if address else "<a>"

    return clean_html(_ANCHOR.sub(anchor, html))


def _items(value: Any) -> list[Any]:
    """Return the values of a list block, in either of the shapes that Wagtail stores."""
    items = value if isinstance(value, list) else []
    return [item["value"] if isinstance(item, dict) and item.get("type") == "item" else item for item in items]


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else 0


def read_blocks(raw: Iterable[Mapping[str, Any]], addresses: Mapping[int, str]) -> tuple[BlockView, ...]:
    """Return the blocks of a body in order; empty ones and those of an unknown kind are left out."""
    found = (_block(str(entry.get("type")), entry.get("value"), addresses) for entry in raw)
    return tuple(block for block in found if block is not None)


def _block(kind: str, value: Any, addresses: Mapping[int, str]) -> BlockView | None:
    read = _READERS.get(kind)
    return read(kind, value, addresses) if read and value else None


def _heading(kind: str, value: Any, addresses: Mapping[int, str]) -> BlockView | None:
    text = one_line(str(value))
    return BlockView(kind, text=text) if text else None


def _text(kind: str, value: Any, addresses: Mapping[int, str]) -> BlockView | None:
    html = rich_html(str(value), addresses)
    return BlockView(kind, html=html) if html else None


def _picture(kind: str, value: Any, addresses: Mapping[int, str]) -> BlockView | None:
    asset_id = _number(value.get("picture"))
    if not asset_id:
        return None
    return BlockView(kind, asset_id=asset_id, alt=str(value.get("alt") or ""), caption=str(value.get("caption") or ""))


def _products(kind: str, value: Any, addresses: Mapping[int, str]) -> BlockView | None:
    ids = tuple(dict.fromkeys(number for item in _items(value) if (number := _number(item))))
    return BlockView(kind, product_ids=ids) if ids else None


def _collection(kind: str, value: Any, addresses: Mapping[int, str]) -> BlockView | None:
    handle = str(value.get("collection") or "")
    return BlockView(kind, collection=handle, limit=min(_number(value.get("limit")) or 4, 12)) if handle else None


def _quote(kind: str, value: Any, addresses: Mapping[int, str]) -> BlockView | None:
    text = str(value.get("text") or "").strip()
    return BlockView(kind, text=text, caption=str(value.get("source") or "")) if text else None


def _button(kind: str, value: Any, addresses: Mapping[int, str]) -> BlockView | None:
    label, link = str(value.get("label") or ""), safe_link(str(value.get("link") or ""))
    return BlockView(kind, text=label, link=link) if label and link else None


def _video(kind: str, value: Any, addresses: Mapping[int, str]) -> BlockView | None:
    link = safe_url(str(value.get("url") or ""))
    if not link:
        return None
    embed = embed_of(link)
    return BlockView(kind, link=link, player=embed.player_url if embed else "", caption=str(value.get("caption") or ""))


def _questions(kind: str, value: Any, addresses: Mapping[int, str]) -> BlockView | None:
    found = tuple(
        Question(str(item["question"]), rich_html(str(item.get("answer") or ""), addresses))
        for item in _items(value)
        if isinstance(item, dict) and item.get("question")
    )
    return BlockView(kind, questions=found) if found else None


_READERS = {
    "heading": _heading,
    "text": _text,
    "picture": _picture,
    "products": _products,
    "collection": _collection,
    "quote": _quote,
    "button": _button,
    "video": _video,
    "questions": _questions,
}
