"""What the bank desk keeps of a person: who paid, from which account, and what they showed of their transfer."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from duli.commerce.customers.holders import Person, Rows, holders
from duli.commerce.reconciliation.models import PaymentProof, StatementLine


class BankDesk:
    def export(self, person: Person) -> Mapping[str, Rows]:
        proofs = PaymentProof.objects.filter(order__customer_id__in=person.customer_ids)
        return {
            "bank_transfers": list(
                self._lines(person)
                .order_by("pk")
                .values("booked_on", "amount_minor", "currency", "payer", "payer_account", "text", "reference")
            ),
            "payment_proofs": [
                {"order": number, "file": name, "created_at": created}
                for number, name, created in proofs.values_list("order__number", "file__name", "created_at")
            ],
        }

    def erase(self, person: Person) -> int:
        # That money came, when and for what, stays in the books; whose account it was goes. Proofs go with the order's
        # private files, whichever room comes first.
        named = self._lines(person).exclude(payer="", payer_account="", text="", note="")
        keys = list(named.values_list("pk", flat=True))
        count = StatementLine.objects.filter(pk__in=keys).update(payer="", payer_account="", text="", note="")
        return count + PaymentProof.objects.filter(order__customer_id__in=person.customer_ids).delete()[0]

    def move(self, from_id: int, to_id: int) -> int:
        # They hang on orders, and go where those go.
        return 0

    def count(self, customer_id: int) -> int:
        return 0

    def check_erasable(self, person: Person) -> None:
        return None

    def _lines(self, person: Person) -> QuerySet[StatementLine]:
        return StatementLine.objects.filter(matches__order__customer_id__in=person.customer_ids).distinct()


holders.register("bank_desk", BankDesk())
