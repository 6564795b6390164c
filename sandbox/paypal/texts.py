"""What the page says, in English and Chinese."""

from __future__ import annotations

TEXTS = {
    "en": {
        "brand": "PayPal (practice)",
        "mode": "Practice mode",
        "title": "Pay with PayPal",
        "to_pay": "To pay",
        "practice": "This is a practice page. No real money moves.",
        "back": "Cancel and return to the shop",
        "": "Pay now",
        "instrument_declined": "Pay with a card that is declined when the shop takes the money",
        "declined": "Pay with a payment that is refused in the end",
        "pending": "Pay with a payment that is checked first",
        "refund_slow": "Pay; a refund will take time",
        "missing": "This payment does not exist or has lapsed.",
    },
    "zh": {
        "brand": "PayPal（练习）",
        "mode": "练习模式",
        "title": "用 PayPal 付款",
        "to_pay": "应付金额",
        "practice": "这是练习页面，不会产生真实扣款。",
        "back": "取消并返回店铺",
        "": "立即付款",
        "instrument_declined": "用一张在扣款时被拒绝的卡付款",
        "declined": "付款最终被拒绝",
        "pending": "付款需要先审核",
        "refund_slow": "付款成功，退款需要时间",
        "missing": "这笔付款不存在或已失效。",
    },
}
