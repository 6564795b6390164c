"""How Wagtail is set up. `config.settings` takes every upper-case name of this module."""

from __future__ import annotations

WAGTAIL_SITE_NAME = "Duli"
# Wagtail's own languages are one tree of pages each; ours are texts of one page (ADR 0026).
WAGTAIL_I18N_ENABLED = False
# Who may write may publish: a shop has no board of editors.
WAGTAIL_WORKFLOW_ENABLED = False
WAGTAILADMIN_COMMENTS_ENABLED = False
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_ALLOW_UNICODE_SLUGS = False
# An autosave is a write, and on SQLite writers wait in line: seldom enough not to be felt by buyers.
WAGTAIL_AUTOSAVE_INTERVAL = 3000
# Plain substring matching by the database: a second search index would burden every save.
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "modelsearch.backends.database.fallback"}}
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
WAGTAIL_CONTENT_LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TAGGIT_CASE_INSENSITIVE = True
