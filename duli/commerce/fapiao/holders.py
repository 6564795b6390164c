"""What fapiao keep of a person: what was issued stays, as the law wants; where it was sent, and wishes, go."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from duli.commerce.customers.holders import Person, Rows, holders
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest, FapiaoSending
from duli.commerce.fapiao.states import SendingState
from duli.platform.mail.models import Mail


class Fapiaos:
    def export(self, person: Person) -> Mapping[str, Rows]:
        rows = self._rows(person).order_by("pk")
        papers = Fapiao.objects.filter(request__in=rows).order_by("pk")
        return {
            "fapiao_requests": list(
                rows.values(
                    "order__number", "state", "title_kind", "kind", "title", "tax_number", "email", "address", "phone",
                    "bank", "account", "asked_at",
                )
            ),
            "fapiao": list(papers.values("request__order__number", "number", "title", "amount_minor", "issued_on")),
        }  # fmt: skip

    def erase(self, person: Person) -> int:
        rows = self._rows(person)
        sent = [(f"order:{pk}", email) for pk, email in rows.exclude(email="").values_list("order_id", "email")]
        for reference, email in sent:
            Mail.objects.filter(reference=reference, to=email).delete()
        wished = rows.filter(papers__isnull=True).exclude(sendings__state=SendingState.UNDER_WAY)
        FapiaoSending.objects.filter(request__in=wished).delete()
        count = wished.delete()[0]
        return count + rows.update(email="", address="", phone="", bank="", account="", reason="")

    def move(self, from_id: int, to_id: int) -> int:
        # They hang on orders, and go where those go.
        return 0

    def count(self, customer_id: int) -> int:
        return 0

    def check_erasable(self, person: Person) -> None:
        return None

    def _rows(self, person: Person) -> QuerySet[FapiaoRequest]:
        return FapiaoRequest.objects.filter(order__customer_id__in=person.customer_ids)


holders.register("fapiao", Fapiaos())
