"""What this room and the rooms of the platform, which know nothing of customers, keep of a person."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from duli.base.clock import now
from duli.commerce.customers.holders import Person, Rows, holders, scrubbed
from duli.commerce.customers.models import (
    Birthday,
    ConsentRecord,
    Customer,
    CustomerAddress,
    CustomerKey,
    CustomerNote,
    CustomerSearch,
    CustomerTag,
    DuplicatePair,
    StoreCreditEntry,
)
from duli.commerce.customers.types import StaffAccount
from duli.platform.accounts.models import User
from duli.platform.events.models import Event
from duli.platform.mail.models import Mail
from duli.platform.tokens.services import empty_answers, scrub_answers


class _Nothing:
    """What most holders have to say: nothing to move, nothing in the way."""

    def move(self, from_id: int, to_id: int) -> int:
        return 0

    def count(self, customer_id: int) -> int:
        return 0

    def check_erasable(self, person: Person) -> None:
        return None


class Profile(_Nothing):
    """The customer's own rows; the row itself stays as a number that orders point to."""

    def export(self, person: Person) -> Mapping[str, Rows]:
        ids = person.customer_ids
        return {
            "customer": list(
                Customer.objects.filter(pk__in=ids).values(
                    "id", "name", "email", "phone", "language", "country", "created_at"
                )
            ),
            "addresses": [dict(row.data) for row in CustomerAddress.objects.filter(customer_id__in=ids)],
            "tags": list(CustomerTag.objects.filter(customer_id__in=ids).values("name")),
            "birthday": list(Birthday.objects.filter(pk__in=ids).values("month", "day", "told_at")),
            "notes": list(CustomerNote.objects.filter(customer_id__in=ids).values("text", "created_at")),
            "consents": list(
                ConsentRecord.objects.filter(customer_id__in=ids).values(
                    "channel", "given", "source", "wording", "wording_version", "network", "recorded_at"
                )
            ),
        }

    def erase(self, person: Person) -> int:
        ids = person.customer_ids
        count = 0
        for model in (CustomerAddress, CustomerTag, CustomerNote, ConsentRecord, CustomerKey, CustomerSearch, Birthday):
            count += model.objects.filter(customer_id__in=ids).delete()[0]
        DuplicatePair.objects.filter(Q(first_id__in=ids) | Q(second_id__in=ids)).delete()
        return count + Customer.objects.filter(pk__in=ids).update(
            user=None,
            name="",
            email="",
            phone="",
            language="",
            accepts_email=False,
            accepts_sms=False,
            accepts_phone=False,
            accepts_post=False,
            erased_at=now(),
        )


class Credit(_Nothing):
    """Store credit follows its owner; amounts stay for the books, words about them go."""

    def export(self, person: Person) -> Mapping[str, Rows]:
        rows = StoreCreditEntry.objects.filter(customer_id__in=person.customer_ids).order_by("pk")
        return {"store_credit": list(rows.values("amount_minor", "currency", "reason", "note", "created_at"))}

    def erase(self, person: Person) -> int:
        return StoreCreditEntry.objects.filter(customer_id__in=person.customer_ids).update(note="")

    def move(self, from_id: int, to_id: int) -> int:
        return StoreCreditEntry.objects.filter(customer_id=from_id).update(customer_id=to_id)

    def count(self, customer_id: int) -> int:
        return StoreCreditEntry.objects.filter(customer_id=customer_id).count()


class Account(_Nothing):
    """The login. Sessions end with it."""

    def export(self, person: Person) -> Mapping[str, Rows]:
        users = User.objects.filter(pk=person.user_id or 0)
        return {"account": list(users.values("email", "phone", "name", "language", "created_at", "last_login"))}

    def erase(self, person: Person) -> int:
        return User.objects.filter(pk=person.user_id, is_staff=False).delete()[0] if person.user_id else 0

    def check_erasable(self, person: Person) -> None:
        if User.objects.filter(pk=person.user_id or 0, is_staff=True).exists():
            raise StaffAccount()


class Mails(_Nothing):
    """Messages to the person; those about an order go with the order's room."""

    def export(self, person: Person) -> Mapping[str, Rows]:
        rows = self._rows(person).order_by("pk").values("to", "subject", "text", "created_at", "sent_at")
        return {"messages": list(rows)}

    def erase(self, person: Person) -> int:
        return self._rows(person).delete()[0]

    def _rows(self, person: Person) -> QuerySet[Mail]:
        return Mail.objects.filter(to__in=[*person.emails, *person.phones])


class Events(_Nothing):
    """What happened to the customer. Events carry ids; whatever names the person all the same is taken out."""

    def export(self, person: Person) -> Mapping[str, Rows]:
        rows = Event.objects.filter(reference__in=self._references(person)).order_by("pk")
        return {"events": list(rows.values("name", "happened_at", "data"))}

    def erase(self, person: Person) -> int:
        return scrub_events(self._references(person), person)

    def _references(self, person: Person) -> list[str]:
        found = [f"customer:{pk}" for pk in person.customer_ids]
        return [*found, f"user:{person.user_id}"] if person.user_id else found


def scrub_events(references: list[str], person: Person) -> int:
    """Take every string that names the person out of the events about these things; return how many changed."""
    count = 0
    for row in Event.objects.filter(reference__in=references).iterator(chunk_size=500):
        clean = scrubbed(row.data, person.strings)
        if clean != row.data:
            Event.objects.filter(pk=row.pk).update(data=clean)
            count += 1
    return count


holders.register("profile", Profile())
holders.register("credit", Credit())
holders.register("account", Account())
holders.register("mail", Mails())


class Answers(_Nothing):
    """What programs were answered under an idempotency key, kept for a day: the deed stays, the words go."""

    def export(self, person: Person) -> Mapping[str, Rows]:
        # A copy of what the other rooms know, for the program that asked.
        return {}

    def erase(self, person: Person) -> int:
        count = empty_answers(about=[f"customer:{pk}" for pk in person.customer_ids])
        return count + scrub_answers(scrub=lambda body: scrubbed(body, person.strings))


holders.register("events", Events())
holders.register("answers", Answers())
