from __future__ import annotations

from django.db import models
from django.db.models import Q

from duli.platform.language_models.states import CallState


class ModelAccount(models.Model):
    """What a merchant set up for a language model. At most one is switched on."""

    code = models.SlugField(max_length=40, unique=True)
    enabled = models.BooleanField(default=False)
    settings = models.JSONField(default=dict, blank=True, help_text="By the provider's fields; secrets are sealed.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["enabled"], condition=Q(enabled=True), name="language_models_one_answers")
        ]

    def __str__(self) -> str:
        return self.code


class ModelRules(models.Model):
    """How much may be asked: one row, or none as long as nobody changed anything."""

    per_day = models.PositiveIntegerField(help_text="Tokens in a day (UTC), questions and answers.")
    per_person = models.PositiveIntegerField(help_text="Tokens of one member of staff in a day (UTC).")
    keep_days = models.PositiveSmallIntegerField(help_text="So long questions and answers are kept.")
    only_one = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only_one=True), name="language_models_rules_one_row")]


class ModelTally(models.Model):
    """How many tokens a limit has counted in one day."""

    key = models.CharField(max_length=80, unique=True, help_text='"shop:2026-11-27", "user:7:2026-11-27".')
    tokens = models.PositiveBigIntegerField(default=0)
    day = models.DateField(db_index=True)


class ModelCall(models.Model):
    """One question and what came of it. `reserved` tokens were counted when it was asked, `tokens` in the end."""

    purpose = models.CharField(max_length=40, help_text='What for: "product.write".')
    reference = models.CharField(max_length=80, blank=True, help_text='What about: "product:7".')
    actor = models.CharField(max_length=40, blank=True)
    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=120, blank=True, help_text="Its own name for itself.")
    question = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=CallState.choices, default=CallState.ASKED)
    reason = models.CharField(max_length=20, blank=True, help_text="Ours, if it was refused.")
    detail = models.CharField(max_length=255, blank=True)
    reserved = models.PositiveIntegerField(default=0)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.purpose} {self.reference}"
