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
    CannotTell,
    ChannelConfig,
    ChannelDescription,
    ChannelRefused,
    ChannelUnavailable,
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
from duli.plugins.sms_http import base_of, call, whole
from duli.plugins.sms_tencent.signature import CONTENT_TYPE, authorization

BASE_URL = "https://sms.tencentcloudapi.com"
VERSION = "2021-01-11"
REPLY = '{"result":0,"errmsg":"OK"}'
BEIJING = timezone(timedelta(hours=8))

# By how their codes begin.
_REASONS: tuple[tuple[str, ReasonCode], ...] = (
    ("FailedOperation.SignatureIncorrectOrUnapproved", "sign"),
    ("FailedOperation.MissingSignature", "sign"),
    ("FailedOperation.Template", "template"),
    ("FailedOperation.MissingTemplate", "template"),
    ("FailedOperation.InsufficientBalance", "balance"),
    ("FailedOperation.ContainSensitiveWord", "content"),
    ("FailedOperation.MarketingSendTimeConstraint", "content"),
    ("FailedOperation.PhoneNumberInBlacklist", "stopped"),
    ("InvalidParameterValue.IncorrectPhoneNumber", "number"),
    ("InvalidParameterValue.InvalidParameters", "number"),
    ("InvalidParameterValue.Template", "template"),
    ("InvalidParameterValue.Prohibited", "content"),
    ("InvalidParameterValue.ContentLength", "template"),
    ("InvalidParameterValue.SdkAppId", "keys"),
    ("UnsupportedOperation.ContainDomesticAndInternational", "country"),
    ("UnsupportedOperation.UnsupportedRegion", "country"),
    ("UnauthorizedOperation.SdkAppId", "keys"),
    ("UnauthorizedOperation", "keys"),
    ("AuthFailure", "keys"),
    ("LimitExceeded", "busy"),
    ("RequestLimitExceeded", "busy"),
)
# Over in minutes; a day's limit is not.
_SOON = (
    "LimitExceeded.DeliveryFrequencyLimit",
    "LimitExceeded.PhoneNumberThirtySecondLimit",
    "LimitExceeded.PhoneNumberOneHourLimit",
    "RequestLimitExceeded",
)
_UNSURE = ("InternalError",)


class Tencent:
    code = "tencent"
    description = ChannelDescription(
        name=_("Tencent Cloud SMS"),
        description=_("For China above all. It sends approved signs and templates only."),
        templates="placed",
        push="account",
        countries=("CN",),
        fields=(
            SettingField("key_id", "SecretId", required=True),
            SettingField("key_secret", "SecretKey", "secret", required=True),
            SettingField("app_id", "SdkAppId", required=True),
            SettingField("sign", _("Sign (签名)"), required=True, help=_("As it was approved, without 【】.")),
            SettingField(
                "region",
                _("Region of the service"),
                "choice",
                default="ap-guangzhou",
                choices=(
                    ("ap-guangzhou", _("Guangzhou")),
                    ("ap-beijing", _("Beijing")),
                    ("ap-nanjing", _("Nanjing")),
                    ("ap-singapore", _("Singapore")),
                ),
            ),
            SettingField(
                "base_url",
                _("Address"),
                default=BASE_URL,
                help=_("Only another one for a test or a proxy of your own."),
            ),
            reasons_field(),
        ),
        steps=(
            _("Sign in at console.cloud.tencent.com/smsv2 (短信) and have the company verified."),
            _("应用管理 › 应用列表: create an application and copy its SdkAppId."),
            _("国内短信 › 签名管理: apply for a sign, mostly the shop's name; copy it once it is approved."),
            _("国内短信 › 正文模板管理: apply for a template for each message; this page gives you the words to copy."),
            _("访问管理 › 访问密钥 › API 密钥管理: create a key and copy SecretId and SecretKey."),
            _(
                "应用管理 › 应用列表 › 基础配置: enter the address below for 短信下发状态通知 and 短信回复通知, "
                "so that the shop learns what arrived and who wants no more."
            ),
        ),
    )

    def send(self, message: Outgoing, config: ChannelConfig) -> Accepted:
        request = {
            "PhoneNumberSet": [message.to],
            "SmsSdkAppId": config.text("app_id"),
            "SignName": message.sign or config.text("sign"),
            "TemplateId": message.template,
            "TemplateParamSet": [value for _name, value in message.parameters],
            "SessionContext": message.key,
        }
        answer = self._call("SendSms", request, config)
        rows = answer.get("SendStatusSet")
        if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
            raise ChannelUnavailable()
        [row] = rows
        # The call can succeed and the one number in it fail.
        code = str(row.get("Code") or "")
        if code.lower() != "ok":
            raise _refused(code, str(row.get("Message") or ""), config)
        return Accepted(str(row.get("SerialNo") or ""), whole(row.get("Fee") or 0))

    def find(self, message: Outgoing, since: datetime, config: ChannelConfig) -> Accepted | None:
        answer = self._call(
            "PullSmsSendStatusByPhoneNumber",
            {
                "BeginTime": int(since.timestamp()) - 60,
                "EndTime": int(now().timestamp()),
                "Offset": 0,
                "Limit": 100,
                "PhoneNumber": message.to,
                "SmsSdkAppId": config.text("app_id"),
            },
            config,
        )
        rows = answer.get("PullSmsSendStatusSet") or []
        found = next((row for row in rows if isinstance(row, dict) and row.get("SessionContext") == message.key), None)
        if found is None:
            # Only messages with a receipt are listed: that it is not there says nothing.
            raise CannotTell()
        return Accepted(str(found.get("SerialNo") or ""))

    def check(self, config: ChannelConfig) -> str:
        today = now().astimezone(BEIJING)
        answer = self._call(
            "SmsPackagesStatistics",
            {
                "SmsSdkAppId": config.text("app_id"),
                "Limit": 100,
                "Offset": 0,
                "BeginTime": (today - timedelta(days=365)).strftime("%Y%m%d00"),
                "EndTime": today.strftime("%Y%m%d23"),
            },
            config,
        )
        rows = [row for row in answer.get("SmsPackagesStatisticsSet") or [] if isinstance(row, dict)]
        left = sum(int(row.get("PackageAmount") or 0) - int(row.get("CurrentUsage") or 0) for row in rows)
        return f"{config.text('app_id')} · {left}" if rows else config.text("app_id")

    def parse_push(self, body: bytes, headers: Mapping[str, str], url: str, config: ChannelConfig) -> Push:
        # Tencent Cloud does not sign: whoever knows the address has been let in by the shop already.
        try:
            data = json.loads(body)
            rows = data if isinstance(data, list) else [data]
            reports = tuple(_report(row, config) for row in rows if "report_status" in row)
            heard = tuple(_heard(row) for row in rows if "text" in row)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise MalformedPush() from error
        if not reports and not heard and rows:
            raise MalformedPush()
        return Push(reports, heard, REPLY)

    def _call(self, action: str, request: Mapping[str, Any], config: ChannelConfig) -> dict[str, Any]:
        base = base_of(config.text("base_url"), BASE_URL)
        body = json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()
        instant, host = now(), urlsplit(base).netloc
        headers = {
            "Authorization": authorization(
                host=host, body=body, key_id=config.text("key_id"), secret=config.text("key_secret"), instant=instant
            ),
            "Content-Type": CONTENT_TYPE,
            "Host": host,
            "X-TC-Action": action,
            "X-TC-Version": VERSION,
            "X-TC-Region": config.text("region"),
            "X-TC-Timestamp": str(int(instant.timestamp())),
        }
        _status, data = call("POST", f"{base}/", body=body, headers=headers)
        answer = data.get("Response")
        if not isinstance(answer, dict):
            raise ChannelUnavailable()
        error = answer.get("Error")
        if isinstance(error, dict):
            code = str(error.get("Code") or "")
            if code.startswith(_UNSURE):
                raise ChannelUnavailable()
            raise _refused(code, str(error.get("Message") or ""), config)
        return answer


def _refused(code: str, detail: str, config: ChannelConfig) -> ChannelRefused:
    known: ReasonCode = next((reason for start, reason in _REASONS if code.startswith(start)), "other")
    reason = meaning(code, config) or known
    return ChannelRefused(reason=reason, answer=code or "?", detail=detail, again=code.startswith(_SOON))


def _report(row: Mapping[str, Any], config: ChannelConfig) -> Report:
    arrived = row["report_status"] == "SUCCESS"
    answer = str(row.get("errmsg") or "")
    return Report(
        state="delivered" if arrived else "undelivered",
        id=str(row["sid"]),
        reason="" if arrived else meaning(answer, config) or "unreachable",
        answer=answer,
        happened_at=_moment(row.get("user_receive_time")),
    )


def _moment(text: object) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None


def _heard(row: Mapping[str, Any]) -> Heard:
    number = f"+{row.get('nationcode') or '86'}{row['mobile']}"
    return Heard(f"{number}:{row.get('time')}:{row['text']}", number, command_of(str(row["text"])))


tencent = Tencent()
