from __future__ import annotations

from django.conf import settings
from django.db import models


class ListPreference(models.Model):
    """Which columns of a list somebody wants to see, in their order; no row means the list's own choice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    list_key = models.CharField(max_length=40)
    columns = models.JSONField(default=list, help_text="Keys of the columns.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "list_key"], name="one_preference_a_list")]

    def __str__(self) -> str:
        return self.list_key


class SavedView(models.Model):
    """A tab of somebody's own: filters under a name. A shared one stands on everybody's desk."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    list_key = models.CharField(max_length=40)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=2000, help_text="The list's address after the question mark.")
    position = models.PositiveSmallIntegerField(default=0)
    is_shared = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "list_key", "name"], name="one_view_a_name")]
        indexes = [models.Index(fields=["list_key"], condition=models.Q(is_shared=True), name="shared_views")]

    def __str__(self) -> str:
        return self.name
