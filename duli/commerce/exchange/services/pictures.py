"""Pictures of one product: found, fetched, kept; outside the transaction that saves the product."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from duli.base.errors import DuliError
from duli.commerce.exchange.images import ImageSource
from duli.commerce.exchange.types import ImportedImage
from duli.platform.media.models import Asset
from duli.platform.media.services import store_image, update_asset

_OWN = re.compile(r"/media/originals/[0-9a-f]{2}/([0-9a-f]{64})\.[a-z0-9]+$")


@dataclass(slots=True)
class Found:
    """Assets by address; `created` counts pictures that are new to the product, `missing` says what is not there."""

    assets: dict[str, int] = field(default_factory=dict)
    created: int = 0
    unchanged: int = 0
    missing: list[tuple[ImportedImage, DuliError]] = field(default_factory=list)


def collect_assets(
    *,
    images: Sequence[ImportedImage],
    known: Mapping[str, int],
    source: ImageSource,
    title: str,
    actor: str,
    dry_run: bool,
) -> Found:
    """Return the assets of a product's pictures; `known` are those it has already, by address.

    A dry run fetches and keeps nothing: it only says what could be had.
    """
    found = Found()
    by_address = {image.address: image for image in images}
    own = _own_assets(by_address)
    there = set(Asset.objects.filter(pk__in=[pk for pk in known.values() if pk]).values_list("pk", flat=True))
    wanted = []
    for address, image in by_address.items():
        asset = own.get(address)
        if asset is not None:
            found.assets[address] = asset.pk
            if address in known:
                found.unchanged += 1
            else:
                found.created += 1
            if image.alt and image.alt != asset.alt and not dry_run:
                update_asset(asset_id=asset.pk, alt=image.alt, actor=actor)
        elif known.get(address) in there:
            found.assets[address] = known[address]
            found.unchanged += 1
        else:
            wanted.append(address)
    if dry_run:
        for address in wanted:
            if source.knows(address):
                found.created += 1
            else:
                found.missing.append((by_address[address], source.problem(address)))
        return found
    for address, content in source.get_all(wanted):
        image = by_address[address]
        if isinstance(content, bytes):
            try:
                name = urlsplit(address).path or address
                asset = store_image(content=content, name=name, alt=image.alt or title, actor=actor, render_ahead=False)
            except DuliError as error:
                found.missing.append((image, error))
                continue
            found.assets[address] = asset.pk
            found.created += 1
        else:
            found.missing.append((image, content))
    return found


def _own_assets(addresses: Mapping[str, ImportedImage]) -> dict[str, Asset]:
    """Return the pictures that this shop itself exported and still has."""
    hashes = {address: match[1] for address in addresses if (match := _OWN.search(urlsplit(address).path))}
    if not hashes:
        return {}
    assets = {asset.content_hash: asset for asset in Asset.objects.filter(content_hash__in=hashes.values())}
    return {address: assets[digest] for address, digest in hashes.items() if digest in assets}
