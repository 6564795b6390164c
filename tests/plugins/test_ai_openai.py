"""What is asked of services with OpenAI's interface, and how their answers and refusals are read."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest
from django.utils import translation
from pytest_django import Settings

from duli.base.setup_fields import cleaned
from duli.platform.language_models.provider import (
    ModelConfig,
    ModelRefused,
    ModelUnavailable,
    Picture,
    Question,
    providers,
)
from duli.plugins.ai_openai import client, setup
from duli.plugins.ai_openai.provider import openai
from sandbox.kit.wsgi import Answer, answer_json
from sandbox.language_model import EYES, WRITER
from tests.plugins import stand_ins
from tests.plugins.language_models import KEY, PIXEL, Service, answers, config, serve

ALT = json.dumps({"task": "describe", "language": "en", "fields": ["en"], "facts": {"title": "Grey fabric sofa"}})


def ask(asked: ModelConfig, text: str = "Hello", **changes: Any) -> Any:
    return openai.ask(Question("Answer shortly.", text, **changes), asked)


def completion(message: Any, *, end: str = "stop", **more: Any) -> Answer:
    return answer_json(200, {"choices": [{"message": message, "finish_reason": end}], **more})


@pytest.fixture
def service() -> tuple[str, Service]:
    return serve()


def test_it_is_registered_and_describes_itself() -> None:
    assert providers.get("openai") is openai
    about = openai.description
    names = [entry.name for entry in about.fields]
    assert names == ["service", "base_url", "key", "model", "vision_model", "limit_name", "timeout", "reasons"]
    assert [entry.name for entry in about.fields if entry.kind == "secret"] == ["key"]
    assert [entry.name for entry in about.fields if entry.required] == ["model"]
    for entry in about.fields:
        assert cleaned(entry, entry.default, longest=200) == entry.default
    address = about.fields[1]
    assert address.is_needed({"service": "other"})
    assert not address.is_needed({"service": "openai"})
    # Every service that can be chosen has an address, but for the one that the merchant names.
    assert {name for name, _ in about.fields[0].choices} == {*setup.ADDRESSES, "other"}
    with translation.override("zh-hans"):
        texts = [about.name, about.description, *about.steps, *(entry.label for entry in about.fields)]
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in str(text)) for text in texts)


def test_asks_and_reads(service: tuple[str, Service]) -> None:
    url, stand_in = service
    reply = ask(config(url), most_tokens=77)
    assert reply.text == "Practice model: I can only answer questions about goods."
    assert (reply.model, reply.is_cut) == (WRITER, False)
    assert reply.input_tokens > 0
    assert reply.output_tokens > 0
    [(request, body)] = stand_in.asked
    assert request.header("authorization") == f"Bearer {KEY}"
    # Nothing else is sent: many services refuse what they do not know.
    assert body == {
        "model": WRITER,
        "messages": [
            {"role": "system", "content": "Answer shortly."},
            {"role": "user", "content": "Hello"},
        ],
        "max_tokens": 77,
    }


def test_instructions_may_be_missing(service: tuple[str, Service]) -> None:
    url, stand_in = service
    openai.ask(Question("", "你好"), config(url))
    assert [message["role"] for message in stand_in.asked[0][1]["messages"]] == ["user"]


def test_pictures_go_to_the_model_that_sees(service: tuple[str, Service]) -> None:
    url, stand_in = service
    pictures = (Picture(PIXEL, "image/png"), Picture(b"\xff\xd8\xff\xe0", "image/jpeg"))
    reply = ask(config(url), ALT, pictures=pictures)
    assert json.loads(reply.text) == {"en": "Grey fabric sofa, by itself in the picture"}
    assert reply.model == EYES
    parts = stand_in.asked[0][1]["messages"][1]["content"]
    assert [part["type"] for part in parts] == ["text", "image_url", "image_url"]
    head, data = parts[1]["image_url"]["url"].split(",")
    assert (head, base64.b64decode(data)) == ("data:image/png;base64", PIXEL)
    # A model that cannot see says so, and that is what is wrong with the settings.
    with pytest.raises(ModelRefused) as caught:
        ask(config(url, vision_model=""), ALT, pictures=pictures)
    assert caught.value.reason == "model"
    assert "image_url" in caught.value.detail


@pytest.mark.parametrize(
    ("practice", "reason", "answer", "detail"),
    [
        ("400", "other", "400", "The request cannot be understood."),
        ("402", "balance", "invalid_request_error", "Insufficient Balance"),
        ("403", "keys", "unsupported_country_region_territory", "Country, region, or territory not supported"),
        ("413", "too_long", "413", "Request too large."),
        ("429", "busy", "rate_limit_exceeded", "Rate limit reached"),
        ("quota", "balance", "insufficient_quota", "You exceeded your current quota"),
        ("too long", "too_long", "context_length_exceeded", "maximum context length is 8192"),
        ("inspection", "content", "data_inspection_failed", "inappropriate content"),
        ("content filter", "content", "content_filter", "content_filter"),
        ("refusal", "content", "stop", "I'm sorry"),
    ],
)
def test_refusals_in_one_vocabulary(
    service: tuple[str, Service], practice: str, reason: str, answer: str, detail: str
) -> None:
    url, stand_in = service
    with pytest.raises(ModelRefused) as caught:
        ask(config(url), f"practice: {practice}")
    assert (caught.value.reason, caught.value.answer) == (reason, answer)
    assert detail in caught.value.detail
    # Whoever asked is waiting, and may ask again: nothing is tried twice.
    assert len(stand_in.asked) == 1


@pytest.mark.parametrize("practice", ["500", "503", "not json", "no choices", "huge"])
def test_no_answer(service: tuple[str, Service], practice: str) -> None:
    url, stand_in = service
    with pytest.raises(ModelUnavailable):
        ask(config(url), f"practice: {practice}")
    assert len(stand_in.asked) == 1


def test_unusual_answers(service: tuple[str, Service]) -> None:
    url, _ = service
    asked = config(url)
    plain = ask(asked).text
    assert ask(asked, "practice: parts").text == plain
    assert ask(asked, "practice: thinking").text == plain
    assert ask(asked, "practice: thinking aloud").text == plain
    assert ask(asked, "practice: fenced").text == f"```json\n{plain}\n```"
    empty = ask(asked, "practice: null content")
    assert (empty.text, empty.is_cut) == ("", False)
    assert empty.output_tokens > 0
    cut = ask(asked, "practice: cut")
    assert cut.is_cut
    assert plain.startswith(cut.text)
    limited = ask(asked, most_tokens=3)
    assert (limited.is_cut, limited.output_tokens) == (True, 3)


def test_wrong_key_and_wrong_model(service: tuple[str, Service]) -> None:
    url, _ = service
    with pytest.raises(ModelRefused) as caught:
        ask(config(url, key="sk-another"))
    assert (caught.value.reason, caught.value.answer) == ("keys", "invalid_api_key")
    with pytest.raises(ModelRefused) as caught:
        ask(config(url, key=""))
    assert caught.value.reason == "keys"
    with pytest.raises(ModelRefused) as caught:
        ask(config(url, model="deepseek-chat"))
    assert (caught.value.reason, caught.value.answer) == ("model", "model_not_found")
    assert "deepseek-chat" in caught.value.detail


def test_a_key_that_cannot_be_one_is_not_sent(service: tuple[str, Service]) -> None:
    url, stand_in = service
    for key in ("钥匙", "sk-1\nX-Other: 1"):
        with pytest.raises(ModelRefused) as caught:
            ask(config(url, key=key))
        assert caught.value.reason == "keys"
        assert key not in str(caught.value)
    assert stand_in.asked == []


def test_without_a_key_no_authorization_is_sent() -> None:
    url, made = answers(completion({"content": "Hi"}))
    assert ask(config(url, key="")).text == "Hi"
    assert made.requests[0].header("authorization") == ""


def test_check(service: tuple[str, Service]) -> None:
    url, stand_in = service
    assert openai.check(config(url)) == f"{WRITER}, {EYES}"
    assert [body["model"] for _, body in stand_in.asked] == [WRITER, EYES]
    assert openai.check(config(url, vision_model="")) == WRITER
    for changes in ({"key": "sk-no"}, {"model": "nothing"}, {"vision_model": "nothing"}):
        with pytest.raises(ModelRefused):
            openai.check(config(url, **changes))
    with pytest.raises(ModelUnavailable):
        openai.check(config(stand_ins.NOBODY))


@pytest.mark.parametrize(
    ("status", "body", "reason", "answer"),
    [
        # As services write it: SiliconFlow, vLLM before it changed, Zhipu, Model Studio, Volcengine Ark, Ollama, a
        # word of JSON, a page of some server in between.
        (400, {"code": 20012, "message": "Model does not exist. Please check it.", "data": None}, "model", "20012"),
        (404, {"object": "error", "message": "The model `x` does not exist.", "code": 404}, "model", "404"),
        (429, {"error": {"code": "1113", "message": "您的账户已欠费，请充值后重试"}}, "balance", "1113"),
        (400, {"error": {"code": "1261", "message": "Prompt 超长"}}, "too_long", "1261"),
        (429, {"error": {"code": "1305", "message": "该模型当前访问量过大"}}, "busy", "1305"),
        (400, {"error": {"code": "Arrearage", "message": "Access denied.", "type": "Arrearage"}}, "balance", None),
        (400, {"error": {"code": "invalid_parameter_error", "message": "Range of input length"}}, "too_long", None),
        (403, {"error": {"code": "AccountOverdueError", "message": "overdue", "type": "Forbidden"}}, "balance", None),
        (404, {"error": {"code": "InvalidEndpointOrModel.NotFound", "message": "no"}}, "model", None),
        (400, {"error": {"message": "Content Exists Risk", "type": "invalid_request_error"}}, "content", "400"),
        (422, {"detail": "something is missing"}, "other", "422"),
        (400, {"error": "invalid model name"}, "other", "400"),
        (401, "Invalid token", "keys", "401"),
        (403, None, "keys", "403"),
        (413, None, "too_long", "413"),
        (429, None, "busy", "429"),
        (200, {"error": {"message": "Insufficient Balance", "code": 402}}, "balance", "402"),
    ],
)  # fmt: skip
def test_errors_of_many_services(status: int, body: Any, reason: str, answer: str | None) -> None:
    given = Answer(status, b"<html>no", "text/html") if body is None else answer_json(status, body)
    url, made = answers(given)
    with pytest.raises(ModelRefused) as caught:
        ask(config(url))
    assert caught.value.reason == reason
    assert caught.value.answer == (answer or body["error"]["code"])
    assert len(made.requests) == 1


def test_codes_that_a_service_has_changed(service: tuple[str, Service]) -> None:
    url, _ = service
    told = config(url, reasons="rate_limit_exceeded = balance, 413 = busy")
    assert cleaned(openai.description.fields[-1], told.text("reasons"), longest=200)
    for practice, reason in (("429", "balance"), ("413", "busy"), ("402", "balance"), ("too long", "too_long")):
        with pytest.raises(ModelRefused) as caught:
            ask(told, f"practice: {practice}")
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b""),
        Answer(200, b"[]"),
        Answer(200, b"[" * 100_000),
        Answer(200, b"\xff\xfe{}"),
        Answer(200, b"null"),
        answer_json(200, {}),
        answer_json(200, {"choices": {}}),
        answer_json(200, {"choices": ["Hi"]}),
        answer_json(200, {"choices": [{"message": "Hi"}]}),
        completion(None),
        completion({"content": "half"}, end="insufficient_system_resource"),
        answer_json(302, {"choices": [{"message": {"content": "Hi"}}]}, [("Location", "/elsewhere")]),
        Answer(400, b"<html>no"),
        answer_json(502, {"choices": []}),
    ],
)
def test_answers_that_are_none(answer: Answer) -> None:
    url, made = answers(answer)
    with pytest.raises(ModelUnavailable):
        ask(config(url))
    assert len(made.requests) == 1


def test_odd_answers_are_read_as_far_as_they_go() -> None:
    def read(message: Any, **more: Any) -> Any:
        return ask(config(answers(completion(message, **more))[0]))

    odd = read({"content": " Hi \n"}, model=7, usage={"prompt_tokens": "9", "completion_tokens": -1})
    assert (odd.text, odd.model, odd.input_tokens, odd.output_tokens) == ("Hi", "", 0, 0)
    assert read({"content": [{"text": "a"}, "x", {"type": "text", "text": "b"}, {"type": "image"}]}).text == "ab"
    assert read({"content": 7}).text == ""
    assert read({}, usage=None).text == ""
    assert read({"content": "<think>too long to"}, end="length").text == ""
    # Only at the beginning: what is written may be about anything.
    assert read({"content": "a <think>b</think>"}).text == "a <think>b</think>"
    # Blank lines while the model thinks.
    body = b"\n\n\n" + json.dumps({"choices": [{"message": {"content": "Hi"}}]}).encode()
    assert ask(config(answers(Answer(200, body, "application/json"))[0])).text == "Hi"


def test_a_model_that_is_slower_than_the_merchant_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps the connection alive with blank lines, so that each read is in time: what counts is the whole."""
    moments = iter([0.0])

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return next(moments, 45.1)

    monkeypatch.setattr(client, "time", Clock)
    url, _ = answers(completion({"content": "Hi"}))
    with pytest.raises(ModelUnavailable):
        ask(config(url))
    moments = iter([0.0])
    assert ask(config(url, timeout="46")).text == "Hi"


def test_the_key_is_shown_to_nobody(caplog: pytest.LogCaptureFixture, service: tuple[str, Service]) -> None:
    caplog.set_level(logging.DEBUG)
    error = {"error": {"message": f"Incorrect key {KEY} given", "code": KEY}}
    url, _ = answers(answer_json(401, error))
    with pytest.raises(ModelRefused) as caught:
        ask(config(url))
    assert KEY not in f"{caught.value!r} {caught.value} {caught.value.params} {caught.value.__cause__}"
    assert caught.value.detail == "Incorrect key … given"
    for broken in (config(stand_ins.NOBODY), config("ftp://x"), config("http://[x"), config("http://\x00"), config("")):
        with pytest.raises(ModelUnavailable) as failed:
            ask(broken)
        assert failed.value.__suppress_context__
    url, _ = serve()
    ask(config(url))
    assert KEY not in caplog.text


def test_long_words_of_theirs_are_shortened() -> None:
    url, _ = answers(answer_json(400, {"error": {"message": "no " * 10_000, "code": "c" * 500}}))
    with pytest.raises(ModelRefused) as caught:
        ask(config(url))
    assert len(caught.value.detail) <= 250
    assert len(caught.value.answer) <= 60


def test_addresses(settings: Settings) -> None:
    def address(**values: str) -> str:
        return setup.address_of(ModelConfig("openai", values))

    settings.PUBLIC_URL = "http://shop.example"
    assert address() == "https://api.deepseek.com/chat/completions"
    assert address(service="openai") == "https://api.openai.com/v1/chat/completions"
    assert (
        address(service="openai", base_url="https://proxy.example/v1/") == "https://proxy.example/v1/chat/completions"
    )
    copied = "https://proxy.example/v1/chat/completions"
    assert address(service="other", base_url=copied) == copied
    assert address(service="other", base_url="/sandbox-language-model/v1").startswith("http://shop.example/sandbox-")


def test_name_of_the_limit_and_patience(service: tuple[str, Service]) -> None:
    def config_of(**values: str) -> ModelConfig:
        return ModelConfig("openai", values)

    assert setup.limit_name(config_of(service="openai")) == "max_completion_tokens"
    assert setup.limit_name(config_of(service="openai", limit_name="max_tokens")) == "max_tokens"
    assert setup.limit_name(config_of(service="openai", base_url="https://proxy.example")) == "max_tokens"
    assert setup.limit_name(config_of(service="zhipu")) == "max_tokens"
    url, stand_in = service
    assert ask(config(url, limit_name="max_completion_tokens"), most_tokens=5).is_cut
    assert stand_in.asked[0][1]["max_completion_tokens"] == 5
    for given, seconds in (
        ("", 45),
        ("30", 30),
        ("7.5", 7.5),
        ("900", 120),
        ("0", 1),
        ("-3", 1),
        ("x", 45),
        ("nan", 45),
    ):
        assert setup.patience(config_of(timeout=given)) == seconds
