"""What happens to parcels, step by step. The last digit of a number says which journey it makes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One sighting, `hours` after the parcel was announced; each provider has its own words for `state`."""

    hours: float
    state: str
    zh: str
    en: str
    place: str = ""
    place_en: str = ""


_BEGIN = (
    Step(0.5, "picked_up", "【杭州市】快件已被揽收", "Picked up by the courier", "杭州市", "Hangzhou"),
    Step(6, "in_transit", "【杭州转运中心】快件已发出", "Left the sorting centre", "杭州市", "Hangzhou"),
)
_END = (
    Step(30, "in_transit", "快件到达【上海浦东分拨中心】", "Arrived at the destination facility", "上海市", "Shanghai"),
    Step(34, "out_for_delivery", "快件正在派送途中，请保持电话畅通", "Out for delivery", "上海市", "Shanghai"),
    Step(37, "delivered", "已签收，感谢使用", "Delivered, thank you", "上海市", "Shanghai"),
)
JOURNEYS: dict[str, tuple[Step, ...]] = {
    "normal": (*_BEGIN, *_END),
    "pickup": (
        *_BEGIN,
        *_END[:2],
        Step(36, "ready_for_pickup", "快件已到达驿站，请凭取件码领取", "Ready to be picked up", "上海市", "Shanghai"),
        Step(50, "delivered", "已取件签收", "Picked up by the recipient", "上海市", "Shanghai"),
    ),
    "customs": (
        *_BEGIN,
        Step(40, "customs", "到达口岸，清关中", "Held at customs", "上海口岸", "Shanghai port"),
        Step(70, "in_transit", "已放行，运往目的地", "Released from customs", "Frankfurt", "Frankfurt"),
        Step(90, "out_for_delivery", "正在派送", "Out for delivery", "Berlin", "Berlin"),
        Step(95, "delivered", "已签收", "Delivered", "Berlin", "Berlin"),
    ),
    "failed": (
        *_BEGIN,
        *_END[:2],
        Step(36, "delivery_failed", "派件不成功：收件人不在", "Nobody was at home", "上海市", "Shanghai"),
        Step(58, "out_for_delivery", "快件再次派送", "Out for delivery again", "上海市", "Shanghai"),
        Step(60, "delivered", "已签收", "Delivered", "上海市", "Shanghai"),
    ),
    "returned": (
        *_BEGIN,
        *_END[:2],
        Step(36, "exception", "收件人拒收，疑难件", "The recipient refused the parcel", "上海市", "Shanghai"),
        Step(40, "returning", "快件正在退回发件人", "On its way back to the sender", "上海市", "Shanghai"),
        Step(70, "returned", "退回件已签收", "Returned to the sender", "杭州市", "Hangzhou"),
    ),
    "lost": (*_BEGIN, Step(80, "exception", "快件丢失，疑难件", "The parcel is lost", "上海市", "Shanghai")),
    "silent": (),
    "corrected": (*_BEGIN, *_END),
}
_BY_DIGIT = {
    "1": "pickup",
    "2": "customs",
    "3": "failed",
    "4": "returned",
    "5": "lost",
    "6": "silent",
    "7": "corrected",
}


def journey_of(number: str) -> str:
    """Return the journey of a number: digit 0, 8, 9 or none is a normal one."""
    digits = [sign for sign in number if sign.isdigit()]
    return _BY_DIGIT.get(digits[-1], "normal") if digits else "normal"
