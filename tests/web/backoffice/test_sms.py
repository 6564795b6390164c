"""Setting up text messages, and reading what became of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from duli.base import clock
from duli.platform.accounts.models import User
from duli.platform.jobs.worker import drain
from duli.platform.mail.models import Mail
from duli.platform.mail.suggest import suggested
from duli.platform.sms.models import SmsAccount, SmsRules, SmsTemplate
from duli.platform.sms.services import save_rules, stop
from duli.platform.store.changes import reset_caches
from tests.plugins.phone_world import KEY_ID, SECRET, PhoneWorld

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def url(name: str, *keys: Any) -> str:
    return reverse(f"backoffice:{name}", args=keys)


FORM = {"enabled": "on", "position": "0", "countries": "CN", "key_id": KEY_ID, "key_secret": SECRET, "sign": "独立茶铺"}


@pytest.fixture
def world(settings: Any) -> Iterator[PhoneWorld]:
    world = PhoneWorld(lambda: clock.now().timestamp())
    yield world
    world.shut_down()


def test_a_service_is_set_up_tested_and_sends(owner: Client, viewer: Client, world: PhoneWorld) -> None:
    here = url("settings_sms_account", "aliyun")
    form = {**FORM, "base_url": f"{world.url}/aliyun"}
    assert viewer.post(here, form).status_code == 403
    assert owner.post(here, {**form, "key_secret": ""}).status_code == 422
    assert owner.post(here, {**form, "countries": "Atlantis"}).status_code == 422
    assert owner.post(here, form).status_code == 302
    assert SECRET not in str(SmsAccount.objects.get().settings)
    page = owner.get(here).content.decode()
    assert SECRET not in page
    assert f"/hooks/sms/aliyun/{SmsAccount.objects.get().secret}" in page
    told = owner.post(url("settings_sms_check", "aliyun"), headers={"HX-Request": "true"}).content.decode()
    assert "The connection works." in told

    # No template, no way; then one that is written wrongly, and one that works.
    there = url("settings_sms_template", "aliyun", "order_shipped", "en")
    assert "${order_number}" in owner.get(there).content.decode()
    template = {"template": "SMS_2", "sign": "", "parameters": "number = {{ order.number }}"}
    for wrong in ("{{ order.number }}", "number = {{ order.number", "a b = 1"):
        assert owner.post(there, {**template, "parameters": wrong}).status_code == 422
    assert owner.post(there, template).status_code == 302
    assert SmsTemplate.objects.get().parameters == [["number", "{{ order.number }}"]]
    reset_caches()
    test = url("settings_sms_test", "aliyun")
    assert owner.post(test, {"to": "138 0013 1234", "kind": "order_shipped"}).status_code == 422
    assert owner.post(test, {"to": "+86 138 0013 1234", "kind": "order_shipped"}).status_code == 302
    drain()
    mail = Mail.objects.get()
    assert (mail.state, mail.to) == ("sent", "+8613800131234")
    assert world.sent()[0]["text"] == "【独立茶铺】您的订单 D10024 已发货。"
    assert "Alibaba Cloud SMS" in owner.get(url("mail", mail.pk)).content.decode()


def test_limits_are_set_and_who_wants_no_more_is_counted(owner: Client, viewer: Client) -> None:
    form = {"countries": "CN, GB", "per_day": "50", "per_country": "20"}
    assert viewer.post(url("settings_sms_limits"), form).status_code == 403
    assert owner.post(url("settings_sms_limits"), {**form, "per_day": "0"}).status_code == 422
    assert owner.post(url("settings_sms_limits"), form).status_code == 302
    assert SmsRules.objects.get().countries == ["CN", "GB"]
    stop(number="+8613800138000", provider="aliyun")
    reset_caches()
    page = owner.get(url("settings_sms")).content.decode()
    assert "+86…8000" in page
    assert "0 of 50" in page


def test_unknown_services_messages_and_languages(owner: Client) -> None:
    assert owner.get(url("settings_sms_account", "nobody")).status_code == 404
    # Twilio sends any words, and Alibaba Cloud is not set up yet.
    for code, kind, language in (("twilio", "verify", "en"), ("aliyun", "verify", "en"), ("aliyun", "nothing", "en")):
        assert owner.get(url("settings_sms_template", code, kind, language)).status_code == 404


@pytest.mark.parametrize(
    ("body", "style", "words", "names"),
    [
        (
            "【{{ shop.name }}】验证码 {{ code }}，{{ minutes }} 分钟内有效。",
            "named",
            "验证码 ${code}，${minutes} 分钟内有效。",
            ["code", "minutes"],
        ),
        (
            "{{ shop.name }}: order {{ order.number }}{% if x %}, {{ order.number }}{% endif %}. {{ order.url }}",
            "placed",
            "order {1}, {1}.",
            ["order_number"],
        ),
    ],
)
def test_words_to_hand_in(body: str, style: Any, words: str, names: list[str]) -> None:
    assert suggested(body, style) == (words, tuple((name, f"{{{{ {name.replace('_', '.')} }}}}") for name in names))


def test_countries_stand_beside_each_other_as_the_language_writes_them(owner: Client) -> None:
    save_rules(countries=["DE", "FR"], per_day=1000, per_country=500, actor="user:1")
    reset_caches()
    assert "France, Germany" in owner.get(url("settings_sms")).content.decode()
    User.objects.update(language="zh-hans")
    assert "德国、法国" in owner.get(url("settings_sms")).content.decode()
