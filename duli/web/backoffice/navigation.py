"""The places of the back office, as data: what the sidebar, the bottom bar and the palette offer."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the navigation; `query` narrows a list, `permission` is needed to see it."""

    key: str
    label: Words
    url_name: str
    icon: str = ""
    permission: str = ""
    query: str = ""
    short: Words = ""
    children: tuple[Place, ...] = ()
    arguments: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return reverse(f"backoffice:{self.url_name}", args=self.arguments) + self.query


PLACES: tuple[Place, ...] = (
    Place("home", _("Home"), "home", "house", short=_("Today")),
    Place(
        "orders",
        _("Orders"),
        "orders",
        "receipt-text",
        "orders.view",
        children=(
            Place("orders.all", _("All orders"), "orders", permission="orders.view"),
            Place("orders.to_ship", _("To ship"), "orders", permission="orders.view", query="?view=to_ship"),
            Place("orders.unpaid", _("Unpaid"), "orders", permission="orders.view", query="?view=unpaid"),
            Place("orders.drafts", _("Drafts"), "drafts", permission="orders.view"),
            Place("orders.shipments", _("Shipments"), "shipments", permission="orders.view"),
            Place("orders.invoices", _("Invoices"), "documents", permission="orders.view"),
            Place("orders.fapiao", _("Fapiao"), "fapiao", permission="orders.view"),
            Place("orders.transfers", _("Bank transfers"), "transfers", permission="orders.view"),
            Place("orders.bills", _("Provider bills"), "bills", permission="orders.view"),
            Place("orders.returns", _("Returns"), "returns", permission="orders.view"),
        ),
    ),
    Place(
        "products",
        _("Products"),
        "products",
        "package",
        "catalogue.view",
        children=(
            Place("products.all", _("All products"), "products", permission="catalogue.view"),
            Place("products.categories", _("Categories"), "categories", permission="catalogue.view"),
            Place("products.collections", _("Collections"), "collections", permission="catalogue.view"),
            Place(
                "products.attributes",
                _("Attributes"),
                "organise",
                arguments=("attributes",),
                permission="catalogue.view",
            ),
            Place(
                "products.brands", _("Brands and tags"), "organise", arguments=("brands",), permission="catalogue.view"
            ),
            Place("products.changes", _("Changes"), "changes", permission="catalogue.view"),
            Place("products.stock", _("Stock"), "stock", permission="inventory.view"),
            Place("products.transfers", _("Transfers"), "stock_transfers", permission="inventory.view"),
            Place("products.counts", _("Count sheets"), "stock_counts", permission="inventory.view"),
            Place("products.waiting", _("Waiting for stock"), "stock_waiting", permission="inventory.view"),
            Place("products.ledger", _("Stock ledger"), "stock_ledger", permission="inventory.view"),
            Place("products.gift_cards", _("Gift cards"), "gift_cards", permission="orders.view"),
            Place("products.import", _("Import"), "imports", permission="import.run"),
        ),
    ),
    Place(
        "customers",
        _("Customers"),
        "customers",
        "user-round",
        "customers.view",
        children=(
            Place("customers.all", _("All customers"), "customers", permission="customers.view"),
            Place("customers.segments", _("Segments"), "segments", permission="customers.view"),
            Place("customers.members", _("Members and points"), "members", permission="customers.view"),
            Place("customers.twins", _("Duplicates"), "duplicates", permission="customers.view"),
            Place("customers.data", _("Data requests"), "data_requests", permission="customers.data"),
        ),
    ),
    Place(
        "marketing",
        _("Marketing"),
        "discounts",
        "tags",
        "promotions.view",
        children=(
            Place("marketing.discounts", _("Discounts and codes"), "discounts", permission="promotions.view"),
            Place("marketing.flash", _("Flash sales"), "flash_sales", permission="promotions.view"),
            Place("marketing.referrals", _("Referrals"), "referrals", permission="promotions.view"),
        ),
    ),
    Place(
        "content",
        _("Content"),
        "content",
        "file-text",
        "content.edit",
        children=(
            Place("content.pages", _("Pages"), "content", permission="content.edit"),
            Place("content.blog", _("Blog"), "content_blog", permission="content.edit"),
            Place("content.topics", _("Topics"), "content_topics", permission="content.edit"),
            Place("content.legal", _("Legal texts"), "settings_legal", permission="settings.view"),
            Place("content.redirects", _("Old addresses"), "redirects", permission="content.edit"),
        ),
    ),
    Place(
        "mails",
        _("Mails"),
        "mails",
        "mail",
        "mail.view",
        children=(
            Place("mails.outbox", _("Outbox"), "mails", permission="mail.view"),
            Place("mails.templates", _("Templates"), "mail_templates", permission="mail.view"),
        ),
    ),
)
FOOT = Place("settings", _("Settings"), "settings", "settings", "settings.view")
