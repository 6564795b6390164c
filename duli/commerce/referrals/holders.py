"""What referrals keep of a person: links of their own, what they wrote, where they are paid, and by which browser."""

from __future__ import annotations

from collections.abc import Mapping

from duli.base.errors import Conflict
from duli.commerce.customers.holders import Person, Rows, holders
from duli.commerce.referrals.models import Payout, Referral, Referrer, Visit
from duli.commerce.referrals.selectors import owed
from duli.commerce.referrals.states import ReferrerState


def _(message: str) -> str:
    return message


class CommissionOwed(Conflict):
    """A partner cannot be forgotten before what is owed has been paid."""

    code = "commission_owed"
    message = _("Commissions are still owed to this partner. Pay them out first.")


class Referrals:
    def export(self, person: Person) -> Mapping[str, Rows]:
        mine = Referrer.objects.filter(customer_id__in=person.customer_ids).order_by("pk")
        rows = Referral.objects.filter(referrer__in=mine).order_by("pk")
        paid = Payout.objects.filter(referrer__in=mine).order_by("pk")
        return {
            "referral_links": list(mine.values("kind", "code", "state", "about", "pay_to", "created_at")),
            "referrals": list(
                rows.values("state", "currency", "earned_minor", "paid_minor", "reward_code", "created_at")
            ),
            "referral_payouts": list(paid.values("amount_minor", "batch__currency", "pay_to", "batch__created_at")),
        }

    def erase(self, person: Person) -> int:
        mine = Referrer.objects.filter(customer_id__in=person.customer_ids)
        Payout.objects.filter(referrer__in=mine).update(pay_to="")
        return mine.update(about="", pay_to="", device="", state=ReferrerState.DECLINED)

    def move(self, from_id: int, to_id: int) -> int:
        moved = 0
        for row in Referrer.objects.filter(customer_id=from_id):
            kept = Referrer.objects.filter(customer_id=to_id, kind=row.kind).first()
            if kept is None:
                row.customer_id = to_id
                row.save(update_fields=["customer"])
            else:
                # The other link goes on; what this one brought, paid or not, is its owner's with it.
                Referral.objects.filter(referrer=row).update(referrer=kept)
                Visit.objects.filter(referrer=row).update(referrer=kept)
                if not Payout.objects.filter(referrer=row).exists():
                    row.delete()
                else:
                    row.state = ReferrerState.DECLINED
                    row.save(update_fields=["state"])
            moved += 1
        return moved

    def count(self, customer_id: int) -> int:
        return Referrer.objects.filter(customer_id=customer_id).count()

    def check_erasable(self, person: Person) -> None:
        mine = set(Referrer.objects.filter(customer_id__in=person.customer_ids).values_list("pk", flat=True))
        if any(referrer in mine and minor > 0 for (referrer, _currency), minor in owed().items()):
            raise CommissionOwed()


holders.register("referrals", Referrals())
