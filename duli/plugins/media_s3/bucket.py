from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from duli.platform.media.storage import Opened, StorageOptions, StorageUnreachable

SECONDS_TO_CONNECT = 5
SECONDS_TO_READ = 30
_CHUNK = 1024 * 1024
_FOREVER = "public, max-age=31536000, immutable"
_MISSING = {"404", "NoSuchKey", "NotFound"}
_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "mp4": "video/mp4",
    "png": "image/png",
    "webm": "video/webm",
    "webp": "image/webp",
}


class BucketStorage:
    """A bucket, or the part of one below a prefix: ``s3://bucket/prefix``.

    The bucket may stay private: pages give its files out under the shop's own address. Where the keys are empty,
    the library looks for them itself (its own variables, its file, the role of the machine). With ``?addressing=``
    "path" or "virtual" the address says whether the bucket is named in the path or in the host name; without, in
    the host name where the endpoint is a name reached by https, else in the path.
    """

    def __init__(self, options: StorageOptions) -> None:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        parts = urlsplit(options.url)
        self._bucket = parts.netloc
        self._prefix = unquote(parts.path).strip("/")
        named = parse_qs(parts.query).get("addressing", [""])[0]
        plain = bool(options.endpoint) and not options.endpoint.startswith("https://")
        self._failures: tuple[type[Exception], ...] = (BotoCoreError, ClientError)
        session = boto3.session.Session()
        try:
            self._client: Any = session.client(
                "s3",
                endpoint_url=options.endpoint or None,
                region_name=options.region or session.region_name or "us-east-1",
                aws_access_key_id=options.access_key or None,
                aws_secret_access_key=options.secret_key or None,
                config=Config(
                    signature_version="s3v4",
                    connect_timeout=SECONDS_TO_CONNECT,
                    read_timeout=SECONDS_TO_READ,
                    retries={"mode": "standard", "total_max_attempts": 3},
                    s3={"addressing_style": named or ("path" if plain else "virtual")},
                    max_pool_connections=32,
                    # Other makers' stores do not know the newer checksums.
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )
        except (BotoCoreError, ValueError) as error:
            raise StorageUnreachable(str(error)) from error

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name

    def _call(self, verb: str, **arguments: Any) -> Any:
        """Return the answer, or None for what is not there."""
        try:
            return getattr(self._client, verb)(Bucket=self._bucket, **arguments)
        except self._failures as error:
            code = str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))
            if code in _MISSING:
                return None
            raise StorageUnreachable(str(error)) from error

    def open(self, name: str, first: int = 0, last: int | None = None) -> Opened | None:
        part = {"Range": f"bytes={first}-{'' if last is None else last}"} if first or last is not None else {}
        answer = self._call("get_object", Key=self._key(name), **part)
        if answer is None:
            return None
        told = str(answer.get("ContentRange", "")).rpartition("/")[2]
        return Opened(answer["Body"], int(told) if told.isdigit() else int(answer["ContentLength"]))

    def size(self, name: str) -> int | None:
        answer = self._call("head_object", Key=self._key(name))
        return None if answer is None else int(answer["ContentLength"])

    def keep(self, temporary: Path, name: str) -> None:
        mime = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
        with temporary.open("rb") as body:
            answer = self._call(
                "put_object",
                Key=self._key(name),
                Body=body,
                ContentType=mime,
                CacheControl="private, no-store" if name.startswith("private/") else _FOREVER,
            )
        if answer is None:
            raise StorageUnreachable(f"{self._bucket}: 404")

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        opened = self.open(name)
        if opened is None:
            raise FileNotFoundError(name)
        with tempfile.NamedTemporaryFile(prefix="duli-") as file, opened.stream:
            try:
                while chunk := opened.stream.read(_CHUNK):
                    file.write(chunk)
            except self._failures as error:
                raise StorageUnreachable(str(error)) from error
            file.flush()
            yield Path(file.name)

    def remove(self, name: str) -> None:
        self._call("delete_object", Key=self._key(name))

    def remove_below(self, folder: str) -> None:
        prefix = self._key(folder) + "/"
        following: dict[str, str] = {}
        while True:
            answer = self._call("list_objects_v2", Prefix=prefix, **following) or {}
            for entry in answer.get("Contents", ()):
                self._call("delete_object", Key=entry["Key"])
            if not answer.get("IsTruncated"):
                return
            following = {"ContinuationToken": answer["NextContinuationToken"]}

    def check(self) -> None:
        name = f"check/{secrets.token_hex(8)}"
        written = secrets.token_bytes(16)
        with tempfile.NamedTemporaryFile(prefix="duli-") as file:
            file.write(written)
            file.flush()
            self.keep(Path(file.name), name)
        opened = self.open(name)
        if opened is None:
            raise StorageUnreachable(f"{self._bucket}: what was written is not there")
        with opened.stream:
            read = opened.stream.read()
        self.remove(name)
        if read != written:
            raise StorageUnreachable(f"{self._bucket}: something else was read than was written")
