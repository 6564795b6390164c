from __future__ import annotations

from duli.platform.jobs.registry import job


@job("shipping.register", attempts=10)
def register(*, parcel_id: int) -> None:
    from duli.commerce.shipping import services

    services.register_parcel(parcel_id=parcel_id)


@job("shipping.take_up", attempts=3)
def take_up() -> None:
    from duli.commerce.shipping import services

    services.take_up_parcels()


@job("shipping.stop", attempts=4)
def stop(*, provider: str, key: str, carrier: str, number: str, token: str) -> None:
    from duli.commerce.shipping.services.follow import stop_following

    stop_following(provider=provider, key=key, carrier=carrier, number=number, token=token)


@job("shipping.process_message", attempts=12)
def process(*, message_id: int) -> None:
    from duli.commerce.shipping import services

    services.process_message(message_id=message_id)


@job("shipping.poll", schedule="*/5 * * * *", attempts=1)
def poll() -> None:
    from duli.commerce.shipping import services

    services.poll_due()


@job("shipping.ask", attempts=1)
def ask(*, parcel_id: int) -> None:
    from duli.commerce.shipping import services

    services.poll_parcel(parcel_id=parcel_id)


@job("shipping.prune_messages", schedule="40 3 * * *", attempts=3)
def prune_messages() -> None:
    from duli.commerce.shipping import services

    services.prune_messages()


@job("shipping.follow_up_labels", schedule="50 */6 * * *", attempts=1)
def follow_up_labels() -> None:
    from duli.commerce.shipping import services

    services.follow_up_labels()


@job("shipping.prune_quotes", schedule="45 3 * * *", attempts=3)
def prune_quotes() -> None:
    from duli.commerce.shipping import services

    services.prune_quotes()
