"""`stripe`: verifies the stand-in's messages, signs some of its own, and drives the stand-in through its client."""

import json
import sys

import stripe

asked = json.load(sys.stdin)


def verdict(message):
    try:
        event = stripe.Webhook.construct_event(message["body"], message["header"], asked["secret"])
    except stripe.SignatureVerificationError:
        return ""
    return event.type


def driven(url, key):
    client = stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0)
    line = {"currency": "cny", "unit_amount": 12900, "product_data": {"name": "订单 1 & 2"}}
    wanted = {
        "mode": "payment",
        "success_url": "https://shop.example/back",
        "client_reference_id": "sdk",
        "line_items": [{"quantity": 1, "price_data": line}],
        "payment_method_types": ["card", "wechat_pay"],
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "payment_intent_data": {"metadata": {"attempt": "sdk"}},
    }
    session = client.v1.checkout.sessions.create(wanted, {"idempotency_key": "k1"})
    again = client.v1.checkout.sessions.create(wanted, {"idempotency_key": "k1"})
    errors = []
    for change in (
        lambda: client.v1.checkout.sessions.create({**wanted, "client_reference_id": "x"}, {"idempotency_key": "k1"}),
        lambda: client.v1.checkout.sessions.retrieve("cs_nothing"),
        lambda: stripe.StripeClient("sk_wrong", base_addresses={"api": url}).v1.accounts.retrieve_current(),
        lambda: client.v1.refunds.create({"payment_intent": "pi_nothing"}),
    ):
        try:
            change()
            errors.append("")
        except stripe.StripeError as error:
            errors.append(type(error).__name__)
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd", "metadata": {"attempt": "sdk"}})
    canceled = client.v1.payment_intents.cancel(intent.id)
    expired = client.v1.checkout.sessions.expire(session.id)
    return {
        "same": session.id == again.id,
        "amount": session.amount_total,
        "status": [session.status, expired.status, canceled.status],
        "errors": errors,
        "listed": [entry.id == session.id for entry in client.v1.checkout.sessions.list({"limit": 5}).data],
        "account": client.v1.accounts.retrieve_current().id,
        "events": [event.type for event in client.v1.events.list().data],
    }


header = stripe.WebhookSignature.generate_signature_header(asked["payload"], asked["secret"])
print(
    json.dumps(
        {
            "version": stripe._api_version._ApiVersion.CURRENT,
            "verdicts": [verdict(message) for message in asked["messages"]],
            "signed": header,
            "driven": driven(asked["url"], asked["key"]),
        }
    )
)
