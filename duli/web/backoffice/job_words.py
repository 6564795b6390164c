"""How the page of jobs says what runs: a sentence for each, and its schedule in words."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

JOBS: Final[dict[str, Promise]] = {
    "content.publish_due": _("Publish pages whose time has come"),
    "notices.watch": _("Tell staff of jobs that failed"),
    "notices.prune": _("Forget old notifications"),
    "webhooks.send": _("Tell another system of an event"),
    "webhooks.prune": _("Forget old webhook deliveries"),
    "wishes.tell": _("Write to those who wait for a product"),
    "wishes.sweep": _("Look for products that are back"),
    "wishes.forget": _("Forget old wishes"),
    "jobs.prune": _("Forget jobs that are done"),
    "mail.deliver": _("Send a mail"),
    "mail.forget_codes": _("Forget one-time codes"),
    "fapiao.follow": _("Ask about fapiao that a service issues"),
    "language_models.prune": _("Clear up after questions to the language model"),
    "sms.prune": _("Clear up after text messages"),
    "media.render": _("Make the sizes of a picture"),
    "events.deliver": _("Pass on an event"),
    "tokens.prune": _("Forget tokens that ran out"),
    "accounts.carry_out": _("Do what was approved"),
    "accounts.expire_approvals": _("Close requests that nobody answered"),
    "membership.assess_all": _("Look who belongs in which tier"),
    "membership.end_points": _("Write down points that ran out"),
    "membership.tell_of_endings": _("Tell members of points that run out soon"),
    "referrals.settle_due": _("Give rewards and approve commissions that have waited"),
    "referrals.forget_devices": _("Forget by which browsers links were followed"),
    "membership.birthdays": _("Give points for birthdays"),
    "promotions.give_birthday_codes": _("Give codes for birthdays"),
    "promotions.make_codes": _("Make discount codes"),
    "promotions.write_price_history": _("Record sale prices in the history of prices"),
    "flash_sales.close_ended": _("Put what is left of flash sales on ordinary sale"),
    "flash_sales.forget_tickets": _("Forget old waiting rooms"),
    "orders.expire_unpaid": _("Cancel orders that were not paid in time"),
    "orders.remind_unpaid": _("Remind of unpaid orders"),
    "orders.assess_risk": _("Look for risky orders"),
    "orders.finish_label": _("Look what became of a shipping label"),
    "orders.return_money": _("Give money back"),
    "orders.forward_money": _("Pass money on to an order"),
    "orders.write_export": _("Write an export of orders"),
    "orders.forget_exports": _("Delete old exports"),
    "orders.carry_out_refund": _("Carry out a refund"),
    "customers.index": _("Make a customer findable"),
    "customers.index_missing": _("Look for customers that are not findable"),
    "customers.data_request": _("Gather or erase a person's data"),
    "customers.forget_files": _("Delete files with personal data"),
    "exchange.check_upload": _("Check an import"),
    "exchange.run_upload": _("Run an import"),
    "exchange.revert_upload": _("Take an import back"),
    "exchange.forget_uploads": _("Delete old import files"),
    "downloads.forget_uses": _("Forget from where files were fetched"),
    "checkout.expire_drafts": _("Close drafts that ran out"),
    "inventory.release_expired": _("Free stock that was held too long"),
    "inventory.check": _("Examine the stock"),
    "inventory.check_nightly": _("Examine the stock every night"),
    "revisions.undo_changes": _("Undo a large change"),
    "payments.process_event": _("Read a message of a payment provider"),
    "payments.close_attempt": _("Close a payment that was not finished"),
    "payments.void": _("Release a reserved payment"),
    "payments.refund": _("Refund a payment"),
    "reconciliation.fetch_bills": _("Fetch the bills of payment providers"),
    "payments.tell_of_parcel": _("Tell a payment provider of a parcel"),
    "payments.poll": _("Ask providers for open payments"),
    "payments.poll_attempt": _("Ask a provider for one payment"),
    "shipping.register": _("Ask a tracking service to follow a parcel"),
    "shipping.stop": _("Tell a tracking service to follow a number no more"),
    "shipping.process_message": _("Read a message about a parcel"),
    "orders.watch_tax_limits": _("Look how near the limits of tax law are"),
    "taxes.check_waiting": _("Ask again about VAT ids that could not be checked"),
    "shipping.poll": _("Look which parcels to ask about"),
    "shipping.ask": _("Ask where a parcel is"),
    "shipping.take_up": _("Have parcels under way followed"),
    "shipping.follow_up_labels": _("Ask what became of labels that were given back"),
    "shipping.prune_quotes": _("Forget old prices of carriers"),
    "shipping.prune_messages": _("Delete old messages of tracking services"),
    "notifications.gift_cards": _("Send gift cards whose day has come"),
    "notifications.gift_card": _("Send a gift card"),
}


def job_words(name: str) -> str:
    """Return what a job does; one that is not known here (a plugin's) by its own name."""
    return str(JOBS.get(name) or name)


def schedule_words(line: str) -> str:
    """Return a schedule (minute hour day month weekday) in words, or as it stands where it is an unusual one."""
    minute, hour, *rest = line.split()
    if rest != ["*", "*", "*"]:
        return line
    if (minute, hour) == ("*", "*"):
        return gettext("Every minute")
    if minute.startswith("*/") and hour == "*":
        return gettext("Every %(count)s minutes") % {"count": minute[2:]}
    if minute.isdigit() and hour == "*":
        return gettext("Every hour at :%(minute)s") % {"minute": minute.zfill(2)}
    if minute.isdigit() and hour.isdigit():
        return gettext("Daily at %(time)s") % {"time": f"{hour.zfill(2)}:{minute.zfill(2)}"}
    return line
