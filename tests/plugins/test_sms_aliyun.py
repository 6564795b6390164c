from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from duli.plugins.sms_aliyun.signature import encoded_query, signed_headers
from tests.plugins.phone_world import KEY_ID, SECRET
from tests.plugins.sms_conformance import ApprovedWordsConformance


class TestAliyun(ApprovedWordsConformance):
    code = "aliyun"
    values: Mapping[str, str] = {"key_id": KEY_ID, "key_secret": SECRET, "sign": "独立茶铺"}
    wrong: Mapping[str, str] = {"key_secret": "another"}
    template = "SMS_1"
    unapproved = "SMS_9"


def test_signs_as_the_vendors_own_library_does() -> None:
    # alibabacloud_tea_openapi 0.4.6, Utils.get_authorization, of the same request.
    query = encoded_query(
        {
            "TemplateParam": '{"code":"1 2*~/"}',
            "PhoneNumbers": "13800131234",
            "SignName": "独立茶铺",
            "TemplateCode": "SMS_1",
        }
    )
    headers = signed_headers(
        host="dysmsapi.aliyuncs.com",
        action="SendSms",
        version="2017-05-25",
        query=query,
        key_id="LTAI",
        secret="SECRET",
        instant=datetime(2026, 11, 27, 7, tzinfo=UTC),
        nonce="abc",
    )
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=LTAI,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,"
        "Signature=600ed839696de18506d39ce81251cc84e99a967644746ae891cab11581b2d2ac"
    )
