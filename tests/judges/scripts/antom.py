"""The official `global-open-sdk-python`: verifies what each side signs, and signs for both."""

import json
import sys

from com.alipay.ams.api.tools.signature_tool import sign, verify
from com.alipay.ams.api.tools.webhook_tool import check_signature

asked = json.load(sys.stdin)


def holds(check, signed, key):
    try:
        names = ("path", "client_id", "time", "body", "signature")
        return bool(check("POST", *[signed[name] for name in names], key))
    except Exception:
        return False


fresh = asked["fresh"]
values = [fresh[name] for name in ("path", "client_id", "time", "body")]
print(
    json.dumps(
        {
            "requests": [holds(verify, signed, asked["merchant_public_key"]) for signed in asked["requests"]],
            "messages": [holds(check_signature, signed, asked["antom_public_key"]) for signed in asked["messages"]],
            "by_merchant": sign("POST", *values, asked["merchant_private_key"]),
            "by_antom": sign("POST", *values, asked["antom_private_key"]),
        }
    )
)
