"""Alibaba Cloud's official signing library: signs the same call as the plugin."""

import json
import sys

from alibabacloud_openapi_util.client import Client
from Tea.request import TeaRequest

asked = json.load(sys.stdin)
request = TeaRequest()
request.method, request.pathname = "POST", "/"
request.query, request.headers = asked["query"], asked["headers"]
payload = asked["headers"]["x-acs-content-sha256"]
print(json.dumps(Client.get_authorization(request, "ACS3-HMAC-SHA256", payload, asked["key_id"], asked["secret"])))
