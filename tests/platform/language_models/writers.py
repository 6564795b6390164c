"""A language model that answers what it is told to, for tests of those who ask."""

from __future__ import annotations

from collections.abc import Callable

from duli.platform.language_models.provider import (
    ModelConfig,
    ModelDescription,
    Question,
    Reply,
    SettingField,
)


class Writer:
    """Writes down what it is asked."""

    code = "writer"
    description = ModelDescription(
        "Writer",
        "Writes",
        (SettingField("key", "Key", "secret", required=True), SettingField("model", "Model", required=True)),
        ("Ask the writer for a key.",),
    )

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.answer: Callable[[Question], Reply] = lambda question: Reply("yes", "writer-1", 10, 5)

    def ask(self, question: Question, config: ModelConfig) -> Reply:
        assert config.text("key") == "a secret"
        self.asked.append(question)
        return self.answer(question)

    def check(self, config: ModelConfig) -> str:
        return self.ask(Question("", "ping"), config).model
