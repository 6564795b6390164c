"""Pictures, films and links: checked and kept once under their hash, given out in fixed sizes.

Verbs: `services.store_image`, `store_video`, `store_link`, `update_asset`, `delete_asset`. Pages read
`selectors.image_views` and write addresses with the pure functions of `types`.
"""
