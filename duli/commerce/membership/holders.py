"""What membership keeps of a person: tier, points, and what staff wrote about them."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import F

from duli.base.clock import now
from duli.commerce.customers.holders import Person, Rows, holders
from duli.commerce.membership.models import Lot, Member, OrderPoints, PointsEntry, Redemption, TierChange


class Membership:
    def export(self, person: Person) -> Mapping[str, Rows]:
        ids = person.customer_ids
        entries = PointsEntry.objects.filter(customer_id__in=ids).order_by("pk")
        changes = TierChange.objects.filter(customer_id__in=ids).order_by("pk")
        return {
            "points": list(entries.values("kind", "change", "owed", "reference", "note", "created_at")),
            "tiers": list(changes.values("before", "after", "reason", "note", "until", "created_at")),
        }

    def erase(self, person: Person) -> int:
        """Numbers stay, so that the ledger still adds up; words go."""
        ids = person.customer_ids
        return PointsEntry.objects.filter(customer_id__in=ids).exclude(note="").update(
            note=""
        ) + TierChange.objects.filter(customer_id__in=ids).exclude(note="").update(note="")

    def move(self, from_id: int, to_id: int) -> int:
        moved = 0
        for model in (Lot, PointsEntry, TierChange, Redemption, OrderPoints):
            moved += model._default_manager.filter(customer_id=from_id).update(customer_id=to_id)
        gone = Member.objects.filter(pk=from_id).select_related("tier").first()
        if gone is None:
            return moved
        Member.objects.get_or_create(customer_id=to_id)
        Member.objects.filter(pk=to_id).update(points=F("points") + gone.points, owed=F("owed") + gone.owed)
        kept = Member.objects.select_related("tier").get(pk=to_id)
        if gone.tier is not None and (kept.tier is None or kept.tier.threshold < gone.tier.threshold):
            TierChange.objects.create(
                customer_id=to_id,
                before=kept.tier.name if kept.tier else "",
                after=gone.tier.name,
                after_id=gone.tier_id,
                reason=TierChange.Reason.MERGED,
                actor="system",
                created_at=now(),
            )
            Member.objects.filter(pk=to_id).update(
                tier=gone.tier, tier_since=now(), set_by_hand=gone.set_by_hand, kept_until=gone.kept_until
            )
        gone.delete()
        return moved + 1

    def count(self, customer_id: int) -> int:
        return PointsEntry.objects.filter(customer_id=customer_id).count()

    def check_erasable(self, person: Person) -> None:
        return None


holders.register("membership", Membership())
