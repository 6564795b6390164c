from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from duli.commerce.exchange import fetching
from duli.commerce.exchange.fetching import FetchFailed
from duli.plugins.image_fetch_http.fetcher import HttpFetcher


class Site(BaseHTTPRequestHandler):
    hosts: list[str] = []

    def do_GET(self) -> None:
        Site.hosts.append(self.headers["Host"])
        if self.path.startswith("/redirect/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/redirect"))
            self.end_headers()
        elif self.path == "/loop":
            self.send_response(301)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif self.path == "/picture":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"picture")
        elif self.path == "/large":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 5000)
        elif self.path == "/declared-large":
            self.send_response(200)
            self.send_header("Content-Length", "999999999")
            self.end_headers()
        else:
            self.send_response(404)
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetch() -> HttpFetcher:
    return HttpFetcher(allow_private=True, maximum_bytes=1000)


def reason(fetch: HttpFetcher, url: str) -> str:
    with pytest.raises(FetchFailed) as failure:
        fetch(url)
    return failure.value.reason


def test_a_picture_comes_with_its_host_named(site: str, fetch: HttpFetcher) -> None:
    assert fetch(f"{site}/picture") == b"picture"
    assert Site.hosts[-1] == site.removeprefix("http://")


def test_redirects_are_followed_a_few_times(site: str, fetch: HttpFetcher) -> None:
    assert fetch(f"{site}/redirect/redirect/picture") == b"picture"
    assert reason(fetch, f"{site}/loop") == fetching.TOO_MANY_REDIRECTS


def test_what_is_not_there_or_too_large_is_said(site: str, fetch: HttpFetcher) -> None:
    assert reason(fetch, f"{site}/nothing") == "HTTP 404"
    assert reason(fetch, f"{site}/large") == fetching.TOO_LARGE
    assert reason(fetch, f"{site}/declared-large") == fetching.TOO_LARGE


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/a", "http://", "http://a:b@localhost/", "x"])
def test_other_addresses_are_refused(url: str, fetch: HttpFetcher) -> None:
    assert reason(fetch, url) == fetching.BAD_ADDRESS


def test_a_redirect_cannot_leave_http(site: str, fetch: HttpFetcher) -> None:
    assert reason(fetch, f"{site}/away") == fetching.BAD_ADDRESS


def test_the_private_network_is_out_of_reach(site: str) -> None:
    assert reason(HttpFetcher(), f"{site}/picture") == fetching.PRIVATE_ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "fd00::1",
        "224.0.0.1",
    ],
)
def test_a_name_that_means_a_private_address_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    private = (family, socket.SOCK_STREAM, 6, "", (address, 80))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: [public, private])
    assert reason(HttpFetcher(), "http://pictures.example/a.jpg") == fetching.PRIVATE_ADDRESS


def test_an_unknown_host_and_a_closed_door_are_said(fetch: HttpFetcher) -> None:
    assert reason(fetch, "http://does-not-exist.invalid/a.jpg") == fetching.UNKNOWN_HOST
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert reason(fetch, f"http://127.0.0.1:{port}/a.jpg") == fetching.NO_CONNECTION
