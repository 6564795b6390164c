"""Pictures of one product: found, fetched, kept; outside the transaction that saves the product."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """The pictures of one product; `known` are the assets it had of them before, by address."""

    images: Sequence[ImportedImage]
    known: Mapping[str, int]
    title: str


def collect_assets(*, wanted: Sequence[Wanted], source: ImageSource, actor: str, dry_run: bool) -> list[Found]:
    """Return the assets of the pictures of some products, in the same order; many are fetched at the same time.

    A dry run fetches and keeps nothing: it only says what could be had.
    """
    own = _own_assets({image.address for entry in wanted for image in entry.images})
    known_ids = {pk for entry in wanted for pk in entry.known.values() if pk}
    there = set(Asset.objects.filter(pk__in=known_ids).values_list("pk", flat=True))
    results = [Found() for _ in wanted]
    missing: dict[str, list[tuple[Found, ImportedImage, str]]] = {}
    for entry, found in zip(wanted, results, strict=True):
        for image in entry.images:
            asset = own.get(image.address)
            if asset is not None:
                found.assets[image.address] = asset.pk
                found.unchanged += image.address in entry.known
                found.created += image.address not in entry.known
                if image.alt and image.alt != asset.alt and not dry_run:
                    update_asset(asset_id=asset.pk, alt=image.alt, actor=actor)
            elif entry.known.get(image.address) in there:
                found.assets[image.address] = entry.known[image.address]
                found.unchanged += 1
            else:
                missing.setdefault(image.address, []).append((found, image, image.alt or entry.title))
    if dry_run:
        for address, uses in missing.items():
            for found, image, _ in uses:
                if source.knows(address):
                    found.created += 1
                else:
                    found.missing.append((image, source.problem(address)))
        return results
    for address, content in source.get_all(list(missing)):
        kept = _kept(address, content, missing[address][0][2], actor)
        for found, image, _ in missing[address]:
            if isinstance(kept, Asset):
                found.assets[address] = kept.pk
                found.created += 1
            else:
                found.missing.append((image, kept))
    return results


def _kept(address: str, content: bytes | DuliError, alt: str, actor: str) -> Asset | DuliError:
    if not isinstance(content, bytes):
        return content
    try:
        name = urlsplit(address).path or address
        return store_image(content=content, name=name, alt=alt, actor=actor, render_ahead=False)
    except DuliError as error:
        return error


def _own_assets(addresses: Iterable[str]) -> dict[str, Asset]:
    """Return the pictures that this shop itself exported and still has."""
    hashes = {address: match[1] for address in addresses if (match := _OWN.search(urlsplit(address).path))}
    if not hashes:
        return {}
    assets = {asset.content_hash: asset for asset in Asset.objects.filter(content_hash__in=hashes.values())}
    return {address: assets[digest] for address, digest in hashes.items() if digest in assets}
