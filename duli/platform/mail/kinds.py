"""Every kind of message, as data: its name for the merchant, who gets it, and sample data that proves a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from duli.platform.mail.states import Channel
from duli.platform.mail.types import UnknownTemplate

_ORDER: dict[str, Any] = {
    "number": "D10024",
    "url": "https://shop.example/orders/token",
    "placed_on": "2026-11-24",
    "customer_name": _("Lin Xiaoman"),
    "lines": [
        {"title": _("Celadon cup"), "variant": _("Celadon / 200 ml"), "quantity": 2, "total": "¥176.00"},
        {"title": _("Linen towel"), "variant": "", "quantity": 1, "total": "¥88.00"},
    ],
    "subtotal": "¥264.00",
    "discount": "−¥20.00",
    "shipping": "¥12.00",
    "tax": "¥29.45",
    "tax_included": True,
    "total": "¥256.00",
    "shipping_method": _("SF Express"),
    "payment_method": _("Bank transfer"),
    "address": [_("Lin Xiaoman"), "138 0000 0000", _("1 Longjing Road, Xihu, Hangzhou, Zhejiang")],
    "note": "",
}
_INSTRUCTIONS: dict[str, Any] = {
    "lines": [
        {"label": _("Account number"), "value": "6222 0000 0000 0000"},
        {"label": _("Payment reference"), "value": "D10024"},
    ],
    "note": _("Please name the order number."),
    "before_shipping": True,
}
_PARCEL: dict[str, Any] = {
    "carrier": _("SF Express"),
    "number": "SF1234567890123",
    "url": "https://carrier.example/SF1234567890123",
    "lines": [{"title": _("Celadon cup"), "variant": _("Celadon / 200 ml"), "quantity": 2}],
    "is_whole_order": False,
    "state_label": _("Out for delivery"),
    "news": _("The courier is on the way to you."),
    "news_place": _("Hangzhou"),
}
_PLACE: dict[str, Any] = {
    "name": _("Shop at West Lake"),
    "address": [_("1 Longjing Road, Xihu, Hangzhou, Zhejiang")],
    "hours": [_("Monday to Saturday 10:00–19:00")],
    "instructions": [_("Ring at the side door and name your order number.")],
}
_DRAFT: dict[str, Any] = {
    "customer_name": _("Lin Xiaoman"),
    "lines": _ORDER["lines"],
    "total": "¥256.00",
    "expires_on": "2026-12-01",
    "url": "https://shop.example/drafts/token",
}
_RETURN: dict[str, Any] = {
    "number": "R1003",
    "state": "approved",
    "state_label": _("Approved"),
    "outcome": "",
    "answer": _("Please send it to 1 Longjing Road, Hangzhou."),
    "lines": [{"title": _("Celadon cup"), "variant": _("Celadon / 200 ml"), "quantity": 1}],
}
_ITEM: dict[str, Any] = {
    "title": _("Celadon cup"),
    "variant": _("Celadon / 200 ml"),
    "url": "https://shop.example/products/celadon-cup?variant=7",
}
_DESK_URL = "https://shop.example/admin/orders/24/"


@dataclass(frozen=True, slots=True)
class TemplateKind:
    """One kind of message.

    `secret`: it carries a code, so that its words are not kept or shown. `needed`: the law or somebody's safety wants
    it (what was ordered, codes, changes of an account), so that it cannot be switched off.
    """

    key: str
    label: Promise
    help: Promise
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.SMS)
    for_staff: bool = False
    secret: bool = False
    needed: bool = False
    example: Mapping[str, Any] = field(default_factory=dict)

    def sample(self, language: str) -> dict[str, Any]:
        """Return the sample data in words of `language`."""
        with override(language):
            return {name: _spoken(value) for name, value in self.example.items()}


def _spoken(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Mapping):
        return {name: _spoken(inner) for name, inner in value.items()}
    return [_spoken(inner) for inner in value] if isinstance(value, list) else value


KINDS: dict[str, TemplateKind] = {
    kind.key: kind
    for kind in (
        TemplateKind(
            "order_received",
            _("Order received"),
            _("To the shopper, when an order is placed; says how to pay where that is still to be done."),
            needed=True,
            example={"order": _ORDER, "payment": _INSTRUCTIONS, "to_pay_online": False},
        ),
        TemplateKind(
            "order_paid",
            _("Payment received"),
            _("To the shopper, when an order is paid."),
            example={"order": _ORDER, "is_shipped": False},
        ),
        TemplateKind(
            "gift_card",
            _("Gift card"),
            _("To the recipient of a gift card, with its code."),
            channels=(Channel.EMAIL,),
            secret=True,
            needed=True,
            example={
                "code": "ABCD-EFGH-JKMN-PQRS",
                "amount": "¥200.00",
                "recipient": _("Lin Xiaoman"),
                "sender": _("Chen"),
                "message": _("Happy birthday!"),
                "expires_on": "2029-11-26",
                "balance_url": "https://shop.example/gift-card",
            },
        ),
        TemplateKind(
            "tier_reached",
            pgettext_lazy("mail", "Tier reached"),
            _("To a member who came into a higher tier."),
            channels=(Channel.EMAIL,),
            example={
                "name": _("Lin Xiaoman"),
                "tier": _("Gold"),
                "benefits": [_("Coupons of your own"), _("Your questions are answered first")],
                "url": "https://shop.example/account/member",
            },
        ),
        TemplateKind(
            "points_ending",
            _("Points run out soon"),
            _("To a member, once, before points run out."),
            channels=(Channel.EMAIL,),
            example={
                "name": _("Lin Xiaoman"),
                "points": "1,280",
                "on": "2026-12-31",
                "worth": "¥12.80",
                "url": "https://shop.example/account/member",
            },
        ),
        TemplateKind(
            "birthday_coupon",
            _("A coupon for a birthday"),
            _("To a customer who told their birthday, when the code for it is given."),
            channels=(Channel.EMAIL,),
            example={
                "name": _("Lin Xiaoman"),
                "offer": _("¥20.00 off from ¥100.00"),
                "code": "7K2M9QX4WAPE",
                "until": "2026-12-31",
                "url": "https://shop.example/account/coupons",
            },
        ),
        TemplateKind(
            "friend_rewarded",
            _("Thanks for a recommendation"),
            _("To a customer whose friend ordered, when the reward is given."),
            channels=(Channel.EMAIL,),
            example={
                "name": _("Lin Xiaoman"),
                "amount": "¥20.00",
                "code": "",
                "url": "https://shop.example/account/invite",
            },
        ),
        TemplateKind(
            "partner_accepted",
            _("Accepted as a partner"),
            _("To a customer who asked to become a partner, once staff have accepted it."),
            channels=(Channel.EMAIL,),
            example={
                "name": _("Lin Xiaoman"),
                "link": "https://shop.example/r/x7k2m9q",
                "url": "https://shop.example/account/invite",
            },
        ),
        TemplateKind(
            "commission_approved",
            _("Commission approved"),
            _("To a partner, when commissions may be paid out; one message for all that are approved together."),
            channels=(Channel.EMAIL,),
            example={
                "name": _("Lin Xiaoman"),
                "amount": "¥86.40",
                "orders": 3,
                "url": "https://shop.example/account/invite",
            },
        ),
        TemplateKind(
            "commission_paid",
            _("Commission paid out"),
            _("To a partner, when commissions are paid."),
            channels=(Channel.EMAIL,),
            example={
                "name": _("Lin Xiaoman"),
                "amount": "¥86.40",
                "url": "https://shop.example/account/invite",
            },
        ),
        TemplateKind(
            "downloads_ready",
            _("Files to download"),
            _("To the shopper, when files of an order may be downloaded, and when staff renew the links."),
            example={
                "order": _ORDER,
                "files": [{"name": _("Pattern A4.pdf"), "title": _("Sewing pattern"), "note": _("5 downloads")}],
                "renewed": False,
                "downloads_url": "https://shop.example/orders/token#downloads",
            },
        ),
        TemplateKind(
            "order_shipped",
            _("Parcel on its way"),
            _("To the shopper, for each parcel."),
            example={"order": _ORDER, "parcel": _PARCEL},
        ),
        TemplateKind(
            "pickup_ready",
            _("Order ready to be fetched"),
            _("To the shopper, when an order lies ready at the place that was chosen."),
            example={"order": _ORDER, "place": _PLACE},
        ),
        TemplateKind(
            "parcel_out_for_delivery",
            _("Parcel out for delivery"),
            _("To the shopper, when the courier is bringing a parcel that is followed."),
            example={"order": _ORDER, "parcel": _PARCEL},
        ),
        TemplateKind(
            "parcel_ready",
            _("Parcel ready to be picked up"),
            _("To the shopper, when a parcel waits at a shop, a locker or the post."),
            example={"order": _ORDER, "parcel": _PARCEL},
        ),
        TemplateKind(
            "parcel_problem",
            _("Problem on the way"),
            _("To the shopper, when a delivery failed, the carrier tells of a problem, or a parcel goes back."),
            example={"order": _ORDER, "parcel": _PARCEL},
        ),
        TemplateKind(
            "parcel_delivered",
            _("Parcel delivered"),
            _("To the shopper, when a parcel has arrived."),
            example={"order": _ORDER, "parcel": _PARCEL},
        ),
        TemplateKind(
            "order_unpaid",
            _("Reminder to pay"),
            _("To the shopper, some hours before an unpaid order is cancelled."),
            example={"order": _ORDER, "expires_on": "2026-11-26 18:00"},
        ),
        TemplateKind(
            "draft_offer",
            _("Draft to pay"),
            _("To the shopper, when staff send the link to pay an order they put together."),
            example={"draft": _DRAFT},
        ),
        TemplateKind(
            "order_cancelled",
            _("Order cancelled"),
            _("To the shopper, when an order is cancelled."),
            example={"order": _ORDER, "refund": "¥256.00", "unpaid_in_time": False},
        ),
        TemplateKind(
            "order_edited",
            _("Order changed"),
            _("To the shopper, when staff changed a placed order; with a link to pay if more is owed."),
            example={
                "order": _ORDER,
                "before": "¥240.00",
                "after": "¥256.00",
                "due": "¥16.00",
                "note": _("We swapped the colour as you asked."),
            },
        ),
        TemplateKind(
            "order_merged",
            _("Orders put together"),
            _("To the shopper, when one of several orders goes on in another one."),
            example={"order": _ORDER, "merged": "1002"},
        ),
        TemplateKind(
            "order_message",
            _("Message about an order"),
            _("To the shopper, when staff write from the order's page."),
            needed=True,
            example={
                "order": _ORDER,
                "paragraphs": [_("Your towels leave tomorrow morning."), _("Shall we gift-wrap them?")],
            },
        ),
        TemplateKind(
            "fapiao_issued",
            _("Fapiao issued"),
            _("To the shopper, when a fapiao of their order, blue or red, is recorded."),
            channels=(Channel.EMAIL,),
            needed=True,
            example={
                "order": _ORDER,
                "fapiao_number": "26117000000123456789",
                "amount": "¥256.00",
                "is_red": False,
                "has_file": True,
            },
        ),
        TemplateKind(
            "fapiao_declined",
            _("Fapiao declined"),
            _("To the shopper, when a fapiao cannot be issued; says why."),
            channels=(Channel.EMAIL,),
            needed=True,
            example={"order": _ORDER, "reason": _("The company's name and its tax number do not belong together.")},
        ),
        TemplateKind(
            "order_refunded",
            _("Refund"),
            _("To the shopper, when money of an order goes back."),
            example={
                "order": _ORDER,
                "amount": "¥88.00",
                "original": "¥68.00",
                "credit": "¥20.00",
                "tax": "¥10.12",
                "lines": [{"title": _("Linen towel"), "quantity": 1, "total": "¥88.00"}],
            },
        ),
        TemplateKind(
            "return_moved",
            _("Return: next step"),
            _("To the shopper, at each step of a return: requested, approved, declined, received, settled."),
            example={"order": _ORDER, **_RETURN},
        ),
        TemplateKind(
            "withdrawal_received",
            _("Receipt of a withdrawal"),
            _("To whoever declared a withdrawal, at once, with date and time: the law asks for it."),
            channels=(Channel.EMAIL,),
            example={
                "order": _ORDER,
                **_RETURN,
                "declarant": _("Lin Xiaoman"),
                "received_at": "2026-11-26 14:03:21 CET",
                "instructions": "",
            },
        ),
        TemplateKind(
            "stock_confirm",
            _("Back in stock: confirm"),
            _("To whoever asks to be told when something is back; the link proves the address."),
            channels=(Channel.EMAIL,),
            needed=True,
            example={"item": _ITEM, "url": "https://shop.example/notify/token"},
        ),
        TemplateKind(
            "stock_back",
            _("Back in stock"),
            _("To whoever asked for it, once, when something can be bought again."),
            channels=(Channel.EMAIL,),
            example={"item": _ITEM, "stop_url": "https://shop.example/notify/token"},
        ),
        TemplateKind(
            "verify",
            _("Code to confirm"),
            _("The code that proves an e-mail address or a phone number, or logs in without a password."),
            secret=True,
            needed=True,
            example={"code": "123456", "minutes": 15, "name": _("Lin Xiaoman")},
        ),
        TemplateKind(
            "reset",
            _("Forgotten password"),
            _("The code with which a forgotten password is replaced."),
            secret=True,
            needed=True,
            example={"code": "123456", "minutes": 15, "name": _("Lin Xiaoman")},
        ),
        TemplateKind(
            "account_exists",
            _("You have an account already"),
            _("When somebody signs up with an address that has an account."),
            example={"login_url": "https://shop.example/account/login/"},
        ),
        TemplateKind(
            "password_changed",
            _("Password changed"),
            _("When the password of an account was changed."),
            channels=(Channel.EMAIL,),
            needed=True,
            example={"name": _("Lin Xiaoman"), "reset_url": "https://shop.example/account/password/reset/"},
        ),
        TemplateKind(
            "email_changed",
            _("E-mail address changed"),
            _("To the old address, when the e-mail address of an account was changed."),
            channels=(Channel.EMAIL,),
            needed=True,
            example={"name": _("Lin Xiaoman")},
        ),
        TemplateKind(
            "confirm_erasure",
            _("Confirm the deletion of an account"),
            _("To a shopper who asked to be forgotten; nothing is deleted before the link is followed."),
            secret=True,
            needed=True,
            example={"url": "https://shop.example/account/privacy/erase/token", "hours": 24},
        ),
        TemplateKind(
            "data_ready",
            _("Copy of one's data"),
            _("To a shopper who asked for a copy of their data, when it can be downloaded."),
            needed=True,
            example={"url": "https://shop.example/account/privacy", "days": 7},
        ),
        TemplateKind(
            "staff_invitation",
            _("Invitation (staff)"),
            _("To somebody who is asked to work in the back office; carries the link to begin."),
            channels=(Channel.EMAIL,),
            for_staff=True,
            secret=True,
            needed=True,
            example={
                "name": _("Lin Xiaoman"),
                "inviter": _("Chen Yu"),
                "role": _("Order desk"),
                "days": 3,
                "url": "https://shop.example/admin/invitation/token/",
            },
        ),
        TemplateKind(
            "new_order",
            _("New order (staff)"),
            _("To the store's own address, when an order is placed."),
            channels=(Channel.EMAIL,),
            for_staff=True,
            example={"order": _ORDER, "desk_url": _DESK_URL},
        ),
        TemplateKind(
            "new_return",
            _("New return (staff)"),
            _("To the store's own address, when a shopper asks for a return or withdraws."),
            channels=(Channel.EMAIL,),
            for_staff=True,
            example={"order": _ORDER, **_RETURN, "is_withdrawal": False, "desk_url": _DESK_URL},
        ),
        TemplateKind(
            "low_stock",
            _("Low stock (staff)"),
            _("To the store's own address, when few units of a product are left."),
            channels=(Channel.EMAIL,),
            for_staff=True,
            example={
                "item": {
                    "title": _("Celadon cup"),
                    "variant": _("Celadon / 200 ml"),
                    "sku": "TEA-01",
                    "location": _("Hangzhou"),
                },
                "available": 3,
                "threshold": 5,
                "desk_url": "https://shop.example/admin/stock/",
            },
        ),
    )
}


def kind_of(key: str) -> TemplateKind:
    """Return the kind called `key`. Raises UnknownTemplate."""
    kind = KINDS.get(key)
    if kind is None:
        raise UnknownTemplate(key=key)
    return kind
