"""Codes that friends' orders brought before they were somebody's own: they stay good for whoever has them, and are kept
with the coupons of whom they were given to."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def keep(apps: Any, schema_editor: Any) -> None:
    referrals = apps.get_model("referrals", "Referral").objects.exclude(reward_code="")
    referrals = referrals.filter(referrer__customer__erased_at__isnull=True)
    codes, taken = apps.get_model("promotions", "Code").objects, apps.get_model("promotions", "Taken").objects
    for row in referrals.select_related("referrer").iterator():
        code = codes.filter(text=row.reward_code, customer__isnull=True).first()
        if code is not None:
            taken.get_or_create(
                customer_id=row.referrer.customer_id, code=code, defaults={"taken_at": row.decided_at or row.created_at}
            )


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0001_initial"),
        ("promotions", "0005_codes_of_customers"),
    ]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
