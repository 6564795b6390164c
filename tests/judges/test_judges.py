"""Each judge is there, in the version that we pinned, apart from the others."""

from __future__ import annotations

import re

import pytest

from tests.judges.asking import ask
from tools import judges

SDKS = {
    "alipay": "alipay-sdk-python",
    "aliyun": "alibabacloud-openapi-util",
    "alipay-other": "python-alipay-sdk",
    "antom": "global-open-sdk-python",
    "openai": "openai",
    "stripe": "stripe",
    "tencent": "tencentcloud-sdk-python-common",
    "twilio": "twilio",
    "wechatpay": "wechatpayv3",
}


@pytest.mark.parametrize("judge", judges.names())
def test_judge_is_the_one_that_was_pinned(judge: str) -> None:
    pinned = (judges.REQUIREMENTS / f"{judges.PREFIX}{judge}.txt").read_text()
    match = re.search(rf"^{SDKS[judge]}==(\S+)", pinned, re.MULTILINE)
    assert match
    assert ask(judge, "version", SDKS[judge]) == match[1]
