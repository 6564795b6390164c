"""Tencent Cloud's official SDK: signs a text for us, and sends a message of its own to the stand-in."""

import json
import sys

from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.common.sign import Sign

asked = json.load(sys.stdin)


def send(secret):
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=asked["host"]), language="en-US")
    client = CommonClient("sms", "2021-01-11", Credential(asked["key_id"], secret), "ap-guangzhou", profile)
    try:
        return client.call_json("SendSms", asked["message"])["Response"]
    except TencentCloudSDKException as error:
        return {"error": error.code}


print(
    json.dumps(
        {
            "signature": Sign.sign_tc3(asked["secret"], asked["day"], "sms", asked["to_sign"]),
            "right": send(asked["secret"]),
            "wrong": send("another"),
        }
    )
)
