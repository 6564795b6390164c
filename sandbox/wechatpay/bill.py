"""The daily trade bill: every value begins with a grave accent, two lines of sums stand below."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.wallet.store import Entry
from sandbox.wechatpay.keys import Merchant
from sandbox.wechatpay.orders import written

COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


def table(merchant: Merchant, movements: Sequence[tuple[Entry, str, float]]) -> bytes:
    """Return the bill with one line for each payment and refund, nothing for a day without any."""
    if not movements:
        return b""
    lines = [COLUMNS]
    for order, refund, moment in movements:
        made = order["refunds"].get(refund)
        row = dict.fromkeys(COLUMNS.split(","), "")
        amount = made["amount"] if made else order["total"]
        fee = amount * 6 // 1000
        row |= {
            "交易时间": written(moment),
            "公众账号ID": merchant.appid,
            "商户号": merchant.mchid,
            "特约商户号": "0",
            "微信订单号": order["transaction_id"],
            "商户订单号": order["out_trade_no"],
            "用户标识": order["openid"],
            "交易类型": order["trade_type"],
            "交易状态": "REFUND" if made else "SUCCESS",
            "付款银行": "OTHERS",
            "货币种类": order["currency"],
            "应结订单金额": "0.00" if made else _yuan(amount),
            "代金券金额": "0.00",
            "微信退款单号": made["refund_id"] if made else "0",
            "商户退款单号": refund or "0",
            "退款金额": _yuan(amount) if made else "0.00",
            "充值券退款金额": "0.00",
            "退款类型": "ORIGINAL" if made else "",
            "退款状态": made["status"] if made else "",
            "商品名称": order["description"].replace(",", " "),
            "手续费": _yuan(-fee if made else fee),
            "费率": "0.60%",
            "订单金额": "0.00" if made else _yuan(amount),
            "申请退款金额": _yuan(amount) if made else "0.00",
        }
        lines.append(",".join(f"`{value}" for value in row.values()))
    lines += [SUMS, ",".join(["`0.00"] * 7)]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()
