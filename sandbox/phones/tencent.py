"""Tencent Cloud SMS: calls signed with TC3-HMAC-SHA256, an answer for each number, reports unsigned."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sandbox.kit.store import Document
from sandbox.kit.wsgi import Answer, Request, answer_json
from sandbox.phones.world import Account, Lost, World, fate_of, filled, read_json

NAME = "tencent"
BEIJING = timezone(timedelta(hours=8))
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)
LATEST = 5 * 60


def answer(world: World, account: Account, request: Request) -> Answer:
    code = _problem(world, account, request)
    if code:
        return _answer({"Error": {"Code": code, "Message": code}})
    data = read_json(request.body)
    if not isinstance(data, dict):
        return _answer({"Error": {"Code": "InvalidParameter", "Message": "not JSON"}})
    action = request.header("x-tc-action")
    if data.get("SmsSdkAppId") != account.app_id:
        return _answer({"Error": {"Code": "UnauthorizedOperation.SdkAppIdIsDisabled", "Message": "SdkAppId"}})
    if action == "SendSms":
        return _answer({"SendStatusSet": [_send(world, account, data, number) for number in data["PhoneNumberSet"]]})
    if action == "PullSmsSendStatusByPhoneNumber":
        return _answer({"PullSmsSendStatusSet": _statuses(world, data)})
    if action == "SmsPackagesStatistics":
        return _answer({"SmsPackagesStatisticsSet": [{"PackageId": 1, "PackageAmount": 1000, "CurrentUsage": 58}]})
    return _answer({"Error": {"Code": "InvalidAction", "Message": "no such action"}})


def _answer(data: dict[str, Any]) -> Answer:
    return answer_json(200, {"Response": {**data, "RequestId": "practice"}})


def _problem(world: World, account: Account, request: Request) -> str:
    found = _AUTHORIZATION.fullmatch(request.header("authorization"))
    if found is None:
        return "AuthFailure.InvalidAuthorization"
    key_id, day, names, given = found.groups()
    if key_id != account.key_id:
        return "AuthFailure.SecretIdNotFound"
    if request.header("x-tc-version") != "2021-01-11" or not request.header("x-tc-region"):
        return "InvalidParameter"
    moment = request.header("x-tc-timestamp")
    if not moment.isdigit() or abs(int(moment) - world.store.clock()) > LATEST:
        return "AuthFailure.SignatureExpire"
    if datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%d") != day:
        return "AuthFailure.SignatureFailure"
    signed = names.split(";")
    if not {"content-type", "host"} <= set(signed):
        return "AuthFailure.SignatureFailure"
    values = {"content-type": str(request.environ.get("CONTENT_TYPE", ""))}
    lines = "".join(f"{name}:{(values.get(name) or request.header(name)).strip().lower()}\n" for name in signed)
    digest = hashlib.sha256(request.body).hexdigest()
    canonical = f"{request.method}\n/\n{request.raw_query}\n{lines}\n{names}\n{digest}"
    scope = f"{day}/sms/tc3_request"
    to_sign = f"TC3-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("TC3" + account.secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    right = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return "" if hmac.compare_digest(right, given) else "AuthFailure.SignatureFailure"


def _send(world: World, account: Account, data: dict[str, Any], number: str) -> dict[str, Any]:
    def no(code: str) -> dict[str, Any]:
        return {
            "SerialNo": "",
            "PhoneNumber": number,
            "Fee": 0,
            "Code": code,
            "Message": f"{number}: {code}",
            "IsoCode": "",
        }

    fate = fate_of(number)
    if not number.startswith("+") or fate == "no_number":
        return no("InvalidParameterValue.IncorrectPhoneNumber")
    if data.get("SignName") not in account.signs:
        return no("FailedOperation.SignatureIncorrectOrUnapproved")
    text, approved = account.templates.get(str(data.get("TemplateId")), ("", False))
    if not approved:
        return no("FailedOperation.TemplateIncorrectOrUnapproved")
    values = {str(place): value for place, value in enumerate(data.get("TemplateParamSet") or [], 1)}
    words = filled(text, values)
    if words is None:
        return no("FailedOperation.TemplateParamSetNotMatchApprovedTemplate")
    if fate == "too_often":
        return no("LimitExceeded.PhoneNumberThirtySecondLimit")
    if fate == "not_taken":
        raise Lost()
    message = world.take(
        NAME, number=number, text=f"【{data['SignName']}】{words}", key=data.get("SessionContext", ""), fate=fate
    )
    if fate == "answer_lost":
        raise Lost()
    return {
        "SerialNo": message["id"],
        "PhoneNumber": number,
        "Fee": 1,
        "SessionContext": message["key"],
        "Code": "Ok",
        "Message": "send success",
        "IsoCode": "CN",
    }


def _statuses(world: World, data: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "UserReceiveTime": int(message["sent_at"]),
            "PhoneNumber": message["number"],
            "SerialNo": message["id"],
            "ReportStatus": "SUCCESS" if message["state"] == "delivered" else "FAIL",
            "SessionContext": message["key"],
        }
        for message in world.messages(service=NAME, number=data.get("PhoneNumber"))
        if message["state"] != "sent" and data["BeginTime"] <= message["sent_at"] <= data["EndTime"] + 1
    ]


def report(world: World, message: Document) -> tuple[str, dict[str, str]]:
    arrived = message["state"] == "delivered"
    row = {
        "user_receive_time": _moment(world.store.clock()),
        "nationcode": "86",
        "mobile": message["number"].removeprefix("+86"),
        "report_status": "SUCCESS" if arrived else "FAIL",
        "errmsg": "DELIVRD" if arrived else "UNDELIV",
        "description": "用户短信送达成功" if arrived else "手机关机",
        "sid": message["id"],
    }
    return json.dumps([row], ensure_ascii=False), {}


def heard(world: World, message: Document, words: str) -> tuple[str, dict[str, str]]:
    row = {
        "extend": "",
        "mobile": message["number"].removeprefix("+86"),
        "nationcode": "86",
        "sign": message["text"][1:].split("】")[0],
        "text": words,
        "time": int(world.store.clock()),
    }
    return json.dumps(row, ensure_ascii=False), {}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, BEIJING).strftime("%Y-%m-%d %H:%M:%S")
