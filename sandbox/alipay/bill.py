"""The daily bill as Alipay makes it: a ZIP of two GBK tables between lines of comment."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from decimal import Decimal

from sandbox.alipay.trades import written
from sandbox.wallet.store import Entry

COLUMNS = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间",
    "完成时间", "门店编号", "门店名称", "操作员", "终端号",
    "对方账户", "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）",
    "支付宝优惠（元）", "商家优惠（元）", "券核销金额（元）", "券名称", "商家红包消费金额（元）",
    "卡消费金额（元）", "退款批次号/请求号", "服务费（元）", "分润（元）", "备注",
)  # fmt: skip
FEE = Decimal("0.006")


def archive(day: str, seller_id: str, movements: Iterable[tuple[Entry, str, Decimal, float]]) -> bytes:
    """Return the bill of `day` (YYYY-MM-DD) with one line for each payment and refund."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    count = 0
    for trade, refund, amount, moment in movements:
        count += 1
        fee = -(amount * FEE).quantize(Decimal("0.01"))
        row = dict.fromkeys(COLUMNS, "")
        row |= {name: "0.00" for name in COLUMNS if name.endswith("（元）")}
        row |= {
            "支付宝交易号": f"{trade['trade_no']}\t",
            "商户订单号": f"{trade['out_trade_no']}\t",
            "业务类型": "退款" if refund else "交易",
            "商品名称": trade["subject"],
            "创建时间": written(trade["created_at"]),
            "完成时间": written(moment),
            "对方账户": "*习(159****0000)",
            "订单金额（元）": f"{amount:.2f}",
            "商家实收（元）": f"{amount:.2f}",
            "退款批次号/请求号": f"{refund}\t" if refund else "",
            "服务费（元）": f"{fee:.2f}",
        }
        writer.writerow(row[name] for name in COLUMNS)
    details = (
        f"#支付宝业务明细查询\r\n#账号：[{seller_id}0156]\r\n"
        f"#起始日期：[{day} 00:00:00]   终止日期：[{day} 23:59:59]\r\n"
        "#-----------------------------------------业务明细列表----------------------------------------\r\n"
        f"{','.join(COLUMNS)}\r\n{table.getvalue()}"
        "#-----------------------------------------业务明细列表结束------------------------------------\r\n"
        f"#合计：{count}笔\r\n#导出时间：[{day} 23:59:59]\r\n"
    )
    summary = "#支付宝业务汇总查询\r\n#导出时间\r\n"
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        stem = f"{seller_id}0156_{day.replace('-', '')}"
        packed.writestr(f"{stem}_业务明细.csv", details.encode("gbk"))
        packed.writestr(f"{stem}_业务明细(汇总).csv", summary.encode("gbk"))
    return whole.getvalue()
