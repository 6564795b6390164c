"""What staff may do, as data. A permission is ``area.action``; `require` stands at every door.

`PERMISSIONS` is every permission there is: who builds a screen adds its line here, and to the built-in roles in
`GRANTS` that should have it from the start. A built-in role that a merchant has edited, and every role of their own,
is a row (`Role`) and counts instead; `roles.role_of` reads both. Limits of amounts are in `limits`.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from duli.base.errors import PermissionDenied

OWNER: Final = "owner"

PERMISSIONS: Final[dict[str, Promise]] = {
    "orders.view": _("See orders"),
    "orders.manage": _("Confirm orders"),
    "orders.payments": _("Say that an order is paid, give money back"),
    "orders.fulfil": _("Ship orders"),
    "orders.cancel": _("Cancel orders"),
    "orders.comment": _("Comment on orders"),
    "orders.edit": _("Change placed orders and their addresses"),
    "orders.returns": _("Decide on returns and receive them"),
    "orders.export": _("Export orders"),
    "orders.gift_cards": _("Export gift cards"),
    "catalogue.view": _("See products"),
    "catalogue.edit": _("Change products, prices and collections"),
    "media.edit": _("Upload and change pictures"),
    "inventory.view": _("See stock"),
    "inventory.adjust": _("Correct stock"),
    "import.run": _("Import files"),
    "export.run": _("Export data"),
    "customers.view": _("See customers"),
    "customers.edit": _("Change customers"),
    "customers.data": _("Export and erase a person's data"),
    "membership.edit": _("Change members' tiers and points, and the rules for them"),
    "promotions.view": _("See discounts and codes"),
    "promotions.edit": _("Make, change and end discounts"),
    "content.edit": _("Change pages and the look of the shop"),
    "mail.view": _("See sent messages"),
    "mail.send": _("Send messages again"),
    "mail.edit": _("Change the words of messages"),
    "settings.view": _("See settings"),
    "settings.edit": _("Change settings"),
    "staff.view": _("See staff"),
    "staff.edit": _("Add staff and change their roles"),
    "api.view": _("See API tokens and webhooks"),
    "api.edit": _("Make and end API tokens, set up webhooks"),
    "audit.view": _("See who changed what"),
    "system.view": _("See jobs and health"),
    "system.manage": _("Retry and discard jobs"),
}

AREAS: Final[dict[str, Promise]] = {
    "orders": _("Orders"),
    "catalogue": _("Products"),
    "media": _("Pictures"),
    "inventory": _("Stock"),
    "import": pgettext_lazy("area of permissions", "Import"),
    "export": pgettext_lazy("area of permissions", "Export"),
    "customers": _("Customers"),
    "membership": _("Membership"),
    "promotions": _("Discounts"),
    "content": _("Pages and look"),
    "mail": _("Mails"),
    "settings": _("Settings"),
    "staff": _("Staff"),
    "api": _("API and webhooks"),
    "audit": _("Audit log"),
    "system": _("Jobs and health"),
}
"""Names of the areas, for the matrix; an area that is not named here goes by its code."""

ROLES: Final[dict[str, Promise]] = {
    OWNER: pgettext_lazy("role", "Owner"),
    "manager": pgettext_lazy("role", "Manager"),
    "order_desk": pgettext_lazy("role", "Order desk"),
    "catalogue": pgettext_lazy("role", "Catalogue"),
    "viewer": pgettext_lazy("role", "Viewer"),
}

ROLE_HELP: Final[dict[str, Promise]] = {
    OWNER: _("May do everything, staff included."),
    "manager": _("Runs the shop: everything but staff."),
    "order_desk": _("Ships, cancels and answers; sees products but does not change them."),
    "catalogue": _("Looks after products, pictures, stock and pages; does not see customers."),
    "viewer": _("Sees orders, products and stock; changes nothing."),
}

GRANTS: Final[dict[str, frozenset[str]]] = {
    OWNER: frozenset(PERMISSIONS),
    "manager": frozenset(PERMISSIONS) - {"staff.edit", "system.manage", "api.edit", "orders.gift_cards"},
    "order_desk": frozenset(
        {
            "orders.view",
            "orders.manage",
            "orders.payments",
            "orders.fulfil",
            "orders.cancel",
            "orders.comment",
            "orders.edit",
            "orders.returns",
            "catalogue.view",
            "inventory.view",
            "inventory.adjust",
            "customers.view",
            "customers.edit",
            "mail.view",
            "mail.send",
        }
    ),
    "catalogue": frozenset(
        {
            "catalogue.view",
            "catalogue.edit",
            "media.edit",
            "inventory.view",
            "inventory.adjust",
            "import.run",
            "export.run",
            "content.edit",
        }
    ),
    "viewer": frozenset({"orders.view", "catalogue.view", "inventory.view", "customers.view"}),
}


def allowed(user: Any, permission: str) -> bool:
    """Say whether `user` is active staff whose role grants `permission`; LookupError if there is no such one."""
    if permission not in PERMISSIONS:
        raise LookupError(f"no permission {permission!r}")
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    from duli.platform.accounts.roles import role_of

    return permission in role_of(user).permissions


def require(user: Any, permission: str) -> None:
    """Raise PermissionDenied unless `allowed`."""
    if not allowed(user, permission):
        raise PermissionDenied()
