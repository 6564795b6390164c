"""The protocol that every plugin for language models speaks, its data, and the registry.

A provider is stateless: what the merchant set up comes in as a `ModelConfig`. It is called outside of any transaction,
and asking the same twice costs money, but does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from duli.base.errors import DuliError
from duli.base.registry import Registry
from duli.base.setup_fields import SettingField as SettingField
from duli.base.setup_fields import Text as Text

ReasonCode = Literal["keys", "balance", "busy", "model", "content", "too_long", "other"]


def _(message: str) -> str:
    return message


class ModelUnavailable(DuliError):
    """The service did not answer in time, or with something that is no answer."""

    code = "language_model_unavailable"
    message = _("The language model does not answer. Please try again in a moment.")
    status = 409


class ModelRefused(DuliError):
    """The service answered no. Parameters: reason (ours), answer (its code), detail (its words)."""

    code = "language_model_refused"
    message = _("The language model refused: %(detail)s")
    status = 409

    def __init__(self, *, reason: ReasonCode, answer: str, detail: str) -> None:
        super().__init__(reason=reason, answer=answer, detail=detail or answer)
        self.reason = reason
        self.answer = answer
        self.detail = detail or answer


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What a service is, for merchants. `steps` say where each key is found, in order."""

    name: Text
    description: Text
    fields: tuple[SettingField, ...] = ()
    steps: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """What the merchant set up, secrets in clear."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the setting as stripped text, "" if it is not set."""
        value = self.values.get(name)
        return "" if value is None else str(value).strip()


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that a question is about, as the file's bytes and MIME type."""

    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `instructions` are ours; `text` is material and never an instruction.

    `most_tokens` is how long the answer may become. `pictures` need a model that sees.
    """

    instructions: str
    text: str
    pictures: tuple[Picture, ...] = ()
    most_tokens: int = 1500


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Tokens are those the service counts, 0 where it does not say; `model` is its own name for itself.

    `is_cut`: the answer was longer than allowed and stops in the middle.
    """

    text: str
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    is_cut: bool = False


class LanguageModel(Protocol):
    """Both verbs call the service and may raise ModelUnavailable and ModelRefused."""

    code: str
    description: ModelDescription

    def ask(self, question: Question, config: ModelConfig) -> Reply:
        """Return the answer to one question."""

    def check(self, config: ModelConfig) -> str:
        """Prove with the shortest question there is that address, key and model are right; return the model's name."""


providers: Registry[LanguageModel] = Registry("language model")
