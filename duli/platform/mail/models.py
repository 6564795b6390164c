from __future__ import annotations

from django.db import models

from duli.platform.mail.states import Channel, MailState


class MailTemplate(models.Model):
    """A merchant's own text in place of the one that came with the software."""

    key = models.CharField(max_length=40)
    channel = models.CharField(max_length=5, choices=Channel.choices, default=Channel.EMAIL)
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(help_text="HTML (SMS: text) in Jinja syntax; plain text is made from it.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "channel", "language"], name="mail_template_once")]

    def __str__(self) -> str:
        return f"{self.key} ({self.language})"


class MailTemplateVersion(models.Model):
    """Words that were saved at some time; the merchant can look at them and take them back."""

    key = models.CharField(max_length=40)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    saved_by = models.CharField(max_length=60, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key", "channel", "language", "-id"], name="mail_template_history")]


class MailSwitch(models.Model):
    """A message that the merchant does not send: the row says off."""

    key = models.CharField(max_length=40)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    language = models.CharField(max_length=12)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "channel", "language"], name="mail_switched_off_once")]


class Mail(models.Model):
    """One message to one person, as it was written; the outbox from which a job delivers."""

    key = models.CharField(max_length=120, unique=True, help_text="The same key is the same message.")
    channel = models.CharField(max_length=5, choices=Channel.choices, default=Channel.EMAIL)
    template = models.CharField(max_length=40)
    to = models.CharField(max_length=254, help_text="An e-mail address, or a phone number in E.164.")
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=250, blank=True)
    html = models.TextField(blank=True)
    text = models.TextField()
    plan = models.JSONField(default=dict, blank=True, help_text="SMS: by which service, as which of its templates.")
    reference = models.CharField(max_length=80, blank=True, db_index=True)
    state = models.CharField(max_length=9, choices=MailState.choices, default=MailState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    resends = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="mail_newest"),
            models.Index(fields=["state", "-created_at"], name="mail_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"
