from __future__ import annotations

from django.db import models
from django.db.models import Q

from duli.platform.sms.states import DispatchState, Purpose, Reason


class SmsAccount(models.Model):
    """What a merchant set up for a service of text messages."""

    code = models.SlugField(max_length=40, unique=True)
    enabled = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0, help_text="The first that serves a country is used.")
    countries = models.JSONField(default=list, help_text="ISO 3166 codes; empty: all.")
    settings = models.JSONField(default=dict, blank=True, help_text="By the service's fields; secrets are sealed.")
    secret = models.CharField(max_length=64, help_text="Part of the address that the service calls.")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.code


class SmsTemplate(models.Model):
    """Which approved template of a service stands for one of our messages in one language."""

    account = models.ForeignKey(SmsAccount, on_delete=models.CASCADE, related_name="templates")
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=12)
    template = models.CharField(max_length=60, help_text="The service's number of it.")
    sign = models.CharField(max_length=60, blank=True, help_text="Another sign than the account's.")
    parameters = models.JSONField(default=list, help_text="[name, text in Jinja syntax], in order.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "kind", "language"], name="sms_template_once")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language}): {self.template}"


class SmsRules(models.Model):
    """How much may be sent: one row, or none as long as nobody changed anything."""

    countries = models.JSONField(default=list, help_text="ISO 3166 codes; empty: those the markets name.")
    per_day = models.PositiveIntegerField(default=1000, help_text="Messages in 24 hours.")
    per_country = models.PositiveIntegerField(default=300, help_text="Codes to one country in 24 hours.")
    only_one = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only_one=True), name="sms_rules_one_row")]


class SmsDispatch(models.Model):
    """One message on its way out. Whose number it went to stands in the outbox, not here."""

    key = models.CharField(max_length=40, unique=True, help_text='"mail:12:0": which message, and which time.')
    token = models.CharField(max_length=40, unique=True, help_text="Our name for it at the service.")
    provider = models.CharField(max_length=40)
    provider_id = models.CharField(max_length=64, blank=True)
    country = models.CharField(max_length=2, blank=True)
    purpose = models.CharField(max_length=5, choices=Purpose.choices)
    state = models.CharField(max_length=11, choices=DispatchState.choices, default=DispatchState.WAITING)
    reason = models.CharField(max_length=14, choices=Reason.choices, blank=True)
    answer = models.CharField(max_length=60, blank=True, help_text="The service's own code.")
    detail = models.CharField(max_length=255, blank=True)
    parts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_index=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["provider", "provider_id"], condition=~Q(provider_id=""), name="sms_by_their_id")
        ]

    def __str__(self) -> str:
        return self.key


class SmsNews(models.Model):
    """Something a service told, once; `waiting`: about a message whose answer has not been written down yet."""

    provider = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64)
    provider_id = models.CharField(max_length=64, blank=True)
    waiting = models.JSONField(null=True, blank=True)
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "fingerprint"], name="sms_news_once")]
        indexes = [
            models.Index(
                fields=["provider", "provider_id"], condition=Q(waiting__isnull=False), name="sms_news_waiting"
            )
        ]


class SmsTally(models.Model):
    """How many messages a limit has counted in one window of time."""

    key = models.CharField(max_length=80, unique=True)
    count = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)


class SmsStop(models.Model):
    """A number whose owner wants no more text messages. Only a digest, so that it survives being forgotten."""

    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=20, help_text="As much of the number as helps to recognise it.")
    provider = models.CharField(max_length=40, blank=True, help_text="Empty: entered by staff.")
    since = models.DateTimeField()

    class Meta:
        ordering = ["-since", "-pk"]


class SmsConsent(models.Model):
    """Somebody asked to be told by text message how something goes on: which words were agreed to, and when."""

    reference = models.CharField(max_length=80, unique=True, help_text='What it is about: "order:12".')
    source = models.CharField(max_length=20)
    wording = models.CharField(max_length=300)
    language = models.CharField(max_length=12)
    given_at = models.DateTimeField()
