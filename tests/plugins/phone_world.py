"""The practice phones on a loopback port, and a shop's mailbox beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from sandbox.kit.store import Store
from sandbox.kit.wsgi import serve
from sandbox.phones import Account, Phones
from tests.plugins.card_page import PATIENCE_SECONDS, Mailbox

KEY_ID, SECRET, APP_ID, SENDER = "LTAI-practice", "the key both know", "1400006666", "+15005550006"
TEMPLATES = {
    "SMS_1": ("验证码 ${code}，${minutes} 分钟内有效。", True),
    "SMS_2": ("您的订单 ${number} 已发货。", True),
    "SMS_9": ("等待审核 ${code}", False),
    "1001": ("验证码 {1}，{2} 分钟内有效。", True),
    "1002": ("您的订单 {1} 已发货。", True),
    "1009": ("等待审核 {1}", False),
}


class PhoneWorld:
    """Each service with one account; nothing is reported before a test asks for it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.mailbox = Mailbox()
        self.push_url = ""
        chinese = {"key_id": KEY_ID, "secret": SECRET, "signs": ("独立茶铺",), "templates": TEMPLATES}
        self.phones = Phones(
            {
                "aliyun": Account(**chinese, push_url=lambda: self.push_url),  # type: ignore[arg-type]
                "tencent": Account(**chinese, app_id=APP_ID, push_url=lambda: self.push_url),  # type: ignore[arg-type]
                "twilio": Account("ACpractice", SECRET, signs=(SENDER,), push_url=lambda: self.push_url),
            },
            Store(":memory:", clock),
            reports=False,
        )
        self.server = serve(lambda url: self.phones)
        self.url = self.server.url
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def shut_down(self) -> None:
        for server in (self.server, self.mailbox.server):
            server.shutdown()
            server.server_close()

    def sent(self) -> list[dict[str, object]]:
        """Return the messages that the services took, newest first."""
        return self.phones.world.messages()

    def pushes(self, count: int) -> list[tuple[bytes, Mapping[str, str]]]:
        """Return what was sent to the shop, in order, waiting for `count` of them."""
        return [self.mailbox.received.get(timeout=PATIENCE_SECONDS) for _ in range(count)]


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
