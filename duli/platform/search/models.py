from __future__ import annotations

from django.db import models

WORD_LENGTH = 48


class IndexedDocument(models.Model):
    """One document as the scorer reads it; the database's own text index follows this table.

    `plain` is the title reduced to words. `top`, `high`, `middle` and `low` hold every term once, after a
    space, by how much it says about the document; `levels` has one character for each of them in that
    order (see `entry`). The id of the partition separates kinds and languages in the text index.
    """

    partition = models.CharField(max_length=4)
    kind = models.CharField(max_length=32)
    object_id = models.BigIntegerField()
    language = models.CharField(max_length=16)
    plain = models.TextField()
    top = models.TextField()
    high = models.TextField()
    middle = models.TextField()
    low = models.TextField()
    levels = models.TextField()
    boost = models.FloatField(default=1.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "language", "object_id"], name="search_document_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.object_id} ({self.language})"


class IndexedTerm(models.Model):
    """How many documents of a partition have a term; the empty term counts the documents.

    `high` and `top` count those documents in which it reaches that tier (`high` includes `top`).
    `word` is the term as written where it is a whole word of a title or keyword ("" otherwise): only such
    terms complete or correct what somebody types. `head` is the first letter of such a word.
    """

    pk = models.CompositePrimaryKey("term", "partition")
    partition = models.CharField(max_length=4)
    term = models.CharField(max_length=WORD_LENGTH)
    documents = models.IntegerField()
    high = models.IntegerField()
    top = models.IntegerField()
    word = models.CharField(max_length=WORD_LENGTH, blank=True, default="")
    head = models.CharField(max_length=1, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["partition", "head", "-documents"],
                condition=~models.Q(word=""),
                name="search_term_by_head",
            )
        ]

    def __str__(self) -> str:
        return self.term


class WordKey(models.Model):
    """Another way to reach a word: with one letter left out (for typing errors), by pinyin, by initials."""

    pk = models.CompositePrimaryKey("key", "partition", "term")
    partition = models.CharField(max_length=4)
    key = models.CharField(max_length=WORD_LENGTH)
    term = models.CharField(max_length=WORD_LENGTH)

    def __str__(self) -> str:
        return f"{self.key} → {self.term}"
