"""Guests who buy: a small HTTP client that reads the shop's real forms and fills them in as a person would.

It knows no address of the checkout beyond `/products/…` and `/checkout`; everything else it finds on the pages.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from tools.bench.load import Result

GUESTS = 8
MOST_STEPS = 8
# What a guest writes into a field whose name contains the word; the first that fits.
ANSWERS = {
    "contact": "guest@example.com",
    "email": "guest@example.com",
    "phone": "13800138000",
    "name": "林晓",
    "country": "CN",
    "region": "浙江省",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "line1": "龙井路 1 号",
    "address": "龙井路 1 号",
    "postal": "310000",
}


@dataclass(slots=True)
class Form:
    """One form of a page: where it goes and what it would send, with the answers that may be chosen."""

    action: str = ""
    method: str = "get"
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._by_id: dict[str, Form] = {}
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
            if given.get("id"):
                self._by_id[given["id"]] = self._open
        form = self._by_id.get(given.get("form", ""), self._open)
        if form is None or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "button" and given.get("type", "submit") == "submit":
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and name:
            self._input(form, name, given)
        elif tag == "textarea" and name:
            form.values.setdefault(name, "")
        elif tag == "select" and name:
            self._select = name
            form.choices.setdefault(name, [])
        elif tag == "option" and self._select:
            value = given.get("value", "")
            form.choices[self._select].append(value)
            if "selected" in given:
                form.values[self._select] = value

    @staticmethod
    def _input(form: Form, name: str, given: Mapping[str, str]) -> None:
        kind, value = given.get("type", "text"), given.get("value", "on")
        if kind in {"radio", "checkbox"}:
            if kind == "radio":
                form.choices.setdefault(name, []).append(value)
            if "checked" in given:
                form.values[name] = value
        elif kind not in {"submit", "image", "button", "reset", "file"}:
            form.values[name] = given.get("value", "")
            if kind != "hidden" and not form.values[name]:
                form.empty.append(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""


@dataclass(slots=True)
class Page:
    url: str
    status: int
    text: str

    def forms(self) -> list[Form]:
        reader = _Reader()
        reader.feed(self.text)
        return reader.forms


class Browser:
    """One guest: a connection and cookies."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies: dict[str, str] = {}

    def get(self, url: str) -> Page:
        return self._follow("GET", url, None)

    def send(self, page: Page, form: Form, button: tuple[str, str] = ("", "")) -> Page:
        values = dict(form.values)
        if button[0]:
            values[button[0]] = button[1]
        url = urljoin(page.url, form.action or page.url)
        if form.method == "post":
            return self._follow("POST", url, values)
        return self._follow("GET", f"{url}?{urlencode(values)}", None)

    def post(self, url: str, values: Mapping[str, str]) -> Page:
        """Send values and return what comes back, without following it."""
        return self._once("POST", url, values)[0]

    def close(self) -> None:
        self._connection.close()

    def _follow(self, method: str, url: str, values: Mapping[str, str] | None) -> Page:
        for _ in range(5):
            page, target = self._once(method, url, values)
            if not target:
                return page
            method, url, values = "GET", urljoin(url, target), None
        return page

    def _once(self, method: str, url: str, values: Mapping[str, str] | None) -> tuple[Page, str]:
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if values is not None:
            body = urlencode(values)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        target = answer.headers.get("Location", "") if answer.status in {301, 302, 303, 307, 308} else ""
        return Page(path, answer.status, text), target


def add_form(page: Page) -> Form:
    """Return the form of a product page that puts the product into the cart."""
    for form in page.forms():
        if form.method == "post" and "cart" in form.action:
            choose(form)
            return form
    raise RuntimeError(f"{page.url} ({page.status}) has no form that adds to the cart")


def choose(form: Form) -> None:
    """Choose where nothing is chosen yet. A list may still be empty: on a page its script fills it in time."""
    for name, values in form.choices.items():
        if not form.values.get(name):
            form.values[name] = answer_to(name) or next((value for value in values if value), "")


def last_button(form: Form) -> tuple[str, str]:
    """Return the button that ends the form; those before it only look something up."""
    return form.buttons[-1] if form.buttons else ("", "")


def answer_to(name: str) -> str:
    return next((text for word, text in ANSWERS.items() if word in name.lower()), "")


def order(browser: Browser, product: str) -> str:
    """Buy one piece as a guest; return the address of the placed order. RuntimeError where the road ends."""
    page = browser.get(product)
    page = browser.send(page, add_form(page))
    page = browser.get("/checkout")
    for _ in range(MOST_STEPS):
        if "/orders/" in page.url:
            return page.url
        forms = [
            form for form in page.forms() if form.method == "post" and "checkout" in urljoin(page.url, form.action)
        ]
        if not forms:
            break
        form = max(forms, key=lambda candidate: len(candidate.values))
        for name in form.empty:
            form.values[name] = form.values[name] or answer_to(name)
        choose(form)
        page = browser.send(page, form, last_button(form))
    if "/orders/" in page.url:
        return page.url
    raise RuntimeError(f"no order: stopped at {page.url} ({page.status})")


def _in_parallel(work: Callable[[int], None], *, seconds: float) -> tuple[list[float], list[str], float]:
    """Let GUESTS threads repeat `work` for `seconds`; return how long each took, what failed, and the time in all."""
    times: list[float] = []
    problems: list[str] = []
    end = time.monotonic() + seconds

    def run(guest: int) -> None:
        turn = guest
        while time.monotonic() < end:
            started = time.perf_counter()
            try:
                work(turn)
            except (RuntimeError, OSError, http.client.HTTPException) as problem:
                problems.append(str(problem))
                if len(problems) > 20:
                    return
                continue
            finally:
                turn += GUESTS
            times.append((time.perf_counter() - started) * 1000)

    started = time.monotonic()
    threads = [threading.Thread(target=run, args=(guest,)) for guest in range(GUESTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(times), problems, time.monotonic() - started


def _result(name: str, times: list[float], problems: list[str], seconds: float, cpu: float) -> Result:
    if not times:
        return Result(name, 0, 0, 0, 0, bad=len(problems), note=problems[0] if problems else "")
    return Result(
        name,
        per_second=len(times) / seconds,
        p50=times[len(times) // 2],
        p99=times[int(len(times) * 0.99)],
        cpu=cpu * 1000 / len(times),
        bad=len(problems),
        note=problems[0] if problems else "",
    )


def carts(port: int, products: list[str], *, seconds: float, cpu: Callable[[], float]) -> Result:
    """New guests put one piece into a new cart each; the form was fetched before."""
    browser = Browser(port)
    try:
        page = browser.get(products[0])
        form = add_form(page)
    except RuntimeError as problem:
        return Result("new cart + add", 0, 0, 0, 0, bad=1, note=str(problem))
    target = urljoin(page.url, form.action)
    guests = threading.local()

    def work(turn: int) -> None:
        if not hasattr(guests, "browser"):
            guests.browser = Browser(port)
        guests.browser.cookies = dict(browser.cookies)
        answer = guests.browser.post(target, form.values)
        if answer.status >= 400:
            raise RuntimeError(f"{answer.url}: {answer.status}")

    before = cpu()
    times, problems, spent = _in_parallel(work, seconds=seconds)
    return _result("new cart + add", times, problems, spent, cpu() - before)


def orders(port: int, products: list[str], *, seconds: float, cpu: Callable[[], float]) -> Result:
    """Eight guests at a time walk from a product page to a placed order."""

    def work(turn: int) -> None:
        browser = Browser(port)
        try:
            order(browser, products[turn % len(products)])
        finally:
            browser.close()

    try:
        work(0)
    except RuntimeError as problem:
        return Result("guest order", 0, 0, 0, 0, bad=1, note=str(problem))
    before = cpu()
    times, problems, spent = _in_parallel(work, seconds=seconds)
    return _result("guest order", times, problems, spent, cpu() - before)
