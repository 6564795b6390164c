"""Customers of an old shop, or of our own export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError
from duli.commerce.customers import services as customers
from duli.commerce.customers.models import Channel, Customer
from duli.commerce.customers.names import squashed
from duli.commerce.customers.selectors import addresses_of, tags_of
from duli.commerce.customers.services.people import remove_untouched
from duli.commerce.customers.types import Address, CustomerDraft, Proof
from duli.commerce.exchange.records.base import Field, Outcome, digest
from duli.commerce.exchange.records.places import address_from, is_same_address
from duli.commerce.exchange.types import (
    AccountKept,
    AddressLeftOut,
    NobodyNamed,
    NotAnEmail,
    NotAPhone,
    Row,
)
from duli.commerce.exchange.values import flag, listed, moment
from duli.platform.accounts.identifiers import email_of, phone_of
from duli.platform.store.selectors import languages

FIELDS = (
    Field("name", _("Name"), ("Name", "Full name", "Customer", "Customer name", "姓名", "客户", "客户姓名", "名字")),
    Field("first_name", _("First name"), ("First Name", "First Name *", "Given name", "billing first name", "名")),
    Field(
        "last_name", _("Last name"), ("Last Name", "Last Name *", "Family name", "Surname", "billing last name", "姓")
    ),
    Field(
        "email",
        _("E-mail"),
        ("Email", "E-mail", "Email *", "E-mail address", "Email address", "user email", "邮箱", "电子邮箱", "邮件"),
    ),
    Field(
        "phone", _("Phone"), ("Phone", "Phone number", "Mobile", "billing phone", "手机", "手机号", "电话", "联系电话")
    ),
    Field("language", _("Language"), ("Language", "Locale", "语言")),
    Field("tags", _("Tags"), ("Tags", "标签")),
    Field("note", _("Note"), ("Note", "Notes", "备注")),
    Field(
        "accepts_email",
        _("Agreed to e-mail"),
        ("Accepts Email Marketing", "Accepts Marketing", "Newsletter (0/1)", "Newsletter", "接受邮件营销", "订阅邮件"),
    ),
    Field("accepts_sms", _("Agreed to SMS"), ("Accepts SMS Marketing", "接受短信营销")),
    Field("accepts_phone", _("Agreed to calls"), ("Accepts Phone Marketing",)),
    Field("accepts_post", _("Agreed to letters"), ("Accepts Letters",)),
    Field(
        "created_at",
        _("Customer since"),
        ("Sign Up", "Created at", "Registered", "Registration date", "user registered", "注册时间", "创建时间"),
    ),
    Field("address_name", _("Recipient"), ("Default Address Name", "Recipient", "收件人")),
    Field("address_company", _("Company"), ("Default Address Company", "Company", "billing company", "公司")),
    Field(
        "address_line1",
        _("Street and number"),
        (
            "Default Address Address1",
            "Address1",
            "Address",
            "Address 1",
            "billing address 1",
            "Street",
            "详细地址",
            "地址",
        ),
    ),
    Field(
        "address_line2",
        _("More about the address"),
        ("Default Address Address2", "Address2", "Address 2", "billing address 2"),
    ),
    Field("address_city", _("City"), ("Default Address City", "City", "billing city", "城市", "市")),
    Field("address_district", _("District"), ("Default Address District", "District", "区县", "区")),
    Field(
        "address_region",
        _("Province or state"),
        (
            "Default Address Province Code",
            "Province Code",
            "Province",
            "Region",
            "State",
            "billing state",
            "省份",
            "省",
        ),
    ),
    Field(
        "address_postal_code",
        _("Postcode"),
        ("Default Address Zip", "Zip", "Postal Code", "Postcode", "billing postcode", "邮编", "邮政编码"),
    ),
    Field(
        "address_country",
        _("Country"),
        (
            "Default Address Country Code",
            "Country Code",
            "Country / Region",
            "Country",
            "billing country",
            "国家",
            "国家地区",
        ),
    ),
    Field("address_phone", _("Phone of the address"), ("Default Address Phone", "Recipient phone", "收件人电话")),
)


class Customers:
    code = "customers"
    fields: tuple[Field, ...] = FIELDS
    telling = frozenset({"email"})

    def key(self, row: Mapping[str, str], number: int) -> str:
        return row.get("email", "").lower() or row.get("phone", "") or f"row {number}"

    @transaction.atomic
    def save(self, rows: Sequence[Row], actor: str, source: str) -> Outcome:
        row = rows[-1]
        notes: list[DuliError] = []
        name = row.get("name") or _full_name(row.get("first_name"), row.get("last_name"))
        email, phone = self._contact(row, notes)
        if not (name or email or phone):
            raise NobodyNamed(field="email")
        known = self._known(email, phone)
        before = snapshot(known) if known else None
        language = row.get("language").lower()
        draft = CustomerDraft(
            name=name or None,
            email=email or None,
            phone=phone or None,
            language=language if language in languages() else None,
            tags=[*(tags_of(known.pk) if known else ()), *listed(row.get("tags"))] if row.get("tags") else None,
        )
        if known and known.user_id:
            if _says_otherwise(draft, known):
                notes.append(AccountKept(field="email"))
            draft = CustomerDraft(tags=draft.tags)
        customer = customers.save_customer(
            customer_id=known.pk if known else None,
            draft=draft,
            actor=actor,
            created_by_import=True,
            created_at=moment(row.get("created_at"), "created_at") if not known else None,
        )
        self._address(row, customer, name, notes, actor)
        self._consents(row, customer, actor, source)
        note = row.get("note")
        if note and not customer.notes.filter(text=note).exists():
            customers.add_note(customer_id=customer.pk, text=note[:5000], actor=actor)
        customer.refresh_from_db()
        after = snapshot(customer)
        return Outcome(customer.pk, known is None, before is not None and before != after, before, digest(after), notes)

    def _contact(self, row: Row, notes: list[DuliError]) -> tuple[str, str]:
        email, phone = "", ""
        if row.get("email"):
            email = email_of(row.get("email"))
            if not email:
                raise NotAnEmail(field="email", value=row.get("email")[:80])
        # The number at an address may be the recipient's; it is the customer's only if nothing else is known.
        written = row.get("phone") or ("" if email else row.get("address_phone"))
        if written:
            phone = phone_of(written.lstrip("'"))
            if not phone and row.get("phone"):
                notes.append(NotAPhone(field="phone", value=written[:40]))
        return email, phone

    def _known(self, email: str, phone: str) -> Customer | None:
        rows = Customer.objects.filter(merged_into=None, erased_at=None)
        found = rows.filter(email=email) if email else rows.filter(phone=phone) if phone else rows.none()
        return found.order_by("user_id", "pk").first()

    def _address(self, row: Row, customer: Customer, name: str, notes: list[DuliError], actor: str) -> None:
        address, is_right = address_from(row.get, "address_", name)
        if address is None:
            return
        is_known = any(is_same_address(Address.from_json(row.data), address) for row in addresses_of(customer.pk))
        if customer.user_id:
            if not is_known and not notes:
                notes.append(AccountKept(field="address"))
        elif not is_right:
            notes.append(AddressLeftOut(field="address"))
        elif not is_known:
            customers.save_address(customer_id=customer.pk, address=address, actor=actor)

    def _consents(self, row: Row, customer: Customer, actor: str, source: str) -> None:
        """Only a yes is taken over: an old list knows nothing of what somebody has told this shop since."""
        for channel in Channel.values:
            if flag(row.get(f"accepts_{channel}")):
                customers.record_consent(
                    customer_id=customer.pk,
                    channel=channel,
                    given=True,
                    proof=Proof("import", f"{source}: {row.get(f'accepts_{channel}')}"),
                    actor=actor,
                )

    def finish(self, object_ids: Sequence[int]) -> None:
        return None

    def revert(self, object_id: int, before: dict[str, Any] | None, after: str, actor: str) -> bool:
        customer = Customer.objects.filter(pk=object_id).first()
        if customer is None:
            return True
        if digest(snapshot(customer)) != after:
            return False
        if before is None:
            return remove_untouched(customer_id=object_id)
        if customer.user_id is None:
            customers.save_customer(
                customer_id=object_id,
                draft=CustomerDraft(
                    name=before["name"],
                    email=before["email"],
                    phone=before["phone"],
                    language=before["language"],
                    tags=before["tags"],
                ),
                actor=actor,
                created_by_import=True,
            )
        for row in addresses_of(object_id):
            if row.data not in before["addresses"]:
                customers.delete_address(customer_id=object_id, address_id=row.pk, actor=actor)
        for channel in Channel.values:
            customers.record_consent(
                customer_id=object_id,
                channel=channel,
                given=channel in before["accepts"],
                proof=Proof("import"),
                actor=actor,
            )
        return True


def _says_otherwise(draft: CustomerDraft, known: Customer) -> bool:
    """Whether the file calls somebody with an account by another name, address or number than they do."""
    told = [(draft.name, known.name), (draft.email, known.email), (draft.phone, known.phone)]
    return any(said is not None and said != (stored or "") for said, stored in told)


def _full_name(first: str, last: str) -> str:
    """Return a whole name; Chinese names begin with the family's and have no space."""
    chinese = squashed(last).startswith("q") and not last.isascii()
    return f"{last}{first}" if chinese else " ".join(filter(None, [first, last]))


def snapshot(customer: Customer) -> dict[str, Any]:
    """Return what an import may change of a customer, to compare and to restore."""
    return {
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "language": customer.language,
        "tags": sorted(tags_of(customer.pk)),
        "addresses": [row.data for row in addresses_of(customer.pk)],
        "accepts": [channel for channel in Channel.values if getattr(customer, f"accepts_{channel}")],
    }
