"""What must be ready before pages are served: compiled translations and collected static files.

Both compare what is there with what would be made, so that a start with nothing to do costs milliseconds.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

from config.environment import ROOT

STAMP = ".fingerprint"


def catalogues(root: Path = ROOT) -> Iterator[Path]:
    """Yield every translation catalogue (.po) of the shop and its themes."""
    for folder in (root / "duli", root / "themes"):
        yield from sorted(folder.glob("**/locale/*/LC_MESSAGES/*.po"))


def compile_messages(root: Path = ROOT) -> int:
    """Compile each .po whose .mo is missing or older; return how many were compiled."""
    count = 0
    for source in catalogues(root):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with source.open("rb") as file:
            catalogue = read_po(file)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        # Renamed into place: another process may be reading the old one.
        temporary = target.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_bytes(compiled.getvalue())
        temporary.replace(target)
        count += 1
    return count


def collect_static() -> bool:
    """Collect static files under their hashed names if any of them changed; True if it did. Needs Django."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = os.stat(storage.path(path))
            digest.update(f"{getattr(storage, 'prefix', '')}/{path} {file.st_size} {file.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / STAMP
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return False
    from django.core.management import call_command

    # django-htmx brings scripts that we do not use and whose imports cannot be resolved.
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["django_htmx/*"])
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest.hexdigest())
    return True
