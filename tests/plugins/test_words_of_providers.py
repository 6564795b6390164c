"""Words that a provider changed are taught in its settings, without a release."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from duli.base.errors import InvalidInput
from duli.base.setup_fields import SettingField, cleaned, pairs_of
from duli.commerce.payments.configuration import reply_of
from duli.commerce.payments.gateway import UnreadableBill
from duli.commerce.payments.services import save_gateway
from duli.commerce.shipping.carrier import CarrierConfig
from duli.platform.sms.channel import ChannelConfig
from duli.platform.store.changes import reset_caches
from duli.plugins.carrier_aftership.provider import _report as read_aftership
from duli.plugins.carrier_easypost.protocol import report_of as read_easypost
from duli.plugins.carrier_kuaidi100.provider import _report as read_kuaidi100
from duli.plugins.carrier_kuaidi100.provider import kuaidi100
from duli.plugins.carrier_seventeentrack.provider import _report as read_17track
from duli.plugins.payment_alipay.bill import read_bill as read_alipay
from duli.plugins.payment_antom import bill as antom
from duli.plugins.sms_tencent.channel import _refused

FIELD = SettingField("reasons", "Codes", "pairs", meanings=("busy", "keys"))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        ("E1 = busy", {"E1": "busy"}),
        (" E1=busy ，E2 = keys;\nE3=busy, ", {"E1": "busy", "E2": "keys", "E3": "busy"}),
        ("E1", None),
        ("E1 =", None),
        ("= busy", None),
        ("E1 = tired", None),
        ("E1 = busy = keys", None),
        ("E = busy," * 1000, None),
    ],
)
def test_pairs_are_read_and_refused_where_they_mean_nothing(text: str, pairs: dict[str, str] | None) -> None:
    if pairs is None:
        with pytest.raises(InvalidInput):
            cleaned(FIELD, text, longest=1000)
    else:
        assert pairs_of(cleaned(FIELD, text, longest=1000)) == pairs


def test_codes_of_text_messages() -> None:
    code = "FailedOperation.ForbidAddMarketingTemplates"
    assert _refused(code, "", ChannelConfig("tencent")).reason == "other"
    assert _refused(code, "", ChannelConfig("tencent", {"reasons": f"{code} = template"})).reason == "template"


def test_states_and_carriers_of_tracking_services() -> None:
    row = {"ftime": "2026-11-20 10:00:00", "context": "清关", "status": "", "statusCode": "999"}
    result = {"state": "0", "com": "disifangsudi", "nu": "4PX1", "data": [row]}
    told = read_kuaidi100(result, CarrierConfig("kuaidi100"))
    assert (told.sightings[0].state, told.carrier) == ("in_transit", "")
    taught = CarrierConfig("kuaidi100", {"states": "999 = customs", "companies": "disifangsudi = fourpx"})
    told = read_kuaidi100(result, taught)
    assert (told.sightings[0].state, told.carrier) == ("customs", "fourpx")
    assert kuaidi100.follows("fourpx", taught)
    data: dict[str, Any] = {
        "slug": "4px-express", "tag": "InTransit",
        "checkpoints": [{"checkpoint_time": "2026-11-20T10:00:00", "tag": "InTransit", "subtag": "InTransit_099"}],
    }  # fmt: skip
    assert read_aftership(data, CarrierConfig("aftership")).sightings[0].state == "in_transit"
    told = read_aftership(
        data, CarrierConfig("aftership", {"states": "InTransit_099 = customs", "couriers": "4px-express = fourpx"})
    )
    assert (told.sightings[0].state, told.carrier) == ("customs", "fourpx")


def test_finer_states_of_17track_and_easypost() -> None:
    event = {"time_iso": "2026-11-20T10:00:00Z", "stage": "InTransit", "sub_status": "InTransit_Cleared"}
    data: dict[str, Any] = {
        "number": "X1",
        "track_info": {"tracking": {"providers": [{"events": [event]}]}, "latest_status": {"status": "InTransit"}},
    }
    assert read_17track(data, CarrierConfig("17track")).sightings[0].state == "in_transit"
    told = read_17track(data, CarrierConfig("17track", {"states": "InTransit_Cleared = customs"}))
    assert told.sightings[0].state == "customs"
    news = {"datetime": "2026-11-20T10:00:00Z", "status": "in_transit", "status_detail": "at_border"}
    tracker = {"id": "trk_1", "status": "held", "tracking_details": [news]}
    assert read_easypost(tracker, {}).sightings[0].state == "in_transit"
    assert read_easypost(tracker, {"in_transit/at_border": "customs"}).sightings[0].state == "customs"
    alone = {"id": "trk_1", "status": "held"}
    assert (read_easypost(alone, {}).said, read_easypost(alone, {"held": "exception"}).said) == ("", "exception")


def test_columns_of_bills() -> None:
    headings = "Transaction ID,transactionType,transactionRequestId,transactionTime,transactionAmountValue"
    line = "T1,PAYMENT,a1,2026-11-20T10:00:00+08:00,12.90,USD"
    report = f"{headings},transactionCurrency\n{line}\n<END>\n".encode()
    with pytest.raises(UnreadableBill):
        antom.read_bill(report, {})
    _day, [read] = antom.read_bill(report, {"Transaction ID": "transactionId"})
    assert (read.transaction_id, read.amount.minor) == ("T1", 1290)
    headings = "交易号,商户订单号,业务类型,订单金额（元）,退款批次号/请求号,服务费（元）"
    table = f"#支付宝业务明细查询\n{headings}\n2026,a1,交易,12.90,,-0.08\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("bill.csv", table.encode("gbk"))
    [read] = read_alipay(packed.getvalue(), {"交易号": "支付宝交易号"})
    assert (read.transaction_id, read.amount.minor, read.fee and read.fee.minor) == ("2026", 1290, 8)


@pytest.mark.django_db
def test_the_answer_to_messages() -> None:
    assert '"SUCCESS"' in reply_of("antom").body
    save_gateway(code="antom", enabled=False, values={"reply": '{"result":"ok"}'}, actor="user:1")
    reset_caches()
    assert reply_of("antom").body == '{"result":"ok"}'
