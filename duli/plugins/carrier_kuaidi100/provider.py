from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

from django.utils.translation import gettext_lazy as _

from duli.base.setup_fields import pairs_of
from duli.commerce.shipping.carrier import (
    CarrierConfig,
    CarrierRefused,
    CarrierUnavailable,
    ForgedPush,
    MalformedPush,
    ParcelRef,
    ProviderDescription,
    Push,
    Report,
    SettingField,
)
from duli.plugins.carrier_http import call
from duli.plugins.carrier_kuaidi100.protocol import CARRIERS, COMPANIES, NEEDS_PHONE, STATES, is_signed, sightings, sign

BASE_URL = "https://poll.kuaidi100.com"
GUESS_URL = "https://www.kuaidi100.com"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_NOTHING_YET = {"400", "500"}
_BUSY = {"501", "502"}
_KEY_WRONG = {"503", "601", "600"}


class Kuaidi100:
    code = "kuaidi100"
    description = ProviderDescription(
        name="快递100",
        description=_("SF, ZTO, YTO, STO, Yunda, J&T, JD, EMS and most other carriers of China."),
        push="parcel",
        poll_minutes=30,
        reply='{"result":true,"returnCode":"200","message":"成功"}',
        fields=(
            SettingField("customer", _("Customer (授权 customer)"), required=True),
            SettingField("key", _("Key (授权 key)"), "secret", required=True),
            SettingField(
                "base_url",
                _("Address"),
                default=BASE_URL,
                help=_("Only another one for a test or a proxy of your own."),
            ),
            SettingField("guess_url", _("Address for guessing carriers"), default=GUESS_URL),
            SettingField(
                "states",
                _("States that mean something else"),
                "pairs",
                meanings=tuple(dict.fromkeys(STATES.values())),
                help=_("Only if 快递100 announces other codes: code = state, as in 501 = in_transit."),
            ),
            SettingField(
                "companies",
                _("Carriers called otherwise"),
                "pairs",
                meanings=tuple(COMPANIES),
                help=_("Only if 快递100 renames one: its code = ours, as in shunfeng = sf."),
            ),
        ),
        steps=(
            _("Sign up as a company at api.kuaidi100.com (快递100 企业版) and have the company verified."),
            _("Order “实时快递查询” and “快递信息推送” there; both have a free allowance to begin with."),
            _("Open 我的信息 › 企业信息: “授权 key” and “customer” stand there. Copy both into the fields above."),
            _("Save, then test the connection. Over there nothing is to be entered: each parcel brings its address."),
        ),
    )

    def follows(self, carrier: str, config: CarrierConfig) -> bool:
        return carrier in _companies(config) or carrier in {"", "other"}

    def register(self, parcel: ParcelRef, config: CarrierConfig) -> str:
        company = _companies(config).get(parcel.carrier, "")
        parameters = {
            "callbackurl": parcel.push_url,
            "salt": parcel.secret,
            "resultv2": "4",
            "autoCom": "0" if company else "1",
            "interCom": "0" if parcel.country in {"", "CN"} else "1",
            "phone": parcel.phone[-4:] if company in NEEDS_PHONE else "",
        }
        param = {"company": company, "number": parcel.number, "key": config.text("key"), "parameters": parameters}
        answer = self._post(config, "/poll", {"schema": "json", "param": _text(param)})
        code = str(answer.get("returnCode", ""))
        if code in {"200", "501"}:
            return ""
        if code in {"500", "502"}:
            raise CarrierUnavailable()
        raise CarrierRefused(reason=code or "refused", detail=str(answer.get("message", "")))

    def query(self, parcel: ParcelRef, config: CarrierConfig) -> Report:
        company = _companies(config).get(parcel.carrier) or self._guess(parcel.number, config)
        if not company:
            return Report()
        param = {
            "com": company,
            "num": parcel.number,
            "phone": parcel.phone[-4:] if company in NEEDS_PHONE else "",
            "resultv2": "4",
            "show": "0",
            "order": "desc",
            "lang": "zh" if parcel.language.startswith("zh") else "en",
        }
        answer = self._live(_text(param), config)
        code = str(answer.get("returnCode", ""))
        if answer.get("result") is False or (code and code != "200"):
            if code in _NOTHING_YET:
                return Report()
            if code in _BUSY:
                raise CarrierUnavailable()
            raise CarrierRefused(reason=code or "refused", detail=str(answer.get("message", "")))
        try:
            return _report(answer, config)
        except (ValueError, TypeError, AttributeError) as error:
            raise CarrierUnavailable() from error

    def stop(self, parcel: ParcelRef, config: CarrierConfig) -> None:
        """快递100 has no such call: it stops by itself, and its messages about the parcel reach nobody."""

    def check(self, config: CarrierConfig) -> str:
        param = {"com": "yuantong", "num": "YT0000000000000", "show": "0"}
        answer = self._live(_text(param), config)
        code = str(answer.get("returnCode", "200"))
        if code in _KEY_WRONG:
            raise CarrierRefused(reason=code, detail=str(answer.get("message", "")))
        if code in _BUSY:
            raise CarrierUnavailable()
        return config.text("customer")

    def parse_push(self, body: bytes, headers: Mapping[str, str], secret: str, config: CarrierConfig) -> Push:
        try:
            fields = parse_qs(body.decode(), strict_parsing=True, max_num_fields=20)
        except (ValueError, UnicodeDecodeError):
            raise ForgedPush() from None
        param, given = fields.get("param", [""])[0], fields.get("sign", [""])[0]
        if not secret or not is_signed(given, param, secret):
            raise ForgedPush()
        try:
            return Push(hashlib.sha256(body).hexdigest(), (_told(json.loads(param), config),))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise MalformedPush() from error

    def _guess(self, number: str, config: CarrierConfig) -> str:
        """Return the likeliest company of a number, "" if there is none."""
        base = config.text("guess_url") or GUESS_URL
        query = {"num": number, "key": config.text("key")}
        _status, answer = call("GET", f"{base.rstrip('/')}/autonumber/auto", query=query)
        found = (
            [str(row.get("comCode", "")) for row in answer if isinstance(row, dict)] if isinstance(answer, list) else []
        )
        return next((company for company in found if company), "")

    def _live(self, param: str, config: CarrierConfig) -> Mapping[str, Any]:
        customer = config.text("customer")
        # What is signed is the very text that is sent.
        form = {"customer": customer, "param": param, "sign": sign(param, config.text("key"), customer)}
        return self._post(config, "/poll/query.do", form)

    def _post(self, config: CarrierConfig, path: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        base = config.text("base_url") or BASE_URL
        _status, answer = call("POST", base.rstrip("/") + path, body=urlencode(form).encode(), headers=_FORM)
        if not isinstance(answer, dict):
            raise CarrierUnavailable()
        return answer


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _companies(config: CarrierConfig) -> dict[str, str]:
    """Return 快递100's code of each carrier."""
    return COMPANIES | {carrier: company for company, carrier in pairs_of(config.text("companies")).items()}


def _carriers(config: CarrierConfig) -> dict[str, str]:
    return CARRIERS | pairs_of(config.text("companies"))


def _report(result: Mapping[str, Any], config: CarrierConfig) -> Report:
    is_over = str(result.get("ischeck", "")) == "1"
    return Report(
        sightings(result, pairs_of(config.text("states"))),
        number=str(result.get("nu") or ""),
        carrier=_carriers(config).get(str(result.get("com") or ""), ""),
        ended="finished" if is_over else "",
    )


def _told(message: Mapping[str, Any], config: CarrierConfig) -> Report:
    """Read a message: `abort` means that nothing was seen for days, `comNew` that another carrier has the parcel."""
    status = str(message["status"])
    result = message.get("lastResult") or {}
    abroad = message.get("destResult") or {}
    own, carriers = pairs_of(config.text("states")), _carriers(config)
    seen = sightings(result, own) + sightings(abroad, own)
    corrected = carriers.get(str(message.get("comNew") or ""), "") if str(message.get("autoCheck")) == "1" else ""
    if status == "abort":
        # With another carrier's name for it, looking begins anew at once; without one, nobody saw it for long.
        return Report(seen, said="" if corrected else "expired", carrier=corrected, ended="given_up")
    return Report(
        seen,
        number=str(result.get("nu") or ""),
        carrier=corrected or carriers.get(str(result.get("com") or ""), ""),
        ended="finished" if status == "shutdown" else "",
    )


kuaidi100 = Kuaidi100()
