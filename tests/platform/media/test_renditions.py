from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import Resolver404
from django.urls.resolvers import RegexPattern, URLResolver

from duli.platform.media import images, renditions, selectors, services, types
from duli.platform.media.models import Asset
from duli.platform.media.views import original_view, rendition_view
from tests.platform.media.pictures import opened, picture


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def asset(db: None) -> Asset:
    return services.store_image(content=picture(700, 350), name="a.jpg", alt="Pot", actor="user:1")


def ask(asset: Asset, width: int, extension: str = "webp", hash: str = "", **headers: str) -> Any:
    request = RequestFactory().get("/", headers=headers or None)
    return rendition_view(
        request, asset_id=str(asset.pk), hash=hash or asset.content_hash[:8], width=str(width), extension=extension
    )


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_widths_never_go_above_the_original() -> None:
    assert types.widths_for(700) == (160, 320, 480, 640, 700)
    assert types.widths_for(640) == (160, 320, 480, 640)
    assert types.widths_for(100) == (100,)
    assert types.widths_for(5000) == types.WIDTHS


def test_addresses_are_written_without_reading_anything() -> None:
    view = types.ImageView(7, "abcdef0123456789", 700, 350, "Pot", 0.25, 0.5)
    assert types.source(view, 300) == "/media/r/7-abcdef01/320.webp"
    assert types.source(view, 2000, "jpg") == "/media/r/7-abcdef01/700.jpg"
    assert types.srcset(view, "avif").startswith("/media/r/7-abcdef01/160.avif 160w, /media/r/7-abcdef01/320.avif 320w")
    assert [entry.type for entry in types.sources(view)] == ["image/avif", "image/webp"]
    assert types.object_position(view) == "25% 50%"
    assert types.from_json(types.as_json(view)) == types.ImageView(7, "abcdef0123456789", 700, 350, "Pot")
    assert types.from_json(None) is None


def test_views_of_many_pictures_cost_one_query(asset: Asset, django_assert_num_queries: Any) -> None:
    link = services.store_link(url="https://vimeo.com/1", actor="user:1")
    with django_assert_num_queries(1):
        views = selectors.image_views([asset.pk, asset.pk, link.pk, 10**6])
    assert list(views) == [asset.pk]
    assert views[asset.pk].alt == "Pot"


@pytest.mark.parametrize(("extension", "form"), [("webp", "WEBP"), ("jpg", "JPEG"), ("avif", "AVIF")])
def test_a_rendition_is_made_on_first_request(
    asset: Asset, extension: str, form: str, django_assert_num_queries: Any
) -> None:
    response = ask(asset, 320, extension)
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Content-Type"] == types.FORMATS[extension]
    made = opened(body(response))
    assert (made.format, made.size) == (form, (320, 160))
    with django_assert_num_queries(0):
        again = ask(asset, 320, extension)
    assert again.status_code == 200
    again.close()


@pytest.mark.parametrize(("width", "hash"), [(321, ""), (960, ""), (0, ""), (320, "00000000")])
def test_nobody_can_ask_for_other_work(asset: Asset, media_root: Path, width: int, hash: str) -> None:
    assert ask(asset, width, hash=hash).status_code == 404
    assert not (media_root / "r").exists()


def test_a_lost_original_is_not_found(asset: Asset, media_root: Path) -> None:
    (media_root / asset.file).unlink()
    assert ask(asset, 320).status_code == 404


def test_transparency_stays_or_becomes_paper(db: None) -> None:
    content = picture(200, 200, "PNG", (255, 0, 0, 0), "RGBA")
    asset = services.store_image(content=content, name="a.png", actor="user:1")
    assert opened(body(ask(asset, 160, "webp"))).mode == "RGBA"
    paper = opened(body(ask(asset, 160, "jpg"))).getpixel((150, 20))
    assert min(paper) > 245  # type: ignore[arg-type, type-var]


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_printers_colours_are_shown_too(db: None, mode: str) -> None:
    asset = services.store_image(content=picture(200, 200, "JPEG", 0, mode), name="a.jpg", actor="user:1")
    assert opened(body(ask(asset, 160, "webp"))).mode == "RGB"


def test_a_browser_that_has_it_is_not_sent_it_again(asset: Asset) -> None:
    response = ask(asset, 320)
    response.close()
    assert ask(asset, 320, **{"If-None-Match": response["ETag"]}).status_code == 304


def test_the_job_makes_all_of_them_once(asset: Asset, media_root: Path) -> None:
    assert renditions.render_all(asset_id=asset.pk) == 15
    assert renditions.render_all(asset_id=asset.pk) == 0
    assert len([path for path in (media_root / "r").rglob("*") if path.is_file()]) == 15
    assert renditions.render_all(asset_id=asset.pk + 1) == 0


def test_uploading_enqueues_the_job(asset: Asset) -> None:
    from django_tasks_db.models import DBTaskResult

    rows = [row.args_kwargs["kwargs"] for row in DBTaskResult.objects.all()]
    assert {"job": "media.render", "arguments": {"asset_id": asset.pk}} in rows


def test_many_who_want_the_same_at_once_make_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    started = threading.Barrier(6)

    def encode(original: Path, width: int, extension: str, target: Any) -> None:
        calls.append(width)
        target.write(b"x")

    monkeypatch.setattr(images, "encode", encode)
    unsaved = Asset(pk=1, file="originals/a", content_hash="ab" * 32, width=700)
    path = tmp_path / "r" / "1-abababab" / "320.webp"

    def want() -> None:
        started.wait()
        renditions._make(unsaved, path, 320, "webp")

    threads = [threading.Thread(target=want) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [320]
    assert not renditions._queues


@pytest.mark.parametrize(
    "path",
    [
        "r/1-abcdef01/../../secret_key",
        "r/1-abcdef01/320.svg",
        "r/1-ABCDEF01/320.webp",
        "r/1-abcdef0/320.webp",
        "originals/../secret_key",
        f"originals/ab/{'a' * 64}.html",
        "originals/ab/..%2f..%2fsecret",
    ],
)
def test_addresses_outside_are_none(path: str) -> None:
    with pytest.raises(Resolver404):
        URLResolver(RegexPattern(r"^"), "duli.platform.media.urls").resolve(path)


def test_originals_come_whole_or_in_parts(db: None) -> None:
    content = b"\x00\x00\x00\x20ftypisom" + bytes(range(256)) * 10
    asset = services.store_video(content=content, name="f.mp4", actor="user:1")

    def ask_part(**headers: str) -> Any:
        request = RequestFactory().get("/", headers=headers or None)
        return original_view(request, folder=asset.content_hash[:2], hash=asset.content_hash, extension="mp4")

    assert body(ask_part()) == content
    part = ask_part(Range="bytes=4-11")
    assert (part.status_code, part.content) == (206, b"ftypisom")
    assert part["Content-Range"] == f"bytes 4-11/{len(content)}"
    assert ask_part(Range="bytes=-10").content == content[-10:]
    assert ask_part(Range=f"bytes={len(content)}-").status_code == 416
    assert body(ask_part(Range="lines=1-2")) == content
    wrong = original_view(RequestFactory().get("/"), folder="zz", hash=asset.content_hash, extension="mp4")
    assert wrong.status_code == 404


@pytest.mark.parametrize(
    ("url", "player"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?t=4", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871"),
        ("https://www.bilibili.com/video/BV1xx411c7mD/", "https://player.bilibili.com/player.html?bvid=BV1xx411c7mD"),
        ("https://example.com/film", None),
        ("https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ", None),
    ],
)
def test_players_of_known_sites(url: str, player: str | None) -> None:
    embed = types.embed_of(url)
    assert (embed.player_url if embed else None) == player
