"""What promotions keep of a person: which were used, and counters under a keyed hash of the contact."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q

from duli.commerce.customers.holders import Person, Rows, holders
from duli.commerce.promotions.contacts import contact_keys
from duli.commerce.promotions.models import Claim, Code, Counter, Taken, Use

_PERSONAL = ("customer:", "contact:")


class PromotionUses:
    def export(self, person: Person) -> Mapping[str, Rows]:
        rows = Use.objects.filter(customer_id__in=person.customer_ids).order_by("pk")
        taken = Taken.objects.filter(customer_id__in=person.customer_ids).values_list("code_id", flat=True)
        codes = Code.objects.filter(Q(customer_id__in=person.customer_ids) | Q(pk__in=list(taken))).order_by("pk")
        return {
            "promotions": list(rows.values("promotion__name", "reference", "amount_minor", "currency", "used_at")),
            "coupons": list(codes.values("promotion__name", "text", "used", "expires_at", "created_at")),
        }

    def erase(self, person: Person) -> int:
        uses = Use.objects.filter(customer_id__in=person.customer_ids)
        changed = len(uses)
        for row in uses:
            # What all share is still given back if the order is cancelled later.
            row.customer, row.counted = None, [key for key in row.counted if not key.startswith(_PERSONAL)]
        Use.objects.bulk_update(uses, ["customer", "counted"], batch_size=500)
        contacts = contact_keys(person.emails, person.phones)
        gone, _ = Counter.objects.filter(key__in=contacts).delete()
        own = [f"customer:{pk}" for pk in person.customer_ids]
        claims, _ = Claim.objects.filter(key__in=[*contacts, *own]).delete()
        codes = Code.objects.filter(customer_id__in=person.customer_ids)
        unused, _ = codes.filter(used=0).delete()
        used = codes.update(customer=None, given_for=None, is_active=False)
        taken, _ = Taken.objects.filter(customer_id__in=person.customer_ids).delete()
        return changed + gone + claims + unused + used + taken

    def move(self, from_id: int, to_id: int) -> int:
        # What both had the kept one has once; the other's order gives back what its contacts claimed.
        had = Claim.objects.filter(key=f"customer:{to_id}").values_list("number", flat=True)
        moved = Claim.objects.filter(key=f"customer:{from_id}")
        moved.exclude(number__in=list(had)).update(key=f"customer:{to_id}")
        Code.objects.filter(customer_id=from_id).update(customer_id=to_id)
        known = Taken.objects.filter(customer_id=to_id).values_list("code_id", flat=True)
        Taken.objects.filter(customer_id=from_id).exclude(code_id__in=list(known)).update(customer_id=to_id)
        return Use.objects.filter(customer_id=from_id).update(customer_id=to_id)

    def count(self, customer_id: int) -> int:
        return Use.objects.filter(customer_id=customer_id).count()

    def check_erasable(self, person: Person) -> None:
        return None


holders.register("promotions", PromotionUses())
