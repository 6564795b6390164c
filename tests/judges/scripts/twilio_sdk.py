"""Twilio's official SDK: validates what the stand-in signs, and signs for us."""

import json
import sys

from twilio.request_validator import RequestValidator

asked = json.load(sys.stdin)
validator = RequestValidator(asked["token"])
print(
    json.dumps(
        {
            "valid": [
                bool(validator.validate(entry["url"], dict(entry["fields"]), entry["signature"]))
                for entry in asked["messages"]
            ],
            "signature": validator.compute_signature(asked["fresh"]["url"], dict(asked["fresh"]["fields"])),
        }
    )
)
