from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.platform.sms.channel import (
    Accepted,
    ChannelConfig,
    ChannelDescription,
    ChannelRefused,
    Heard,
    MalformedPush,
    Outgoing,
    Push,
    ReasonCode,
    Report,
    SettingField,
    command_of,
    meaning,
    reasons_field,
)
from duli.plugins.sms_aliyun.signature import encoded_query, signed_headers
from duli.plugins.sms_http import base_of, call, whole

BASE_URL = "https://dysmsapi.aliyuncs.com"
VERSION = "2017-05-25"
REPLY = '{"code":0,"msg":"成功"}'
BEIJING = timezone(timedelta(hours=8))
_PAGE = 50

_REASONS: dict[str, ReasonCode] = {
    "isv.MOBILE_NUMBER_ILLEGAL": "number",
    "isv.MOBILE_COUNT_OVER_LIMIT": "number",
    "isv.SMS_SIGNATURE_ILLEGAL": "sign",
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": "sign",
    "isv.SIGN_NAME_ILLEGAL": "sign",
    "isv.SMS_SIGN_ILLEGAL": "sign",
    "isv.SMS_TEMPLATE_ILLEGAL": "template",
    "isv.TEMPLATE_MISSING_PARAMETERS": "template",
    "isv.TEMPLATE_PARAMS_ILLEGAL": "template",
    "isv.INVALID_JSON_PARAM": "template",
    "isv.INVALID_PARAMETERS": "template",
    "isv.PARAM_LENGTH_LIMIT": "template",
    "isv.PARAM_NOT_SUPPORT_URL": "template",
    "isv.SMS_SIGNATURE_TEMPLATE_MISMATCH": "template",
    "isv.BLACK_KEY_CONTROL_LIMIT": "content",
    "isv.SMS_CONTENT_ILLEGAL": "content",
    "isv.AMOUNT_NOT_ENOUGH": "balance",
    "isv.OUT_OF_SERVICE": "balance",
    "isv.ACCOUNT_ABNORMAL": "keys",
    "isv.ACCOUNT_NOT_EXISTS": "keys",
    "isv.PRODUCT_UN_SUBSCRIPT": "keys",
    "isv.PRODUCT_UNSUBSCRIBE": "keys",
    "isp.RAM_PERMISSION_DENY": "keys",
    "isv.DENY_IP_RANGE": "country",
    "InvalidAccessKeyId.NotFound": "keys",
    "InvalidAccessKeyId.Inactive": "keys",
    "SignatureDoesNotMatch": "keys",
    "Forbidden.NoPermission": "keys",
    "isv.BUSINESS_LIMIT_CONTROL": "busy",
    "isv.DAY_LIMIT_CONTROL": "busy",
    "isv.MONTH_LIMIT_CONTROL": "busy",
}
# Tried again; day and month limits are not over in minutes.
_SOON = ("isv.BUSINESS_LIMIT_CONTROL", "Throttling")


class Aliyun:
    code = "aliyun"
    description = ChannelDescription(
        name=_("Alibaba Cloud SMS"),
        description=_("For China above all. It sends approved signs and templates only."),
        templates="named",
        push="account",
        countries=("CN",),
        fields=(
            SettingField("key_id", "AccessKey ID", required=True),
            SettingField("key_secret", "AccessKey Secret", "secret", required=True),
            SettingField("sign", _("Sign (签名)"), required=True, help=_("As it was approved, without 【】.")),
            SettingField(
                "base_url",
                _("Address"),
                default=BASE_URL,
                help=_("Only another one for a test or a proxy of your own."),
            ),
            reasons_field(),
        ),
        steps=(
            _("Sign in at dysms.console.aliyun.com (短信服务) and have the company verified."),
            _("国内消息 › 签名管理: apply for a sign, mostly the shop's name; copy it once it is approved."),
            _("国内消息 › 模板管理: apply for a template for each message; this page gives you the words to copy."),
            _(
                "Open RAM 访问控制 › 用户, create a user for the API with the permission AliyunDysmsFullAccess, "
                "and copy its AccessKey."
            ),
            _(
                "系统设置 › 消息接收设置: choose HTTP 批量推送 for SmsReport and SmsUp and enter the address below "
                "for both, so that the shop learns what arrived and who wants no more."
            ),
        ),
    )

    def send(self, message: Outgoing, config: ChannelConfig) -> Accepted:
        query = {
            "PhoneNumbers": _theirs(message.to),
            "SignName": message.sign or config.text("sign"),
            "TemplateCode": message.template,
            "OutId": message.key,
        }
        if message.parameters:
            query["TemplateParam"] = json.dumps(dict(message.parameters), ensure_ascii=False, separators=(",", ":"))
        answer = self._call("SendSms", query, config)
        return Accepted(str(answer.get("BizId") or ""))

    def find(self, message: Outgoing, since: datetime, config: ChannelConfig) -> Accepted | None:
        day, last = since.astimezone(BEIJING).date(), now().astimezone(BEIJING).date()
        while day <= last:
            answer = self._call(
                "QuerySendDetails",
                {
                    "PhoneNumber": _theirs(message.to),
                    "SendDate": day.strftime("%Y%m%d"),
                    "PageSize": str(_PAGE),
                    "CurrentPage": "1",
                },
                config,
            )
            details = (answer.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
            if any(str(row.get("OutId") or "") == message.key for row in details if isinstance(row, dict)):
                return Accepted("")
            day += timedelta(days=1)
        return None

    def check(self, config: ChannelConfig) -> str:
        answer = self._call("QuerySmsSignList", {"PageIndex": "1", "PageSize": "50"}, config)
        signs = {
            str(row.get("SignName")): str(row.get("AuditStatus"))
            for row in answer.get("SmsSignList") or []
            if isinstance(row, dict)
        }
        sign = config.text("sign")
        if signs.get(sign) != "AUDIT_STATE_PASS":
            state = signs.get(sign, "?")
            raise ChannelRefused(reason="sign", answer=state, detail=f"{sign}: {state}")
        return sign

    def parse_push(self, body: bytes, headers: Mapping[str, str], url: str, config: ChannelConfig) -> Push:
        # Alibaba Cloud does not sign: whoever knows the address has been let in by the shop already.
        try:
            rows = json.loads(body)
            if not isinstance(rows, list):
                raise MalformedPush()
            reports = tuple(_report(row, config) for row in rows if "biz_id" in row)
            heard = tuple(_heard(row) for row in rows if "biz_id" not in row and "content" in row)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise MalformedPush() from error
        return Push(reports, heard, REPLY)

    def _call(self, action: str, query: Mapping[str, str], config: ChannelConfig) -> dict[str, Any]:
        base = base_of(config.text("base_url"), BASE_URL)
        encoded = encoded_query(query)
        headers = signed_headers(
            host=urlsplit(base).netloc,
            action=action,
            version=VERSION,
            query=encoded,
            key_id=config.text("key_id"),
            secret=config.text("key_secret"),
            instant=now(),
        )
        _status, answer = call("POST", f"{base}/?{encoded}", headers=headers)
        code = str(answer.get("Code") or "")
        if code == "OK":
            return answer
        raise ChannelRefused(
            reason=meaning(code, config) or _REASONS.get(code, "busy" if code.startswith("Throttling") else "other"),
            answer=code or "?",
            detail=str(answer.get("Message") or ""),
            again=code.startswith(_SOON),
        )


def _theirs(number: str) -> str:
    """Return a number as they write it: without +86 at home, abroad with the country's code and no plus."""
    return number.removeprefix("+86") if number.startswith("+86") else number.lstrip("+")


def _report(row: Mapping[str, Any], config: ChannelConfig) -> Report:
    answer = str(row.get("err_code") or "")
    arrived = row["success"] is True or str(row["success"]).lower() == "true"
    return Report(
        state="delivered" if arrived else "undelivered",
        id=str(row["biz_id"]),
        key=str(row.get("out_id") or ""),
        reason="" if arrived else meaning(answer, config) or _undelivered(answer),
        answer=answer,
        parts=whole(row.get("sms_size") or 0),
        happened_at=_moment(row.get("report_time")),
    )


def _undelivered(answer: str) -> ReasonCode:
    if "BLACKLIST" in answer or "REJECT" in answer or "CONTENT" in answer:
        return "content"
    return "number" if "NUMBER" in answer or "ILLEGAL" in answer else "unreachable"


def _moment(text: object) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None


def _heard(row: Mapping[str, Any]) -> Heard:
    digits = str(row["phone_number"]).lstrip("+")
    number = f"+86{digits}" if len(digits) == 11 and digits.startswith("1") else f"+{digits}"
    name = str(row.get("sequence_id") or f"{digits}:{row.get('send_time')}:{row.get('content')}")
    return Heard(name, number, command_of(str(row["content"])))


aliyun = Aliyun()
