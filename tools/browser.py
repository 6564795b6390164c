"""A real browser over a stocked shop, for photographs and examinations."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from tools import services
from tools.bench.guests import ANSWERS as CHINESE
from tools.bench.processes import ROOT, shop
from tools.setup import say

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DEVICES = {"phone": (390, 844), "desktop": (1280, 900)}
LANGUAGES = {"zh": "", "en": "/en"}
ENGLISH = {
    **CHINESE,
    "phone": "+1 212 555 0142",
    "name": "Lena Fischer",
    "country": "US",
    "region": "NY",
    "city": "New York",
    "line1": "350 Fifth Avenue",
    "address": "350 Fifth Avenue",
    "postal": "10118",
}
STAFF_EMAIL, STAFF_PASSWORD = "shots@example.com", "a-long-password-for-pictures"
# The last part of these addresses names one thing of many: one example of each kind is enough.
_HANDLE = re.compile(r"/(products|collections|orders|pages|brands|customers|mailbox|mails)/[^/?#]+")
_TEMPLATE = re.compile(r"/mails/templates/.+")
_NUMBER = re.compile(r"/\d+")
_IGNORED = ("/static/", "/media/", "/assets/", "/api/", "/sandbox", "logout", "mailto:", "tel:")


@dataclass(frozen=True, slots=True)
class Stocked:
    """A running shop with the demo's products, and somebody of its staff."""

    url: str


@contextmanager
def stocked_shop(url: str = "") -> Iterator[Stocked]:
    """Yield the shop at `url`, or one of our own that lives as long as the block."""
    if url:
        yield Stocked(url.rstrip("/"))
        return
    with tempfile.TemporaryDirectory(prefix="duli-shop-") as name:
        folder = Path(name)
        environment = {"DULI_DATA_DIR": name, "DULI_DATABASE_URL": "", "DULI_DEMO": "1", "LANG": "C"}
        say("stocking a shop")
        _duli(environment, "demo", "--prepare")
        _duli(
            {**environment, "STAFF_PASSWORD": STAFF_PASSWORD},
            *("staff", "create", "--email", STAFF_EMAIL, "--name", "林晓", "--password-env", "STAFF_PASSWORD"),
        )
        with shop(environment, folder / "log", workers=1) as server:
            yield Stocked(f"http://127.0.0.1:{server.port}")


def _duli(environment: Mapping[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "duli.cli", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stdout}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; RuntimeError if there is none."""
    from playwright.sync_api import sync_playwright

    program = services.chromium()
    if not program:
        raise RuntimeError("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def shape(url: str) -> str:
    """Return what kind of page an address is: `/en/products/oak-chair?x=1` → `/products/*`."""
    path = urlsplit(url).path
    path = re.sub(r"^/en(?=/|$)", "", path) or "/"
    if _TEMPLATE.search(path):
        return _TEMPLATE.sub("/mails/templates/*", path)
    return _NUMBER.sub("/*", _HANDLE.sub(r"/\1/*", path)).rstrip("/") or "/"


def crawl(page: Page, start: str, *, within: str, most: int = 80) -> Iterator[str]:
    """Open one page of each kind that can be reached by links from `start` and stays below `within`."""
    from playwright.sync_api import Error

    origin = f"{urlsplit(start).scheme}://{urlsplit(start).netloc}"
    seen: set[str] = set()
    queue = [start]
    while queue and len(seen) < most:
        url = queue.pop(0)
        if shape(url) in seen:
            continue
        seen.add(shape(url))
        try:
            answer = page.goto(url, wait_until="load")
        except Error as error:
            if "Download is starting" in str(error):
                continue
            raise
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        yield shape(url)
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        for link in links:
            target = urljoin(page.url, link).partition("#")[0]
            path = urlsplit(target).path
            if target.startswith(origin) and path.startswith(within) and not any(part in target for part in _IGNORED):
                queue.append(target.partition("?")[0])


def sign_in(page: Page, url: str, email: str = STAFF_EMAIL, password: str = STAFF_PASSWORD) -> None:
    """Sign in to the back office through its own form."""
    page.goto(f"{url}/admin/")
    form = page.locator("form:has(input[type=password])").first
    form.locator("input:not([type=hidden]):not([type=password])").first.fill(email)
    form.locator("input[type=password]").first.fill(password)
    form.locator("button:not([type=button])").last.click()
    page.wait_for_load_state("load")


def walk(page: Page, start: str) -> Iterator[str]:
    """Buy something as a guest; yield a name at each page on the way, from the full cart to the order."""
    page.goto(start)
    product = page.locator("a[href*='/products/']").first.get_attribute("href") or ""
    page.goto(urljoin(page.url, product))
    page.locator("main button[data-buy]:visible").first.click()
    page.wait_for_selector("dialog#drawer[open]")
    prefix = "/en" if urlsplit(start).path.startswith("/en") else ""
    page.goto(urljoin(start, f"{prefix}/cart"))
    yield "/cart, full"
    page.goto(urljoin(start, f"{prefix}/checkout"))
    yield "/checkout, empty"
    for step in range(1, 6):
        _fill(page, ENGLISH if prefix else CHINESE)
        yield f"/checkout, step {step}"
        page.locator("main form[method=post] button:not([type=button]):visible").last.click()
        page.wait_for_load_state("networkidle")
        if "/checkout" not in page.url:
            break
    else:
        raise RuntimeError(f"the checkout did not end: {page.url}")
    if "/orders/" not in page.url:
        yield "/pay, card"
        page.locator("button[name=test_card]").first.click()
        page.wait_for_url("**/orders/**")
        page.wait_for_load_state("networkidle")
    yield "/orders/*, placed"


def _fill(page: Page, answers: Mapping[str, str]) -> None:
    """Write what is missing. Lists fill each other, so the page may settle after each choice."""
    for field in page.locator("main input:visible, main textarea:visible").all():
        name, kind = (field.get_attribute("name") or "").lower(), field.get_attribute("type") or "text"
        answer = next((text for word, text in answers.items() if word in name), "")
        if kind in {"text", "email", "tel"} and answer and not field.input_value():
            field.fill(answer)
    for choice in page.locator("main select:visible").all():
        if not choice.input_value():
            name = (choice.get_attribute("name") or "").lower()
            answer = next((text for word, text in answers.items() if word in name), "")
            offered = choice.locator("option").all_text_contents()
            choice.select_option(answer) if answer in offered else choice.select_option(index=1)
            page.wait_for_load_state("networkidle")
