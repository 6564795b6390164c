"""Verbs for the topics of posts."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.growth.content.models import BlogTag
from duli.growth.content.selectors.pages import TAG_KIND
from duli.growth.content.types import TopicExists
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold
from duli.platform.store.translations import delete_texts, save_texts

NAME_LENGTH = 100


@transaction.atomic
def save_topic(
    *,
    name: str,
    topic_id: int | None = None,
    texts: Mapping[str, Mapping[str, str]] | None = None,
    seen: Seen | None = None,
) -> int:
    """Name a topic, or make one; `texts` is {language: {name}}. Its address stays as it was. Returns its key.

    Raises InvalidInput (name), NotFound, TopicExists.
    """
    hold(f"topic:{topic_id}", seen)
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise InvalidInput(field="name")
    topic = BlogTag.objects.filter(pk=topic_id).first() if topic_id else BlogTag()
    if topic is None:
        raise NotFound()
    if BlogTag.objects.filter(name__iexact=name).exclude(pk=topic.pk).exists():
        raise TopicExists(name=name, field="name")
    topic.name = name
    topic.save()
    for language, values in (texts or {}).items():
        save_texts(kind=TAG_KIND, object_id=topic.pk, language=language, values=values)
    mark("content", f"topic:{topic.pk}")
    return int(topic.pk)


@transaction.atomic
def delete_topic(*, topic_id: int) -> None:
    """Take a topic from every post that has it, and forget it. The posts stay. Raises NotFound."""
    topic = BlogTag.objects.filter(pk=topic_id).first()
    if topic is None:
        raise NotFound()
    topic.delete()
    delete_texts(kind=TAG_KIND, ids=[topic_id])
    mark("content", f"topic:{topic_id}")
