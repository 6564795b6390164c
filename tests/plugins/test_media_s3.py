"""Media in a store that speaks S3 and checks each signature."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from duli.cli import findings, findings_database
from duli.commerce.downloads.selectors import grants_of
from duli.commerce.downloads.services import add_file
from duli.platform.media import renditions, services, storage
from duli.platform.media.storage import StorageOptions, StorageUnreachable
from sandbox.object_store.server import Server, serve
from tests import factories
from tests.cli.test_doctor import environment, states
from tests.platform.media.pictures import opened, picture

KEYS = {"shop": "a secret/with+signs"}


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Iterator[Server]:
    server = serve("127.0.0.1", 0, bucket="pictures", keys=KEYS, region="eu-test-1", page=4)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    settings.MEDIA_ROOT = tmp_path
    settings.MEDIA_STORAGE = StorageOptions(
        url="s3://pictures/my%20shop",
        endpoint=f"http://127.0.0.1:{server.server_port}",
        region="eu-test-1",
        access_key="shop",
        secret_key=KEYS["shop"],
    )
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def names(store: Server) -> set[str]:
    return {name.removeprefix("my shop/") for name in store.objects}


@pytest.mark.django_db
def test_a_picture_and_its_renditions_lie_in_the_store(store: Server, client: Client, tmp_path: Path) -> None:
    asset = services.store_image(content=picture(700, 350), name="a.jpg", actor="user:1")
    assert names(store) == {asset.file}
    assert store.objects[f"my shop/{asset.file}"][0] == "image/jpeg"
    address = f"/media/r/{asset.pk}-{asset.content_hash[:8]}/320.webp"
    answer = client.get(address)
    made = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(made)))
    assert opened(made).size == (320, 160)
    assert f"r/{asset.pk}-{asset.content_hash[:8]}/320.webp" in names(store)
    # Kept there, not made again: one read, no write.
    store.calls.clear()
    assert b"".join(client.get(address).streaming_content) == made  # type: ignore[arg-type]
    assert [call.split()[0] for call in store.calls] == ["GET"]
    # Nothing stays on this machine.
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.django_db(transaction=True)
def test_all_of_it_goes_when_the_picture_goes(store: Server) -> None:
    asset = services.store_image(content=picture(700, 350), name="a.jpg", actor="user:1")
    other = services.store_image(content=picture(300, 300), name="b.jpg", actor="user:1", render_ahead=False)
    # More names than one page of a listing has.
    assert renditions.render_all(asset_id=asset.pk) == 15
    assert renditions.render_all(asset_id=asset.pk) == 0
    services.delete_asset(asset_id=asset.pk, actor="user:1")
    assert names(store) == {other.file}


@pytest.mark.django_db
def test_films_come_in_parts(store: Server, client: Client) -> None:
    content = b"\x00\x00\x00\x20ftypisom" + bytes(range(256)) * 10
    asset = services.store_video(content=content, name="f.mp4", actor="user:1")
    assert b"".join(client.get(f"/media/{asset.file}").streaming_content) == content  # type: ignore[arg-type]
    part = client.get(f"/media/{asset.file}", headers={"range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, b"ftypisom")
    assert part["Content-Range"] == f"bytes 4-11/{len(content)}"
    assert client.get(f"/media/{asset.file[:-8]}beefbeef.mp4").status_code == 404


@pytest.mark.django_db
def test_a_lost_original_comes_back(store: Server, client: Client) -> None:
    asset = services.store_image(content=picture(700, 350), name="a.jpg", actor="user:1")
    store.objects.clear()
    assert client.get(f"/media/r/{asset.pk}-{asset.content_hash[:8]}/320.webp").status_code == 404
    assert services.store_image(content=picture(700, 350), name="a.jpg", actor="user:1").pk == asset.pk
    assert names(store) == {asset.file}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [{"secret_key": "guessed"}, {"access_key": "nobody"}, {"region": "us-east-1"}, {"url": "s3://another"}],
)
def test_a_store_that_lets_nobody_in_is_told_and_nothing_changes(
    store: Server, settings: Any, client: Client, wrong: dict[str, str]
) -> None:
    asset = services.store_image(content=picture(700, 350), name="a.jpg", actor="user:1")
    kept = dict(store.objects)
    settings.MEDIA_STORAGE = replace(settings.MEDIA_STORAGE, **wrong)
    with pytest.raises(StorageUnreachable):
        services.store_image(content=picture(90, 90), name="b.jpg", actor="user:1")
    assert client.get(f"/media/r/{asset.pk}-{asset.content_hash[:8]}/320.webp").status_code == 503
    # The answer to HEAD has no body that could say whether the file or the whole bucket is missing.
    assert client.get(f"/media/{asset.file}").status_code == (404 if "url" in wrong else 503)
    assert states(findings_database._media_store()) == {"media": "bad"}
    assert store.objects == kept


def test_doctor_says_whether_it_answers(store: Server, settings: Any, tmp_path: Path) -> None:
    (finding,) = findings_database._media_store()
    assert (finding.state, store.objects) == ("ok", {})
    assert "s3://pictures" in finding.text
    # What the settings file says of it is left to the look that can ask the store.
    assert not list(findings._media(environment(tmp_path, DULI_MEDIA_URL="s3://pictures")))
    settings.MEDIA_STORAGE = replace(settings.MEDIA_STORAGE, endpoint="http://127.0.0.1:1")
    (finding,) = findings_database._media_store()
    assert finding.state == "bad"
    assert KEYS["shop"] not in finding.text
    settings.MEDIA_STORAGE = StorageOptions(url="gopher://pictures")
    assert states(findings_database._media_store()) == {"media": "bad"}
    settings.MEDIA_STORAGE = StorageOptions()
    assert not list(findings_database._media_store())


def test_a_changed_request_is_not_believed(store: Server) -> None:
    """The stand-in is strict: it is worth something only if it would notice."""
    from datetime import UTC, datetime, timedelta

    from sandbox.object_store.signature import Refused, Request, check

    caught: list[Any] = []
    bucket: Any = storage.current()
    bucket._client.meta.events.register("before-send.s3", lambda request, **_: caught.append(request))
    bucket.size("a b/ü.jpg")
    (sent,) = caught
    path, _, query = sent.url.partition(f":{store.server_port}")[2].partition("?")
    headers = {name.lower(): _text(value) for name, value in sent.headers.items()}
    headers.setdefault("host", f"127.0.0.1:{store.server_port}")
    good = Request(sent.method, path, query, headers, b"")
    check(good, keys=KEYS, region="eu-test-1")
    for bad in (
        replace(good, method="DELETE"),
        replace(good, path=path + "x"),
        replace(good, query="acl="),
        replace(good, body=b"x"),
        replace(good, headers=headers | {"x-amz-acl": "public-read"}),
        replace(good, headers={}),
    ):
        with pytest.raises(Refused):
            check(bad, keys=KEYS, region="eu-test-1")
    with pytest.raises(Refused, match="date"):
        check(good, keys=KEYS, region="eu-test-1", now=datetime.now(UTC) + timedelta(hours=1))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.mark.django_db
def test_a_sold_file_lies_in_the_store_and_is_given_out_in_parts_by_its_own_link_only(
    store: Server, client: Client
) -> None:
    factories.shop()
    song = factories.variant_of(factories.product(stock=None))
    add_file(variant_id=song.pk, file=io.BytesIO(b"0123456789" * 100), name="song.mp3", actor="user:1")
    (name,) = names(store)
    assert name.startswith("private/downloads/")
    assert client.get(f"/media/{name}").status_code == 404
    order = factories.order(song, paid=True)
    url = f"/downloads/{grants_of([order.pk])[0].token}"
    whole = client.get(url)
    assert b"".join(whole.streaming_content) == b"0123456789" * 100  # type: ignore[arg-type]
    part = client.get(url, headers={"Range": "bytes=995-"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"56789")  # type: ignore[arg-type]
    store.objects.clear()
    assert client.get(url).status_code == 503
