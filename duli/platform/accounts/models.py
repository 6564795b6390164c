from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from duli.platform.accounts.states import ApprovalState
from duli.platform.store.prepared import Prepared

_by_key = Prepared(lambda pk: User._base_manager.filter(pk=pk))


class UserManager(BaseUserManager["User"]):
    def get(self, *conditions: Any, **values: Any) -> User:
        """Return the one user that fits; by the key alone, as each request asks who it is from, it is quick."""
        if conditions or values.keys() != {"pk"} or not isinstance(values["pk"], int):
            return super().get(*conditions, **values)
        found = _by_key.first(values["pk"])
        if found is None:
            raise User.DoesNotExist
        return found

    def create_user(self, *, email: str = "", phone: str = "", password: str | None = None, **values: Any) -> User:
        """Make a user with an e-mail address or a phone number (or both)."""
        user = self.model(email=email.strip().lower() or None, phone=phone or None, **values)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """One person: a shopper with an account, or staff. Known by e-mail, by phone (E.164), or both."""

    email = models.EmailField(unique=True, null=True, blank=True)
    phone = models.CharField(max_length=20, unique=True, null=True, blank=True)
    phone_verified = models.BooleanField(default=False)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=12, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    role = models.CharField(max_length=20, blank=True, help_text="Of staff: a code of `roles`.")
    has_second_step = models.BooleanField(
        default=False, help_text="Has a code app or a passkey; kept by `second_step`."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(phone__isnull=False), name="user_can_be_reached"
            ),
            # "A@x.com" and "a@x.com" are one person; unique alone would not know.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case"),
        ]

    def get_full_name(self) -> str:
        """Return the name, by which Django's apps and Wagtail call people."""
        return self.name

    def __str__(self) -> str:
        return self.name or self.email or self.phone or ""


class Role(models.Model):
    """What a group of staff may do: the merchant's own role, or a built-in one that was edited."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=60, blank=True, help_text="Empty for a built-in one: it is translated.")
    description = models.CharField(max_length=200, blank=True)
    permissions = models.JSONField(default=list)
    refund_limits = models.JSONField(
        null=True, blank=True, help_text="Currency → largest refund in minor units without a second person; null: any."
    )
    discount_limit = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Largest discount in percent without a second person; null: any."
    )
    sees_cost = models.BooleanField(default=False)
    sees_personal = models.BooleanField(default=False, help_text="E-mail addresses, phone numbers and addresses.")
    requires_mfa = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_limit__isnull=True) | Q(discount_limit__lte=100), name="role_discount_is_percent"
            ),
            # The owner may do everything, always: that role has no row.
            models.CheckConstraint(condition=~Q(code="owner"), name="role_owner_has_no_row"),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class Approval(models.Model):
    """Something that was above somebody's limit, kept word for word until a second person decides."""

    kind = models.CharField(max_length=40)
    reference = models.CharField(max_length=80, blank=True)
    intent = models.JSONField(help_text="The arguments of the verb; never changed.")
    intent_key = models.CharField(max_length=64)
    value = models.JSONField(help_text='What the limit is about: {"minor": 5000, "currency": "CNY"}, {"percent": 20}.')
    note = models.CharField(max_length=300, blank=True)
    requested_by = models.CharField(max_length=60)
    decided_by = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=9, choices=ApprovalState.choices, default=ApprovalState.WAITING)
    answer = models.CharField(max_length=300, blank=True, help_text="Why it was declined, or why it failed.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-id"], name="approval_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "intent_key"], condition=Q(state="waiting"), name="one_waiting_approval"
            ),
            models.CheckConstraint(condition=~Q(requested_by=F("decided_by")), name="nobody_approves_their_own"),
        ]


class Invitation(models.Model):
    """Somebody was asked to work here; the link in their mail works once, until it expires."""

    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20)
    language = models.CharField(max_length=12, blank=True)
    token_hash = models.CharField(max_length=64, unique=True, help_text="The link itself is only in the mail.")
    invited_by = models.CharField(max_length=60)
    sends = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=Q(accepted_at=None, revoked_at=None), name="one_open_invitation"
            )
        ]


class StaffSession(models.Model):
    """One device on which a member of the staff is signed in."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=45, blank=True, help_text="Network address without its last part.")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
