"""The store itself: who it is, the markets it sells in, texts in other languages, and marks of change.

Verbs: `services.save_store`, `services.save_market`, `translations.save_texts`, `changes.mark`.
"""
