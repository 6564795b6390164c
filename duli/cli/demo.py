"""`duli demo`: a shop that is stocked with products, customers and half a year of orders, opened at once."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable

from duli.cli.language import _
from duli.cli.ports import problem_with

Progress = Callable[[str, int, int], None]

OWNER = "demo@duli.example"
SHOPPER = "lin@duli.example"
PASSWORD = "duli-demo"  # noqa: S105 (written on the screen; accounts with it are only made in demo mode)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prepare", action="store_true", help=_("only fill the shop, do not open it"))
    parser.add_argument(
        "--scale",
        type=_scale,
        default=0.0,
        help=_("also write a shop of a million orders: large, or a part of it such as 0.1"),
    )
    parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on (default: this machine only)"))
    parser.add_argument("--port", type=int, default=8000)


def _scale(text: str) -> float:
    """Return the part of the large shop: "large" is the whole of it."""
    if text == "large":
        return 1.0
    part = float(text)
    if not 0 <= part <= 10:
        raise ValueError(text)
    return part


def run(arguments: argparse.Namespace) -> int:
    # Before the shop is stocked, rather than a minute later.
    if not arguments.prepare and (problem := problem_with(arguments.host, arguments.port)):
        print(problem, file=sys.stderr)
        return 1
    os.environ["DULI_DEMO"] = "1"
    os.environ.setdefault("DULI_PUBLIC_URL", f"http://{arguments.host}:{arguments.port}")
    from duli.cli import setup
    from duli.cli.migrate import migrate_if_needed

    setup()
    from duli.cli.demo_large import SOURCE as LARGE
    from duli.cli.demo_large import load_large
    from duli.commerce.catalogue.models import Product

    migrate_if_needed(quiet=True)
    started = time.monotonic()
    try:
        made = load(_show)
    except ShopInUse:
        print(_("This shop has products of its own; the demo is not put beside them."), file=sys.stderr)
        return 1
    if arguments.scale and not Product.objects.filter(source__startswith=LARGE).exists():
        load_large(arguments.scale, _show)
        made = True
    if made:
        print(_("The shop is stocked (%(seconds)s seconds).") % {"seconds": round(time.monotonic() - started)})
    if arguments.prepare:
        return 0
    address = f"http://{arguments.host}:{arguments.port}"
    print()
    print(_("Shop:        %(address)s/  (English: %(address)s/en/)") % {"address": address})
    print(
        _("Back office: %(address)s/admin/  – sign in as %(email)s with the password %(password)s")
        % {"address": address, "email": OWNER, "password": PASSWORD}
    )
    print(_("Customer:    %(email)s, the same password") % {"email": SHOPPER})
    print(_("Carriers:    %(address)s/sandbox-parcels/  – move parcels on") % {"address": address})
    print(_("Phones:      %(address)s/sandbox-phones/  – read and answer text messages") % {"address": address})
    print(_("What you change stays in %(folder)s.") % {"folder": _folder()}, flush=True)
    from duli.cli.serve import serve

    return serve(host=arguments.host, port=arguments.port)


class ShopInUse(Exception):
    """There are products that did not come from the demo."""


def load(progress: Progress | None = None) -> bool:
    """Fill an empty shop with the demo, or go on in one of the demo's; True if anything was made.

    `progress` is told (what, done, of how many). Every part is one transaction: after an interruption the next
    call goes on with the part that is missing. Raises ShopInUse for a shop that somebody else has begun.
    """
    from duli.base.clock import now
    from duli.cli import (
        demo_fapiao,
        demo_members,
        demo_orders,
        demo_parcels,
        demo_phones,
        demo_referrals,
        demo_shop,
        demo_stories,
        demo_writer,
    )
    from duli.commerce.catalogue.models import Product
    from duli.commerce.orders.models import Order
    from duli.growth.content.models import Page, StandardPage

    tell = progress or (lambda what, done, total: None)
    others = Product.objects.exclude(source__startswith=demo_shop.SOURCE)
    # Whoever tries the demo imports products of their own and comes back: that is still the demo's shop.
    if others.exists() and not demo_shop.is_ours(OWNER):
        raise ShopInUse()
    today = now()
    made = False
    if not Product.objects.exists():
        demo_shop.load_shop(today, lambda done, total: tell(_("products"), done, total))
        made = True
    if not Page.objects.exists():
        demo_shop.load_pages()
        made = True
    if not StandardPage.objects.exists():
        demo_stories.load_stories(today)
        made = True
    demo_shop.load_people(owner=OWNER, shopper=SHOPPER, password=PASSWORD)
    if not Order.objects.exists():
        demo_orders.load_orders(today, SHOPPER, lambda done, total: tell(_("orders"), done, total))
        demo_parcels.tell_ways()
        demo_fapiao.load_fapiao(today)
        demo_orders.settle_jobs()
        # After the orders are told of: each member's points then come on the days on which they paid.
        demo_members.set_up_program()
        demo_members.load_members()
        demo_referrals.load_referrals(today, SHOPPER)
        demo_members.load_presents(SHOPPER)
        made = True
    demo_members.set_up_program()
    if made:
        demo_orders.settle_jobs()
    demo_parcels.set_up_tracking()
    demo_phones.set_up_texting()
    demo_writer.set_up_writing()
    demo_fapiao.set_up_service()
    return made


def _folder() -> str:
    from django.conf import settings

    return str(settings.DATA_DIR)


def _show(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{what}: {done}/{total}   ", end="\n" if done == total else "", file=sys.stderr, flush=True)
