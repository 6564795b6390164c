"""Language models behind the interface that OpenAI invented: OpenAI itself, DeepSeek, Qwen, Ollama and many more."""

from __future__ import annotations


def register() -> None:
    """Add the provider to the registry."""
    from duli.platform.language_models.provider import providers
    from duli.plugins.ai_openai.provider import openai

    providers.register(openai.code, openai)
