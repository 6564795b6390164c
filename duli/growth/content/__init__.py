"""Pages of text: about, shipping, returns, privacy, terms, contact. Verbs: `services.save_page`, `delete_page`."""
