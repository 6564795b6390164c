"""The protocol that every payment plugin speaks, its data, and the registry of gateways.

A gateway is stateless: what the merchant set up comes in as a `GatewayConfig`, what is to be kept goes out as
a result. It is always called outside a transaction and may be called again with the same token: the provider
must then give the same answer (the token is the idempotency key). Two errors mean different things:
`GatewayUnavailable` – nobody knows what happened, try again with the same token; `GatewayRefused` – it is
certain that nothing happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from duli.base.errors import DuliError
from duli.base.money import Money
from duli.base.registry import Registry
from duli.base.setup_fields import FormerSecret, believed
from duli.base.setup_fields import SettingField as SettingField
from duli.base.setup_fields import Text as Text

Kind = Literal["redirect", "qr", "form", "offline", "on_delivery"]
Device = Literal["desktop", "phone", "wechat"]
GatewayEventKind = Literal[
    "authorised",
    "captured",
    "reversed",
    "failed",
    "closed",
    "refunded",
    "refund_failed",
    "inquired",
    "disputed",
    "dispute_won",
    "dispute_lost",
    "changed",
    "ignored",
]


def _(message: str) -> str:
    return message


class GatewayUnavailable(DuliError):
    """The provider did not answer, or not in a way that says what happened; repeat with the same token."""

    code = "gateway_unavailable"
    message = _("The payment provider does not answer. Please try again in a moment.")
    status = 409


class GatewayRefused(DuliError):
    """The provider answered no; nothing happened. Parameters: reason (its code), detail (its words)."""

    code = "gateway_refused"
    message = _("The payment provider refused: %(detail)s")
    status = 409

    def __init__(self, *, reason: str, detail: str) -> None:
        super().__init__(reason=reason, detail=detail)
        self.reason = reason
        self.detail = detail


class InvalidSignature(DuliError):
    """The message was not signed by the provider, or too long ago."""

    code = "invalid_signature"
    message = _("The signature of this message is not valid.")
    status = 401


class MalformedWebhook(DuliError):
    """Signed, but not a message that this version understands."""

    code = "malformed_webhook"
    message = _("This message cannot be read.")
    status = 400


class UnreadableBill(DuliError):
    """A file that is no bill of this provider for this merchant. Parameter: detail."""

    code = "unreadable_bill"
    message = _("This file cannot be read as a bill: %(detail)s")
    status = 422

    def __init__(self, *, detail: object) -> None:
        super().__init__(detail=detail)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the shopper's browser to `url`, the provider's page; after `until` (Unix seconds) a new one is asked for."""

    url: str
    until: int = 0


@dataclass(frozen=True, slots=True)
class ShowQR:
    """Draw `content` as a QR code; on a phone `app_url` opens the provider's app."""

    content: str
    app_url: str = ""


@dataclass(frozen=True, slots=True)
class ClientForm:
    """Load the provider's `script_url` ("": none is needed), then the plugin's own `adapter`, a static file.

    The adapter reads `values` from `#payment-values` and fills `#payment-form`; card fields are the provider's frames.
    `origins` are the other addresses that the script talks to and frames: the page allows these and no more.
    """

    script_url: str
    values: Mapping[str, str] = field(default_factory=dict)
    adapter: str = ""
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instructions:
    """Tell the shopper what to do: `lines` are (label, value) to copy, `note` is a sentence or two."""

    lines: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """Nothing is left to do: it is paid."""


@dataclass(frozen=True, slots=True)
class Failed:
    """This try came to nothing. `retryable`: the same method may work in a moment."""

    code: str
    message: str
    retryable: bool = True


Step = Redirect | ShowQR | ClientForm | Instructions | Settled | Failed
_STEPS: dict[str, type[Step]] = {
    "redirect": Redirect,
    "show_qr": ShowQR,
    "client_form": ClientForm,
    "instructions": Instructions,
    "settled": Settled,
    "failed": Failed,
}
_STEP_NAMES = {kind: name for name, kind in _STEPS.items()}


def step_to_json(step: Step) -> dict[str, Any]:
    """Return the step as plain JSON values, its kind under "kind"."""
    return {"kind": _STEP_NAMES[type(step)], **{entry.name: getattr(step, entry.name) for entry in fields(step)}}


def step_from_json(data: Mapping[str, Any]) -> Step:
    """Return the step that `step_to_json` wrote."""
    values = {key: value for key, value in data.items() if key != "kind"}
    if data["kind"] == "instructions":
        values["lines"] = tuple((label, value) for label, value in values.get("lines", ()))
    if data["kind"] == "client_form":
        values["origins"] = tuple(values.get("origins", ()))
    return _STEPS[data["kind"]](**values)


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """The answer to a message that was stored."""

    body: str = '{"received": true}'
    content_type: str = "application/json"
    status: int = 200


@dataclass(frozen=True, slots=True)
class GatewayDescription:
    """What a gateway is, for shoppers and merchants.

    `manual`: staff say that money came or went back, the gateway is never asked. `settles_on_delivery`: the
    order may ship unpaid. `hold`: how long an unpaid order keeps its stock; None means for good. `guide`: the steps
    to the keys, one sentence each. `received`: what a provider wants to hear when its message is stored.
    `by_device`: what is started on a desktop cannot be paid on a phone. `has_test_mode`: the merchant keeps a second
    set of keys for trying it out.
    """

    name: Text
    description: Text
    kind: Kind
    fields: tuple[SettingField, ...] = ()
    manual: bool = False
    settles_on_delivery: bool = False
    hold: timedelta | None = timedelta(minutes=30)
    test_only: bool = False
    has_test_mode: bool = False
    by_device: bool = False
    guide: tuple[Text, ...] = ()
    received: WebhookReply = WebhookReply()


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """What the merchant set up, secrets in clear.

    `replaced` holds, by name, the secrets that were exchanged lately: what was signed with them is still believed.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    test_mode: bool = False
    replaced: Mapping[str, tuple[FormerSecret, ...]] = field(default_factory=dict)

    def secrets(self, name: str) -> tuple[str, ...]:
        """Return the secret and those it replaced lately, newest first; () if none is set."""
        return believed(self.text(name), self.replaced.get(name, ()))

    def text(self, name: str) -> str:
        """Return the setting as stripped text, "" if it is not set."""
        value = self.values.get(name)
        return "" if value is None else str(value).strip()


@dataclass(frozen=True, slots=True)
class Availability:
    """What is to be paid, and from where (ISO 3166 country, "" if not known yet)."""

    amount: Money
    country: str


@dataclass(frozen=True, slots=True)
class StartRequest:
    """`token` names the attempt at the provider and is its idempotency key; `label` is the order number, `reference`
    what somebody who transfers the money writes on it.

    `device` and `client_ip` are the shopper's, `payer` is who the provider says they are (see `NamesPayer`).
    `expires_at` (UTC): nobody should pay after it; None: whenever the provider's own time ends. Repeated with the
    same token, all but `token` and `amount` may differ: the shopper changed to another device.
    """

    token: str
    amount: Money
    label: str
    language: str
    return_url: str
    webhook_url: str
    device: Device = "desktop"
    client_ip: str = ""
    payer: str = ""
    expires_at: datetime | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """One thing the provider says. `external_id` is unique at the provider: told again, it is the same.

    `token` is the attempt's; `transaction_id` names the charge or refund: several events about it count once.
    `amount` is that of the charge, refund or dispute. `account_matches` is false if it was paid to another merchant.
    "changed" says only that something happened: the provider is then asked. "reversed": the charge
    `transaction_id` came to nothing after all. "inquired": the payer or their bank only asks, no money has moved yet;
    it may become "disputed". A dispute's `transaction_id` is its own,
    `respond_by` (UTC) the last moment for evidence. `details` may name the card ("brand", "last4", "expiry",
    "fingerprint") or the payer's account; never a whole card number.
    """

    external_id: str
    kind: GatewayEventKind
    token: str
    amount: Money | None = None
    transaction_id: str = ""
    account_matches: bool = True
    error_code: str = ""
    error_message: str = ""
    respond_by: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StartResult:
    """The step for the shopper, the provider's id, when it lapses (UTC), and what is known already."""

    step: Step
    external_id: str = ""
    expires_at: datetime | None = None
    events: tuple[GatewayEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptRef:
    """An attempt as the provider knows it; `external_id` is "" if its answer never reached us.

    `refunds` are the tokens of those whose end is not known yet, where the provider is asked about them.
    """

    token: str
    external_id: str
    amount: Money
    refunds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """`amount` is at most what was authorised; the rest is released. `token` is the idempotency key."""

    attempt: AttemptRef
    token: str
    amount: Money


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """A provider's message as it came in: raw body, header names in lower case, the path it was sent to."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = ""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One movement of money in a provider's daily bill. `token` is ours (attempt or refund), "" if it is not named.

    "refund_failed": a refund that was booked came back; `transaction_id` is that of the refund.
    """

    kind: Literal["captured", "refunded", "refund_failed"]
    token: str
    transaction_id: str
    amount: Money
    fee: Money | None = None


@dataclass(frozen=True, slots=True)
class ParcelNotice:
    """A parcel that went out for a charge. `carrier` is our code of the courier ("" if none is known)."""

    attempt: AttemptRef
    transaction_id: str
    carrier: str
    carrier_name: str
    tracking_number: str


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """`token` is the idempotency key of this refund; `transaction_id` the charge that goes back."""

    attempt: AttemptRef
    transaction_id: str
    token: str
    amount: Money
    reason: str
    webhook_url: str = ""


@dataclass(frozen=True, slots=True)
class RefundResult:
    state: Literal["succeeded", "pending"]
    external_id: str


class PaymentGateway(Protocol):
    """All but `available` may call the provider; both errors above may be raised."""

    code: str
    description: GatewayDescription

    def available(self, query: Availability, config: GatewayConfig) -> bool:
        """Say whether this amount may be paid this way; no network. The merchant's own rules were asked before."""

    def start(self, request: StartRequest, config: GatewayConfig) -> StartResult:
        """Ask for the money. The same token again gives the same answer."""

    def capture(self, request: CaptureRequest, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        """Take what was authorised, once; again changes nothing."""

    def refund(self, request: RefundRequest, config: GatewayConfig) -> RefundResult:
        """Give money back. The same token again gives the same answer."""

    def close(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        """Make sure nothing can be paid any more and release what was authorised; report money that came first."""

    def query(self, attempt: AttemptRef, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        """Return all the provider knows of the attempt and its refunds; take what the shopper has approved."""

    def parse_webhook(self, message: WebhookMessage, config: GatewayConfig) -> tuple[GatewayEvent, ...]:
        """Verify the raw message and read it. InvalidSignature, MalformedWebhook, GatewayUnavailable."""


@runtime_checkable
class ChecksConnection(Protocol):
    """A gateway that can say whether its keys work."""

    def check(self, config: GatewayConfig) -> str:
        """Ask the provider for something harmless and return the account it knows us by, "" if it names none.

        GatewayRefused with the provider's words where a key is wrong.
        """


@runtime_checkable
class RepliesAsSetUp(Protocol):
    """A gateway whose answer to the provider's messages the merchant can change."""

    def reply(self, config: GatewayConfig) -> WebhookReply:
        """Return what the provider wants to hear when its message is stored."""


@runtime_checkable
class NamesPayer(Protocol):
    """A gateway that must know the shopper before it starts (WeChat's openid)."""

    def payer_url(self, device: Device, back_url: str, config: GatewayConfig) -> str:
        """Return the provider's page that sends the shopper to `back_url` again, "" if this device needs none."""

    def payer_of(self, query: Mapping[str, str], config: GatewayConfig) -> str:
        """Return who came back, from the query of `back_url`. GatewayRefused."""


@runtime_checkable
class IssuesBills(Protocol):
    """A gateway whose provider lists a day's movements, for reconciliation."""

    def bill(self, day: date, config: GatewayConfig) -> Iterable[BillLine]:
        """Return the bill of one day in the provider's own time zone. GatewayUnavailable while it is not ready."""


@runtime_checkable
class ReadsBills(Protocol):
    """A gateway whose provider hands its bills out as files only: somebody downloads them and brings them here."""

    def read_bill(self, content: bytes, config: GatewayConfig) -> tuple[date, list[BillLine]]:
        """Return the day of a bill and its movements. UnreadableBill if it is none of this merchant."""


@runtime_checkable
class TellsOfParcels(Protocol):
    """A gateway whose provider wants to know the parcel: the seller is protected by it if the payer denies receipt."""

    def tell_of_parcel(self, parcel: ParcelNotice, config: GatewayConfig) -> None:
        """Tell the provider; again changes nothing. GatewayUnavailable, GatewayRefused."""


gateways: Registry[PaymentGateway] = Registry("payment gateway")
