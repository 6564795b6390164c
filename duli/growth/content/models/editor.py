from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group
from django.db.models import QuerySet

from duli.platform.accounts.models import User


class Profile:
    """What Wagtail asks a person's profile for; the answers are Duli's own, and nothing of it is kept."""

    preferred_language = ""
    dismissibles: dict[str, bool] = {}
    keyboard_shortcuts = True
    avatar = None
    theme = "system"
    contrast = "system"
    density = "default"

    def get_preferred_language(self) -> str:
        """Return "": the back office has chosen the language before Wagtail is asked."""
        return ""

    def get_current_time_zone(self) -> ZoneInfo:
        from duli.platform.store.selectors import current_store

        return ZoneInfo(current_store().time_zone)


class Editor(User):
    """A member of the staff as Wagtail knows people: whoever gets here was let in by a role of the shop's.

    Wagtail's groups and permissions would be a second administration of the same thing. It asks a "superuser" for
    nothing further, so the door of the back office decides alone.
    """

    is_superuser = True

    class Meta:
        proxy = True
        default_permissions = ()

    @property
    def groups(self) -> QuerySet[Group]:
        return Group.objects.none()

    @property
    def wagtail_userprofile(self) -> Profile:  # type: ignore[override]
        return Profile()

    def get_short_name(self) -> str:
        return self.name

    def has_perm(self, permission: str, instance: Any = None) -> bool:
        return self.is_active and self.is_staff

    def has_perms(self, permissions: Any, instance: Any = None) -> bool:
        return self.is_active and self.is_staff
