"""No foreign key points upward: what is below does not know what is above."""

from __future__ import annotations

import tomllib
from pathlib import Path

from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parent.parent.parent


def room(model: type[models.Model]) -> str:
    """Return "commerce.orders" for a model of ours, else an empty string."""
    parts = model.__module__.split(".")
    return ".".join(parts[1:3]) if parts[0] == "duli" else ""


def ranks() -> dict[str, int]:
    """Return each room's height, read from the import contracts: rooms of one line have the same."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}
    found: dict[str, int] = {}
    height = 0
    for floor in ("platform", "commerce", "growth", "faces"):
        container = contracts[floor]["containers"][0].removeprefix("duli.")
        for line in reversed(contracts[floor]["layers"]):
            height += 1
            found |= {f"{container}.{name.strip()}": height for name in line.split("|")}
    return found


def upward_keys(models_of_the_shop: list[type[models.Model]]) -> list[str]:
    height = ranks()
    found = []
    for model in models_of_the_shop:
        for field in model._meta.get_fields():
            target = field.related_model if isinstance(field, (models.ForeignKey, models.ManyToManyField)) else None
            if not isinstance(target, type) or not room(target) or room(target) == room(model):
                continue
            # A peer is as forbidden as what is above.
            if height[room(target)] >= height[room(model)]:
                found.append(f"{room(model)}.{model.__name__}.{field.name} → {room(target)}.{target.__name__}")
    return found


def test_no_foreign_key_points_upward_or_at_a_peer() -> None:
    assert upward_keys([model for model in apps.get_models() if room(model)]) == []


def test_a_key_that_points_upward_is_seen() -> None:
    class Planted(models.Model):
        order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "inventory"
            managed = False

    try:
        Planted.__module__ = "duli.commerce.inventory.models"
        assert upward_keys([Planted]) == ["commerce.inventory.Planted.order → commerce.orders.Order"]
    finally:
        del apps.all_models["inventory"]["planted"]
        apps.clear_cache()
