from __future__ import annotations

from duli.commerce.payments.gift_cards import due_cards
from duli.growth.notifications import notices
from duli.platform.jobs.registry import job


@job("notices.watch", schedule="* * * * *")
def watch() -> None:
    """Tell those who look after the machine that a job failed for good."""
    notices.notify_failed_jobs()


@job("notices.prune", schedule="41 4 * * *")
def prune() -> None:
    notices.prune()


@job("notifications.gift_cards", schedule="7 * * * *", attempts=1)
def send_gift_cards() -> None:
    for card_id in due_cards():
        send_gift_card.enqueue(card_id=card_id)


@job("notifications.gift_card", attempts=1)
def send_gift_card(*, card_id: int) -> None:
    """Send one of them; one that cannot be sent holds up no other, and its turn comes again in an hour."""
    from duli.growth.notifications import services

    services.send_due_gift_card(card_id=card_id)
