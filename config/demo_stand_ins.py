"""Payment providers and carriers to practise on, inside the shop: one process for `make demo`, no network.

Only mounted when DULI_DEMO is set. The gateways still speak HTTP to them, so they need a second server thread.
Nothing here may import a plugin: what both must know, a key made from the shop's own, is made the same way on
either side.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from config.environment import ROOT
from config.stand_in_mount import hand_over
from sandbox.kit.wsgi import MAXIMUM_BODY, Application
from sandbox.language_model.app import LanguageModelService
from sandbox.parcels.app import Parcels
from sandbox.vat.app import VatOffice


def _secret(name: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), name.encode(), hashlib.sha256).hexdigest()


def _file(name: str) -> str:
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    return str(settings.DATA_DIR / f"{name}.sqlite3")


def _webhook(gateway: str) -> str:
    return f"{settings.PUBLIC_URL}/payments/{gateway}/webhook"


@cache
def stripe() -> Application:
    """Return Stripe's stand-in; its payments survive a restart in the data folder."""
    from sandbox.stripe.app import create_app
    from sandbox.stripe.terms import Endpoint

    return create_app(
        keys=["sk_test_practice"],
        public_url=settings.PUBLIC_URL + "/sandbox-stripe",
        endpoints=[Endpoint(_webhook("stripe"), (f"whsec_{_secret('sandbox stripe')}",))],
        path=_file("stripe"),
        timers=True,
    )


@cache
def parcels() -> Parcels:
    """Return the practice carriers; their parcels survive a restart in the data folder."""
    from sandbox.parcels import create_app

    return create_app(
        path=_file("parcels"),
        pushes={name: f"{settings.PUBLIC_URL}/hooks/parcels/{name}" for name in ("17track", "aftership", "easypost")},
        prefix="/sandbox-parcels",
    )


@cache
def paypal() -> Application:
    """Return PayPal's stand-in; its payments survive a restart in the data folder, its certificate does not."""
    from sandbox.paypal.app import create_app

    return create_app(
        client_id="practice",
        client_secret=_secret("sandbox paypal"),
        webhook_id="practice",
        public_url=settings.PUBLIC_URL + "/sandbox-paypal",
        webhook_url=_webhook("paypal"),
        path=_file("paypal"),
        timers=True,
    )


def _sms_push(code: str) -> Callable[[], str]:
    def url() -> str:
        from duli.platform.sms.configuration import known

        found = known(code)
        return found[1].push_url if found else ""

    return url


@cache
def phones() -> Application:
    """Return the practice phones; their messages survive a restart in the data folder."""
    from sandbox.phones import Account, create_app

    shop = json.loads((ROOT / "demo" / "shop.json").read_text())["sms"]
    accounts = {}
    for entry in shop:
        code, values = entry["code"], entry["values"]
        accounts[code] = Account(
            key_id=values.get("key_id") or values["account"],
            secret=values.get("key_secret") or values["token"],
            app_id=values.get("app_id", ""),
            signs=(values.get("sign") or values["sender"],),
            templates={row["template"]: (row["words"], True) for row in entry.get("templates", [])},
            push_url=_sms_push(code),
        )
    return create_app(accounts, path=_file("phones"))


def _keys(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return both sides' keys of a wallet, made once and kept in the data folder."""
    path = settings.DATA_DIR / f"{name}_keys.json"
    if not path.exists():
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(make()))
        fresh.replace(path)
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@cache
def alipay() -> Application:
    """Return the practice Alipay; its trades survive a restart in the data folder."""
    from sandbox import alipay as practice
    from sandbox.wallet.store import Store

    keys = _keys("alipay", practice.new_pair)
    return practice.Alipay(
        merchant=practice.Merchant(**keys["merchant"]),
        wallet=practice.Wallet(**keys["wallet"]),
        public_url=settings.PUBLIC_URL + "/sandbox-alipay",
        store=Store(_file("alipay")),
    )


@cache
def wechat_pay() -> Application:
    """Return the practice WeChat Pay; its orders survive a restart in the data folder."""
    from sandbox import wechatpay as practice
    from sandbox.wallet.store import Store

    keys = _keys("wechatpay", practice.new_pair)
    return practice.WeChatPay(
        merchant=practice.Merchant(**keys["merchant"]),
        wallet=practice.Wallet(**keys["wallet"]),
        public_url=settings.PUBLIC_URL + "/sandbox-wechatpay",
        store=Store(_file("wechatpay")),
    )


@cache
def antom() -> Application:
    """Return the practice Antom; its payments survive a restart in the data folder."""
    from sandbox import antom as practice
    from sandbox.wallet.store import Store

    keys = _keys("antom", practice.new_pair)
    return practice.Antom(
        keys=practice.Keys(**keys["keys"]),
        public_url=settings.PUBLIC_URL + "/sandbox-antom",
        store=Store(_file("antom")),
    )


@cache
def fapiao() -> Application:
    """Return the practice Nuonuo; what it issued survives a restart in the data folder."""
    from sandbox.fapiao import Account, create_app

    values = json.loads((ROOT / "demo" / "shop.json").read_text())["fapiao"]["values"]
    account = Account(**{name: values[name] for name in ("app_key", "app_secret", "token", "tax_number")})
    return create_app(account, public_url=settings.PUBLIC_URL + "/sandbox-fapiao", path=_file("fapiao"))


@cache
def vat() -> VatOffice:
    """Return the practice registers of VAT ids; they know the companies of the demo's notes and nobody else."""
    from sandbox.vat import create_app

    about = json.loads((ROOT / "demo" / "shop.json").read_text())["vat_ids"]
    known = {number: (name, address) for number, name, address in about["known"]}
    return create_app(known, unavailable=about["unavailable"])


def _dictionary(value: Any) -> Iterator[dict[str, str]]:
    """Find the demo shop's words in all their languages: {"en": "Sofa", "zh-hans": "沙发"}, lists of them in pairs."""
    if isinstance(value, list):
        for entry in value:
            yield from _dictionary(entry)
    elif isinstance(value, dict) and {"en", "zh-hans"} <= value.keys():
        words = [entry if isinstance(entry, list) else [entry] for entry in value.values()]
        for texts in zip(*words, strict=False):
            if all(isinstance(text, str) for text in texts):
                yield dict(zip(value, texts, strict=True))
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _dictionary(entry)


@cache
def language_model() -> LanguageModelService:
    """Return the practice language model; it knows the words of the demo's goods in both languages."""
    from sandbox.language_model import create_app

    key = json.loads((ROOT / "demo" / "shop.json").read_text())["language_model"]["values"]["key"]
    files = [json.loads((ROOT / "demo" / name).read_text()) for name in ("products.json", "structure.json")]
    return create_app(key, dictionary=_dictionary(files))


def practice_values(code: str) -> dict[str, Any]:
    """Return what a merchant would set up to pay at a practice wallet, {} where nothing need be known."""
    from sandbox import alipay, antom, wechatpay

    makers: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
        "alipay": ("alipay", alipay.new_pair),
        "wechat_pay": ("wechatpay", wechatpay.new_pair),
        "antom": ("antom", antom.new_pair),
    }
    if code not in makers:
        return {}
    name, make = makers[code]
    values: dict[str, Any] = _keys(name, make)["values"]
    return values


STAND_INS: dict[str, Callable[[], Application | Parcels | VatOffice]] = {
    "sandbox-stripe": stripe,
    "sandbox-paypal": paypal,
    "sandbox-parcels": parcels,
    "sandbox-phones": phones,
    "sandbox-alipay": alipay,
    "sandbox-wechatpay": wechat_pay,
    "sandbox-antom": antom,
    "sandbox-fapiao": fapiao,
    "sandbox-vat": vat,
    "sandbox-language-model": language_model,
}


@csrf_exempt
def mounted(request: HttpRequest, name: str, path: str) -> HttpResponse:
    """Hand the request to the stand-in and return what it answers."""
    application = STAND_INS[name]()
    most = getattr(application, "maximum_body", MAXIMUM_BODY)
    response = hand_over(request, application, prefix=f"/{name}", path=path, most=most)
    # Each stand-in says itself who may frame its pages.
    response.xframe_options_exempt = True  # type: ignore[attr-defined]
    return response


urlpatterns = [re_path(rf"^(?P<name>{'|'.join(STAND_INS)})/(?P<path>.*)$", mounted)]
