"""What downloads keep of a person: from where, when and with what a bought file was fetched."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from duli.commerce.customers.holders import Person, Rows, holders
from duli.commerce.downloads.models import DownloadGrant, DownloadUse


class Downloads:
    def export(self, person: Person) -> Mapping[str, Rows]:
        rows = self._uses(person).order_by("pk")
        return {
            "downloads": [
                {"order": number, "file": name, "address": address, "agent": agent, "started_at": started}
                for number, name, address, agent, started in rows.values_list(
                    "grant__order__number", "grant__file__name", "address", "agent", "started_at"
                )
            ]
        }

    def erase(self, person: Person) -> int:
        # The right to the files goes with the person; that a file was sold stays on the order.
        count = self._uses(person).delete()[0]
        return count + DownloadGrant.objects.filter(order__customer_id__in=person.customer_ids).delete()[0]

    def move(self, from_id: int, to_id: int) -> int:
        # They hang on orders, and go where those go.
        return 0

    def count(self, customer_id: int) -> int:
        return 0

    def check_erasable(self, person: Person) -> None:
        return None

    def _uses(self, person: Person) -> QuerySet[DownloadUse]:
        return DownloadUse.objects.filter(grant__order__customer_id__in=person.customer_ids)


holders.register("downloads", Downloads())
