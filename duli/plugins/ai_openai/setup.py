"""What a merchant sets up, and where each service is."""

from __future__ import annotations

from typing import get_args

from django.utils.translation import gettext_lazy as _

from duli.platform.language_models.provider import ModelConfig, ModelDescription, ReasonCode, SettingField
from duli.plugins.outward import absolute

OTHER = "other"
DEFAULT_SERVICE = "deepseek"
DEFAULT_SECONDS, MOST_SECONDS = 45.0, 120.0
PATH = "/chat/completions"

ADDRESSES = {
    "deepseek": "https://api.deepseek.com",
    "dashscope": "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "moonshot": "https://api.moonshot.cn/v1",
    "zhipu": "https://open.bigmodel.cn/api/paas/v4",
    "ark": "https://ark.cn-beijing.volces.com/api/v3",
    "siliconflow": "https://api.siliconflow.cn/v1",
    "openai": "https://api.openai.com/v1",
    "dashscope_abroad": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    "ollama": "http://127.0.0.1:11434/v1",
    "vllm": "http://127.0.0.1:8000/v1",
}
"""Names of models are not kept here: they come and go within months."""

DESCRIPTION = ModelDescription(
    name=_("Language model"),
    description=_(
        "Any service with OpenAI's interface: DeepSeek, Qwen, Kimi, OpenAI, or a model on a machine of yours."
    ),
    fields=(
        SettingField(
            "service",
            _("Service"),
            "choice",
            default=DEFAULT_SERVICE,
            choices=(
                ("deepseek", "DeepSeek"),
                ("dashscope", _("Qwen (Alibaba Cloud Model Studio)")),
                ("moonshot", _("Kimi (Moonshot)")),
                ("zhipu", _("GLM (Zhipu)")),
                ("ark", _("Doubao (Volcengine Ark)")),
                ("siliconflow", "SiliconFlow"),
                ("openai", "OpenAI"),
                ("dashscope_abroad", _("Qwen outside China (Alibaba Cloud, Singapore)")),
                ("ollama", _("Ollama on this machine")),
                ("vllm", _("vLLM on this machine")),
                (OTHER, _("Another service")),
            ),
        ),
        SettingField(
            "base_url",
            _("Address"),
            help=_("For another service, or if yours is elsewhere. Without /chat/completions; mostly it ends in /v1."),
            needed_if=("service", OTHER),
        ),
        SettingField("key", _("API key"), "secret", help=_("Ollama and vLLM mostly need none.")),
        SettingField(
            "model",
            _("Model"),
            required=True,
            help=_("As the service writes it; see its list of models."),
        ),
        SettingField(
            "vision_model",
            _("Model for pictures"),
            help=_("Describes pictures. Empty: the same model, if it can see; many cannot, DeepSeek's for one."),
        ),
        SettingField(
            "limit_name",
            _("Name of the length limit"),
            "choice",
            default="usual",
            choices=(
                ("usual", _("As is usual at the service")),
                ("max_tokens", "max_tokens"),
                ("max_completion_tokens", "max_completion_tokens"),
            ),
            help=_("Change it only if the service refuses the name."),
        ),
        SettingField(
            "timeout", _("Wait so long (seconds)"), "number", default="45", help=_("For an answer; at most 120.")
        ),
        SettingField(
            "reasons",
            _("Codes that mean something else"),
            "pairs",
            meanings=get_args(ReasonCode),
            help=_(
                "Only if the service announces other codes: code = keys, balance, busy, model, content, too_long or "
                "other."
            ),
        ),
    ),
    steps=(
        _("Choose a service that may be used where you are, open an account there, and top it up."),
        _(
            "Create a key. DeepSeek: platform.deepseek.com › API keys. Qwen: bailian.console.aliyun.com › API-KEY. "
            "Kimi: platform.moonshot.cn › API Key 管理. GLM: open.bigmodel.cn › API Keys. "
            "Doubao: console.volcengine.com/ark › API Key 管理. SiliconFlow: cloud.siliconflow.cn › API 密钥. "
            "OpenAI: platform.openai.com › API keys. "
            "Qwen outside China: modelstudio.console.alibabacloud.com › API-KEY."
        ),
        _("Copy the key at once: most services show it only when it is made."),
        _(
            "Enter the name of a model as the service writes it. At Doubao the model must be opened first, and the "
            "name may be that of an access point (ep-…). For Ollama it is a name of “ollama list”."
        ),
        _("For descriptions of pictures, enter a model that can see, from the same service."),
        _("Set a limit for spending at the service too, then save and press “Test connection”."),
    ),
)


def address_of(config: ModelConfig) -> str:
    """Return the address that questions are posted to."""
    base = config.text("base_url") or ADDRESSES.get(config.text("service") or DEFAULT_SERVICE, "")
    # Whole addresses are what people copy from examples.
    return absolute(base).rstrip("/").removesuffix(PATH) + PATH


def limit_name(config: ModelConfig) -> str:
    """Return what the service calls the limit of an answer: OpenAI's newer models refuse the name that others need."""
    wanted = config.text("limit_name")
    if wanted in {"max_tokens", "max_completion_tokens"}:
        return wanted
    is_openai = config.text("service") == "openai" and not config.text("base_url")
    return "max_completion_tokens" if is_openai else "max_tokens"


def patience(config: ModelConfig) -> float:
    """Return how long to wait for an answer, in seconds."""
    try:
        seconds = float(config.text("timeout"))
    except ValueError:
        return DEFAULT_SECONDS
    return min(max(seconds, 1.0), MOST_SECONDS) if seconds == seconds else DEFAULT_SECONDS
