"""The vendors' own SDKs judge how text messages are signed, ours and the stand-in's."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from duli.plugins.sms_aliyun.signature import encoded_query, signed_headers
from duli.plugins.sms_tencent.signature import authorization
from duli.plugins.sms_twilio.signature import is_signed
from sandbox.phones import twilio
from tests.judges.asking import ask
from tests.plugins.phone_world import APP_ID, KEY_ID, SECRET, PhoneWorld

INSTANT = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[PhoneWorld]:
    found = PhoneWorld(time.time)
    yield found
    found.shut_down()


def test_tencent(world: PhoneWorld) -> None:
    body, host = '{"字":"中"}'.encode(), "sms.tencentcloudapi.com"
    header = authorization(host=host, body=body, key_id=KEY_ID, secret=SECRET, instant=INSTANT)
    lines = ["POST", "/", "", "content-type:application/json", f"host:{host}", "", "content-type;host"]
    canonical = "\n".join([*lines, hashlib.sha256(body).hexdigest()])
    scope = "2026-11-27/sms/tc3_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    judged = ask(
        "tencent",
        "tencent",
        {
            "key_id": KEY_ID,
            "secret": SECRET,
            "day": "2026-11-27",
            "to_sign": f"TC3-HMAC-SHA256\n{int(INSTANT.timestamp())}\n{scope}\n{digest}",
            "host": urlsplit(world.url).netloc,
            "message": {
                "PhoneNumberSet": ["+8613800131234"],
                "SmsSdkAppId": APP_ID,
                "SignName": "独立茶铺",
                "TemplateId": "1001",
                "TemplateParamSet": ["481516", "15"],
                "SessionContext": "k",
            },
        },
    )
    assert header.endswith(f"Signature={judged['signature']}")
    assert judged["right"]["SendStatusSet"][0]["Code"] == "Ok"
    assert judged["wrong"]["error"].startswith("AuthFailure")
    assert len(world.sent()) == 1


def test_twilio() -> None:
    url, fields = "https://shop.example/hooks/sms/twilio/x?message=k", "MessageSid=SM1&Body=%E4%B8%AD&To=%2B1"
    signed = twilio.signature(SECRET, url, fields)
    message = {"url": url, "fields": parse_qsl(fields), "signature": signed}
    fresh: dict[str, Any] = {
        "url": "https://shop.example/hooks/sms/twilio/y",
        "fields": [["Body", "STOP"], ["From", "+4479"]],
    }
    judged = ask(
        "twilio",
        "twilio_sdk",
        {"token": SECRET, "messages": [message, {**message, "url": url + "2"}], "fresh": fresh},
    )
    assert judged["valid"] == [True, False]
    pairs = [(name, value) for name, value in fresh["fields"]]
    assert is_signed(given=judged["signature"], token=SECRET, url=str(fresh["url"]), fields=pairs)
    assert not is_signed(given=judged["signature"], token="another", url=str(fresh["url"]), fields=pairs)


def test_aliyun() -> None:
    query = {"PhoneNumbers": "13800131234", "SignName": "独立 茶铺~*", "TemplateParam": '{"code":"1+1"}'}
    headers = signed_headers(
        host="dysmsapi.aliyuncs.com", action="SendSms", version="2017-05-25", query=encoded_query(query),
        key_id=KEY_ID, secret=SECRET, instant=INSTANT,
    )  # fmt: skip
    given = headers.pop("Authorization")
    question = {"query": query, "headers": headers, "key_id": KEY_ID, "secret": SECRET}
    assert ask("aliyun", "aliyun", question) == given
    assert ask("aliyun", "aliyun", {**question, "secret": "another"}) != given
