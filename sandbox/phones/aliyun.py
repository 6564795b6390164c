"""Alibaba Cloud SMS: calls signed with ACS3-HMAC-SHA256, reports in batches and unsigned."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from sandbox.kit.store import Document
from sandbox.kit.wsgi import Answer, Request, answer_json
from sandbox.phones.world import Account, Lost, World, fate_of, filled

NAME = "aliyun"
BEIJING = timezone(timedelta(hours=8))
_AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")
_SIGNED = {f"x-acs-{name}" for name in ("action", "content-sha256", "date", "signature-nonce", "version")} | {"host"}
LATEST = 15 * 60


def answer(world: World, account: Account, request: Request) -> Answer:
    code = _problem(world, account, request)
    if code:
        status = 404 if "NotFound" in code else 400
        return answer_json(status, {"Code": code, "Message": code, "RequestId": "practice"})
    query = {**request.query, **request.form}
    action = request.header("x-acs-action")
    if action == "SendSms":
        return answer_json(200, {"RequestId": "practice", **_send(world, account, query)})
    if action == "QuerySendDetails":
        return answer_json(200, _details(world, query))
    if action == "QuerySmsSignList":
        signs = [{"SignName": sign, "AuditStatus": "AUDIT_STATE_PASS"} for sign in account.signs]
        return answer_json(200, {"Code": "OK", "Message": "OK", "SmsSignList": signs, "RequestId": "practice"})
    return answer_json(400, {"Code": "InvalidAction.NotFound", "Message": "no such action"})


def _problem(world: World, account: Account, request: Request) -> str:
    """Return what is wrong with a call's signature, "" if nothing is."""
    found = _AUTHORIZATION.fullmatch(request.header("authorization"))
    if found is None:
        return "MissingAuthorization"
    key_id, names, given = found.groups()
    if key_id != account.key_id:
        return "InvalidAccessKeyId.NotFound"
    if request.header("x-acs-version") != "2017-05-25":
        return "InvalidVersion"
    digest = hashlib.sha256(request.body).hexdigest()
    if request.header("x-acs-content-sha256") != digest:
        return "SignatureDoesNotMatch"
    if not set(names.split(";")) >= _SIGNED:
        return "SignatureDoesNotMatch"
    try:
        sent = datetime.strptime(request.header("x-acs-date"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return "InvalidTimeStamp.Format"
    if abs(sent.timestamp() - world.store.clock()) > LATEST:
        return "InvalidTimeStamp.Expired"
    nonce = request.header("x-acs-signature-nonce")
    if not nonce or world.store.get("nonce", f"nonce:{nonce}"):
        return "SignatureNonceUsed"
    world.store.put("nonce", {"id": f"nonce:{nonce}"})
    query = request.query
    canonical_query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query)
    )
    lines = "".join(f"{name}:{_header(request, name)}\n" for name in names.split(";"))
    canonical = f"{request.method}\n/\n{canonical_query}\n{lines}\n{names}\n{digest}"
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    right = hmac.new(account.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return "" if hmac.compare_digest(right, given) else "SignatureDoesNotMatch"


def _header(request: Request, name: str) -> str:
    if name == "content-type":
        return str(request.environ.get("CONTENT_TYPE", "")).strip()
    return request.header(name).strip()


def _send(world: World, account: Account, query: dict[str, str]) -> dict[str, str]:
    digits = query.get("PhoneNumbers", "")
    number = f"+86{digits}" if len(digits) == 11 and digits.startswith("1") else f"+{digits}"
    fate = fate_of(number)
    if not digits.isdigit() or fate == "no_number":
        return _no("isv.MOBILE_NUMBER_ILLEGAL", f"{digits} 号码不合法")
    if query.get("SignName") not in account.signs:
        return _no("isv.SMS_SIGNATURE_ILLEGAL", "签名不合法")
    text, approved = account.templates.get(query.get("TemplateCode", ""), ("", False))
    if not approved:
        return _no("isv.SMS_TEMPLATE_ILLEGAL", "模板不合法")
    try:
        values = {str(name): str(value) for name, value in json.loads(query.get("TemplateParam") or "{}").items()}
    except (ValueError, AttributeError):
        return _no("isv.INVALID_JSON_PARAM", "参数格式错误")
    words = filled(text, values)
    if words is None:
        return _no("isv.TEMPLATE_MISSING_PARAMETERS", "模板变量缺失")
    if fate == "too_often":
        return _no("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1")
    if fate == "not_taken":
        raise Lost()
    message = world.take(
        NAME,
        number=number,
        text=f"【{query['SignName']}】{words}",
        key=query.get("OutId", ""),
        template=query["TemplateCode"],
        fate=fate,
    )
    if fate == "answer_lost":
        raise Lost()
    return {"Code": "OK", "Message": "OK", "BizId": message["id"]}


def _no(code: str, words: str) -> dict[str, str]:
    return {"Code": code, "Message": words}


def _details(world: World, query: dict[str, str]) -> dict[str, Any]:
    rows = []
    for message in world.messages(service=NAME):
        day = datetime.fromtimestamp(message["sent_at"], BEIJING).strftime("%Y%m%d")
        if message["number"].endswith(query.get("PhoneNumber", "")) and day == query.get("SendDate"):
            rows.append(
                {
                    "OutId": message["key"],
                    "PhoneNum": query["PhoneNumber"],
                    "SendStatus": {"sent": 1, "undelivered": 2, "delivered": 3}[message["state"]],
                    "TemplateCode": message["template"],
                    "Content": message["text"],
                }
            )
    return {"Code": "OK", "Message": "OK", "TotalCount": len(rows), "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}}


def report(world: World, message: Document) -> tuple[str, dict[str, str]]:
    """Return body and context of the report about a message."""
    arrived = message["state"] == "delivered"
    row = {
        "phone_number": message["number"].removeprefix("+86"),
        "send_time": _moment(message["sent_at"]),
        "report_time": _moment(world.store.clock()),
        "success": arrived,
        "err_code": "DELIVERED" if arrived else "IS_CLOSED",
        "err_msg": "用户接收成功" if arrived else "空号、停机或关机",
        "sms_size": "1",
        "biz_id": message["id"],
        "out_id": message["key"],
    }
    return json.dumps([row], ensure_ascii=False), {}


def heard(world: World, message: Document, words: str) -> tuple[str, dict[str, str]]:
    row = {
        "phone_number": message["number"].removeprefix("+86"),
        "send_time": _moment(world.store.clock()),
        "content": words,
        "sign_name": message["text"][1:].split("】")[0],
        "dest_code": "10690000",
        "sequence_id": int(world.store.clock() * 1000),
    }
    return json.dumps([row], ensure_ascii=False), {}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, BEIJING).strftime("%Y-%m-%d %H:%M:%S")
