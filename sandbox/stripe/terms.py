"""What Stripe's requests must be like, and how it refuses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

METHODS = {"card", "alipay", "wechat_pay", "link", "sepa_debit"}


class Refused(Exception):
    """Becomes Stripe's error object. `kept` is false for requests that never began: their key may be used again."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str = "",
        param: str = "",
        kept: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.kept = status, kept
        named = {"type": kind, "message": message, "code": code, "param": param, **more}
        self.error = {name: value for name, value in named.items() if value}


def invalid(message: str, param: str = "", code: str = "") -> Refused:
    return Refused(400, "invalid_request_error", message, param=param, code=code, kept=False)


def unexpected_state(message: str, code: str, **more: Any) -> Refused:
    return Refused(400, "invalid_request_error", message, code=code, **more)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events go. Several secrets while one is being replaced: each signs."""

    url: str
    secrets: tuple[str, ...]
    events: tuple[str, ...] = ("*",)

    def wants(self, name: str) -> bool:
        return "*" in self.events or name in self.events


def public(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Stripe shows: our own notes begin with an underscore."""
    return {name: value for name, value in document.items() if not name.startswith("_")}


def amount_of(params: Mapping[str, Any], name: str) -> int:
    text = str(params.get(name, ""))
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= 99_999_999_99:
        raise invalid(f"Invalid integer: {text}", name, "parameter_invalid_integer")
    return int(text)


def currency_of(params: Mapping[str, Any]) -> str:
    currency = str(params.get("currency", "")).lower()
    if len(currency) != 3 or not currency.isalpha():
        raise invalid(f"Invalid currency: {currency}", "currency")
    return currency


def check_methods(methods: Sequence[str], options: Mapping[str, Any], *, needs_client: bool) -> None:
    for method in methods:
        if method not in METHODS:
            raise invalid(f"The payment method type provided: {method} is invalid.", "payment_method_types")
    client = (options.get("wechat_pay") or {}).get("client")
    if needs_client and "wechat_pay" in methods and client not in {"web", "ios", "android"}:
        param = "payment_method_options[wechat_pay][client]"
        raise invalid(f"Missing required param: {param}.", param, "parameter_missing")


def option_of(intent: Mapping[str, Any], method: str, name: str) -> Any:
    return (intent["payment_method_options"].get(method) or {}).get(name)
