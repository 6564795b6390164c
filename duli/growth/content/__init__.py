"""What the shop has to say. Pages and the blog are written in Wagtail's editor (`models.pages`, read by
`selectors`); legal texts are rows of their own (`models.text_pages`). Verbs: `services.publish_page`, `publish_post`,
`publish_due`, `save_page`, `save_legal_text`, `delete_page`."""
