from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from duli.platform.sms.types import Outcome
from duli.plugins.sms_tencent.signature import authorization
from tests.plugins.phone_world import APP_ID, KEY_ID, SECRET
from tests.plugins.sms_conformance import ApprovedWordsConformance

pytestmark = pytest.mark.one_database


class TestTencent(ApprovedWordsConformance):
    code = "tencent"
    values: Mapping[str, str] = {"key_id": KEY_ID, "key_secret": SECRET, "app_id": APP_ID, "sign": "独立茶铺"}
    wrong: Mapping[str, str] = {"key_secret": "another"}
    template = "1001"
    unapproved = "1009"

    def after_lost_answer(self, outcome: Outcome) -> None:
        # It lists only what has a receipt: nobody can tell, so that it is not sent again.
        assert (outcome.state, outcome.reason) == ("undelivered", "unclear")

    def after_nothing_taken(self) -> None:
        self.after_lost_answer(self.send(end="0007"))


def test_signs_as_the_vendors_own_library_does() -> None:
    # tencentcloud-sdk-python-common 3.1.195, Sign.sign_tc3, of the same request.
    body = (
        '{"PhoneNumberSet":["+8613800131234"],"SmsSdkAppId":"1400006666","SignName":"独立茶铺","TemplateId":"1001",'
        '"TemplateParamSet":["481516","15"],"SessionContext":"k"}'
    )
    header = authorization(
        host="sms.tencentcloudapi.com",
        body=body.encode(),
        key_id="AKID",
        secret="SECRET",
        instant=datetime.fromtimestamp(1795763600, UTC),
    )
    assert header == (
        "TC3-HMAC-SHA256 Credential=AKID/2026-11-27/sms/tc3_request, SignedHeaders=content-type;host, "
        "Signature=765ca3cf3ad7bbf317fc39f28ff6cada839a25f0fce8c931d530fd0c45fff983"
    )
