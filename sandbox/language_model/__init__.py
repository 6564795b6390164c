"""A stand-in for a service of language models: OpenAI's interface, and a practice writer that needs no model.

``create_app`` returns a WSGI application (standard library only): POST /v1/chat/completions, also streamed, and
GET /v1/models. It is as strict about questions as the real service.

The practice writer answers questions that are JSON objects with "task", "language" and "fields": it writes from the
facts, translates what its dictionary knows, and describes pictures by what is told about them. Anything else gets a
short sentence. Words in the last message decide about trouble: "practice: 429" and the other names in `trouble.py`.
"""

from sandbox.language_model.app import EYES, WRITER, LanguageModelService, create_app

__all__ = ["EYES", "WRITER", "LanguageModelService", "create_app"]
