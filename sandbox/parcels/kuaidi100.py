"""快递100: MD5 signatures in upper case, a full list of sightings with every message."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.parcels.journeys import journey_of
from sandbox.parcels.world import Parcel, World

NAME = "kuaidi100"
CUSTOMER, KEY = "DEMO0CUSTOMER", "demo-kuaidi100-key"
_STATES = {
    "picked_up": ("1", "103", "揽收"),
    "in_transit": ("0", "1002", "在途"),
    "customs": ("11", "11", "清关"),
    "out_for_delivery": ("5", "5", "派件"),
    "ready_for_pickup": ("5", "501", "投柜或驿站"),
    "delivery_failed": ("2", "204", "派件异常"),
    "delivered": ("3", "301", "签收"),
    "exception": ("2", "2", "疑难"),
    "returning": ("6", "6", "退回"),
    "returned": ("4", "4", "退签"),
}
NEEDS_PHONE = {"shunfeng", "zhongtong"}
COMPANIES = {
    "shunfeng", "zhongtong", "yuantong", "shentong", "yunda", "ems", "jd", "debangkuaidi", "jtexpress", "dhl", "fedex",
    "ups", "usps", "yanwen", "yunexpress",
}  # fmt: skip


def sign(*parts: str) -> str:
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


def result_of(parcel: Parcel) -> dict[str, Any]:
    """Return all that is known, newest first."""
    rows = []
    for seen in reversed(parcel.seen):
        _state, code, word = _STATES[seen.step.state]
        local = (seen.at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
        rows.append(
            {
                "time": local, "ftime": local, "context": seen.step.zh, "areaName": seen.step.place, "areaCode": None,
                "status": word, "statusCode": code, "location": "",
            }
        )  # fmt: skip
    state = _STATES[parcel.state][0] if parcel.seen else "0"
    is_over = parcel.state in {"delivered", "returned"}
    return {
        "message": "ok", "state": state, "status": "200", "condition": "F00" if is_over else "00",
        "ischeck": "1" if is_over else "0", "com": parcel.carrier, "nu": parcel.number, "data": rows,
    }  # fmt: skip


def subscribe(world: World, form: dict[str, str]) -> dict[str, Any]:
    """POST /poll: the key is inside, nothing is signed."""
    try:
        param = json.loads(form.get("param", ""))
        number, company, parameters = str(param["number"]), str(param["company"]), dict(param["parameters"])
    except (ValueError, KeyError, TypeError):
        return _refusal("700", "参数错误")
    if param.get("key") != KEY:
        return _refusal("601", "key已过期或无效")
    if not company and parameters.get("autoCom") == "1":
        company = "shentong"
    if company not in COMPANIES or not 0 < len(number) <= 32:
        return _refusal("701", "不支持的快递公司")
    if company in NEEDS_PHONE and not parameters.get("phone"):
        return _refusal("408", "手机号校验不通过")
    if not str(parameters.get("callbackurl", "")).startswith("http"):
        return _refusal("700", "callbackurl错误")
    _parcel, is_new = world.announce(NAME, number, company, parameters)
    if not is_new:
        return _refusal("501", "重复订阅")
    return {"result": True, "returnCode": "200", "message": "提交成功"}


def query(world: World, form: dict[str, str]) -> dict[str, Any]:
    """POST /poll/query.do: the very text of `param` is signed."""
    param_text = form.get("param", "")
    if form.get("customer") != CUSTOMER or form.get("sign") != sign(param_text, KEY, CUSTOMER):
        return _refusal("503", "验证签名失败")
    try:
        param = json.loads(param_text)
        number = str(param["num"])
    except (ValueError, KeyError, TypeError):
        return _refusal("400", "提交的数据不完整")
    if param.get("com") not in COMPANIES:
        return _refusal("400", "快递公司编码错误")
    parcel = world.find(NAME, number)
    if parcel is None or not parcel.seen:
        return _refusal("500", "查询无结果，请隔段时间再查")
    return result_of(parcel)


def guess(key: str, number: str) -> list[dict[str, str]]:
    """GET /autonumber/auto."""
    return [{"comCode": "shentong"}] if key == KEY and number else []


def message_of(parcel: Parcel, world: World) -> tuple[str, str, dict[str, str]] | None:
    """Return (url, body, headers) of the message about what happened last."""
    salt, url = str(parcel.request.get("salt", "")), str(parcel.request["callbackurl"])
    told: dict[str, Any] = {
        "status": "polling",
        "billstatus": "got",
        "message": "",
        "autoCheck": "0",
        "comOld": "",
        "comNew": "",
    }
    if parcel.journey == "silent":
        told |= {"status": "abort", "message": "3天查询无记录"}
        world.stop(parcel.id)
    elif parcel.is_over:
        told |= {"status": "shutdown"}
    if journey_of(parcel.number) == "corrected" and len(parcel.seen) == 1 and parcel.carrier != "yunda":
        told |= {"status": "abort", "message": "", "autoCheck": "1", "comOld": parcel.carrier, "comNew": "yunda"}
        world.correct(parcel.id, "yunda")
    param = json.dumps(told | {"lastResult": result_of(parcel)}, ensure_ascii=False)
    form = {"param": param} | ({"sign": sign(param, salt)} if salt else {})
    return url, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"result": False, "returnCode": code, "message": message}
