from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """The ways of marketing that somebody may agree to, each for itself."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    PHONE = "phone", _("Phone call")
    POST = "post", _("Letter")


class Customer(models.Model):
    """One buyer. A guest has no user; an account claims a guest's orders only once its contact is verified.

    What was bought is summed up here by the rooms that sell, so that lists need not read orders; amounts in minor
    units of the store's own currency. `accepts_*` repeat the last word of the consent records.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="customer"
    )
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True, db_index=True)
    phone = models.CharField(max_length=32, blank=True, db_index=True)
    language = models.CharField(max_length=12, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="Of the latest address.")
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="aliases",
        help_text="This row is another name of that customer.",
    )
    erased_at = models.DateTimeField(null=True, blank=True, help_text="The person asked to be forgotten.")
    accepts_email = models.BooleanField(default=False)
    accepts_sms = models.BooleanField(default=False)
    accepts_phone = models.BooleanField(default=False)
    accepts_post = models.BooleanField(default=False)
    orders_count = models.PositiveIntegerField(default=0)
    spent_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    first_order_at = models.DateTimeField(null=True, blank=True)
    last_order_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], condition=Q(merged_into=None), name="customer_newest"),
            models.Index(fields=["-spent_minor", "-id"], condition=Q(merged_into=None), name="customer_spent"),
            models.Index(fields=["-orders_count", "-id"], condition=Q(merged_into=None), name="customer_orders"),
            models.Index(fields=["-last_order_at"], name="customer_last_order"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(merged_into=None) | Q(user=None), name="customer_alias_has_no_account"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone

    @property
    def reference(self) -> str:
        """How events and credit call this customer."""
        return f"customer:{self.pk}"


class CustomerAddress(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    data = models.JSONField(help_text="An `Address` (customers.types) as a dictionary.")
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-is_default", "pk"]


class StoreCreditEntry(models.Model):
    """One change of a customer's credit, never altered; the balance is the sum. Minor units of `currency`."""

    class Reason(models.TextChoices):
        REFUND = "refund", _("Refund")
        GOODWILL = "goodwill", _("Goodwill")
        CORRECTION = "correction", _("Correction")
        SPENT = "spent", _("Spent")
        REFERRAL = "referral", _("Thanks for a recommendation")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credit_entries")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Above zero: given; below: taken.")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    reference = models.CharField(max_length=60, blank=True, db_index=True, help_text='What it is for: "order:12".')
    note = models.CharField(max_length=255, blank=True)
    actor = models.CharField(max_length=80)
    idempotency_key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="credit_entry_not_zero")]
        indexes = [models.Index(fields=["customer", "currency"], name="credit_of_customer")]


class CustomerTag(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name", "customer"], name="customer_tag_once")]

    def __str__(self) -> str:
        return self.name


class Birthday(models.Model):
    """The day of somebody's birthday, without the year: told by themselves, for presents. Taken back it is empty; that
    it was told then stays for a year, so that nobody has two birthdays in one."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE, related_name="birthday")
    month = models.PositiveSmallIntegerField(null=True, blank=True)
    day = models.PositiveSmallIntegerField(null=True, blank=True)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(month=None, day=None) | Q(month__range=(1, 12), day__range=(1, 31)),
                name="birthday_is_a_day_or_none",
            )
        ]
        indexes = [models.Index(fields=["month", "day"], name="birthday_by_day")]


class Segment(models.Model):
    """A group that customers belong to by what they bought and said; nobody puts them there."""

    name = models.CharField(max_length=60, unique=True)
    rules = models.JSONField(help_text="See segments.py.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        """How audiences call it; see `selectors.groups_of`."""
        return f"segment:{self.pk}"


class CustomerNote(models.Model):
    """What staff wrote about a customer; it is added to, never changed."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    actor = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]


class ConsentRecord(models.Model):
    """Proof that somebody agreed to be written to, or took it back: when, where and to which words. Append-only."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    given = models.BooleanField()
    source = models.CharField(max_length=40, help_text='"checkout", "account", "staff", "import".')
    wording = models.CharField(max_length=500, blank=True, help_text="The sentence that was agreed to.")
    wording_version = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=12, blank=True)
    network = models.CharField(max_length=45, blank=True, help_text="The address of the network, cut short.")
    actor = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]


class CustomerKey(models.Model):
    """Something two customers may have in common: a normalised address, phone number, or name and place.

    `value` is a digest, so that a key says nothing about anybody by itself.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", _("Same e-mail address")
        PHONE = "phone", _("Same phone number")
        PLACE = "place", _("Same name and address")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    value = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value", "customer"], name="customer_key_once")]


class DuplicatePair(models.Model):
    """Two customers who look like one person; `first` is the older one. Dismissed ones are not suggested again."""

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=5, choices=CustomerKey.Kind.choices)
    dismissed = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once")]
        indexes = [models.Index(fields=["-id"], condition=Q(dismissed=False), name="duplicate_open")]


class CustomerSearch(models.Model):
    """What a customer is found by: see `names.search_text`. A text index of the database's own follows this table."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="+")
    text = models.TextField()


class DataRequest(models.Model):
    """Somebody asked for their data, or to be forgotten. An erased person's row keeps only numbers."""

    class Kind(models.TextChoices):
        EXPORT = "export", _("Copy of the data")
        ERASE = "erase", _("Deletion")

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("Waits for confirmation")
        WAITING = "waiting", _("Being worked on")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Not possible yet")
        EXPIRED = "expired", _("Expired")

    kind = models.CharField(max_length=6, choices=Kind.choices)
    state = models.CharField(max_length=11, choices=State.choices)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    token = models.CharField(max_length=64, unique=True, help_text="Opens the file, or confirms the deletion.")
    path = models.CharField(max_length=120, blank=True, help_text="Of the file, below the data folder.")
    language = models.CharField(max_length=12, blank=True)
    actor = models.CharField(max_length=60)
    receipt = models.JSONField(default=dict, help_text="How much was exported or erased where; nobody's data.")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=Q(state="waiting", customer__isnull=False),
                name="one_data_request_at_a_time",
            )
        ]
