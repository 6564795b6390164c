"""Keeps media in a store that speaks S3: Amazon's own, MinIO, R2, OSS, COS and many more."""

from __future__ import annotations


def register() -> None:
    """Add the store to the registry; its library is loaded only where one is used."""
    from duli.platform.media.storage import storages
    from duli.plugins.media_s3.bucket import BucketStorage

    storages.register("s3", BucketStorage)
