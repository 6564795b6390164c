"""Names of those who did something, for timelines and histories."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext

from duli.platform.accounts.models import User


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """Return a name for each actor ("user:3", "guest", "system", "gateway:…") in one query at most."""
    wanted = set(actors)
    ids = [int(actor[5:]) for actor in wanted if actor.startswith("user:") and actor[5:].isdigit()]
    people = {user.pk: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}
    fixed = {"guest": gettext("Shopper"), "system": gettext("Automatic"), "": gettext("Automatic")}
    names: dict[str, str] = {}
    for actor in wanted:
        kind, _, rest = actor.partition(":")
        if kind == "user" and rest.isdigit():
            names[actor] = people.get(int(rest), gettext("Somebody who left"))
        elif kind == "gateway":
            names[actor] = gettext("Payment provider")
        elif kind == "carrier":
            names[actor] = gettext("Tracking service")
        else:
            names[actor] = fixed.get(actor, actor)
    return names
