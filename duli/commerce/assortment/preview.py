"""Links to a product's page before it is published: signed, for one product, and good for a day."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

PARAMETER = "preview"
GOOD_FOR = timedelta(days=1)
_signer = signing.TimestampSigner(salt="duli.product-preview")


def preview_token(product_id: int) -> str:
    """Return what opens the page of this product, published or not, for a day."""
    return _signer.sign_object(product_id)


def previewed(token: str) -> int | None:
    """Return the product a token is for; None if it is not ours or too old."""
    try:
        found = _signer.unsign_object(token, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    return found if isinstance(found, int) else None
