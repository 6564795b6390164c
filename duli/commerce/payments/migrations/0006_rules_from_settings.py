"""Where a way to pay is offered was a setting of some gateways; now it is a rule that every one has."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def move(apps: Any, schema_editor: Any) -> None:
    for row in apps.get_model("payments", "GatewaySetting").objects.all():
        found = {}
        for name in ("countries", "currencies"):
            value = row.settings.pop(name, None) or []
            codes = value.replace(",", " ").upper().split() if isinstance(value, str) else list(value)
            if codes:
                found[name] = codes
        row.rules = {**found, **row.rules}
        row.save(update_fields=["settings", "rules"])


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_disputes_rules_and_devices")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop, elidable=True)]
