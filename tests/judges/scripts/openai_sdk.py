"""`openai`: asks the stand-in what our plugin asked it, also streamed, and says how it names each refusal."""

import json
import sys

import httpx2
import openai

asked = json.load(sys.stdin)
PIECE = 7


class Cut(httpx2.SyncByteStream):
    def __init__(self, stream):
        self.stream = stream

    def __iter__(self):
        # Pieces end in the middle of events, of lines and of letters.
        whole = b"".join(self.stream)
        for begin in range(0, len(whole), PIECE):
            yield whole[begin : begin + PIECE]

    def close(self):
        self.stream.close()


class Cutting(httpx2.HTTPTransport):
    def handle_request(self, request):
        response = super().handle_request(request)
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=Cut(response.stream), extensions=response.extensions
        )


def client_of(key):
    transport = httpx2.Client(transport=Cutting(), trust_env=False)
    return openai.OpenAI(api_key=key, base_url=asked["url"], max_retries=0, http_client=transport)


client = client_of(asked["key"])


def read(body):
    answer = client.chat.completions.create(**body)
    choice = answer.choices[0]
    return [choice.message.content, answer.model, answer.usage.prompt_tokens, answer.usage.completion_tokens,
            choice.finish_reason == "length"]  # fmt: skip


def streamed(body):
    text, model, usage, end = "", "", None, None
    for chunk in client.chat.completions.create(**body, stream=True, stream_options={"include_usage": True}):
        model = chunk.model
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            end = choice.finish_reason or end
    return [text, model, usage.prompt_tokens, usage.completion_tokens, end == "length"]


def refused(entry):
    try:
        client_of(entry.get("key", asked["key"])).chat.completions.create(**entry["body"])
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, str(error.code or ""), error.body["message"]]
    return []


print(
    json.dumps(
        {
            "read": [read(body) for body in asked["bodies"]],
            "streamed": [streamed(body) for body in asked["bodies"]],
            "refused": [refused(entry) for entry in asked["refusals"]],
            "models": [model.id for model in client.models.list()],
        }
    )
)
