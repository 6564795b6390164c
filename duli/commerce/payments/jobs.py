from __future__ import annotations

from duli.platform.jobs.registry import job


@job("payments.process_event", attempts=12)
def process_event(*, event_id: int) -> None:
    from duli.commerce.payments import services

    services.handle_event(event_id=event_id)


@job("payments.close_attempt", attempts=12)
def close_attempt(*, attempt_id: int) -> None:
    from duli.commerce.payments import services

    services.close_attempt(attempt_id=attempt_id)


@job("payments.void", attempts=12)
def void_collection(*, collection_id: int, actor: str) -> None:
    from duli.commerce.payments import services

    services.void(collection_id=collection_id, actor=actor)


@job("payments.refund", attempts=12)
def carry_out_refund(*, refund_id: int) -> None:
    from duli.commerce.payments import services

    services.carry_out_refund(refund_id=refund_id)


@job("payments.tell_of_parcel", attempts=12)
def tell_of_parcel(*, attempt_id: int, carrier: str, carrier_name: str, tracking_number: str) -> None:
    from duli.commerce.payments import services

    services.tell_of_parcel(
        attempt_id=attempt_id, carrier=carrier, carrier_name=carrier_name, tracking_number=tracking_number
    )


@job("payments.poll", schedule="* * * * *", attempts=1)
def poll() -> None:
    from duli.commerce.payments import services

    services.poll_due()


@job("payments.poll_attempt", attempts=1)
def poll_attempt(*, attempt_id: int) -> None:
    from duli.commerce.payments import services

    services.poll_attempt(attempt_id=attempt_id)
