"""`make shots`: every page in both languages, on a phone and a desktop, as pictures in .shots/.

Pages are found as a person finds them: by following links, one example of each kind; then a guest buys something,
and somebody of the staff looks around the back office. `ARGS="--url http://…"` photographs a shop that is open
already; `--dark` shows what those see who prefer dark pages.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.browser import DEVICES, LANGUAGES, ROOT, chromium, crawl, sign_in, stocked_shop, walk
from tools.setup import say

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FOLDER = ROOT / ".shots"
LOCALES = {"zh": "zh-CN", "en": "en-GB"}


def file_name(shape: str) -> str:
    return shape.strip("/").replace("/", "_").replace("*", "x").replace(", ", "-").replace(" ", "-") or "home"


def photograph(page: Page, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # Pictures below the first screen are only fetched when somebody comes near.
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / f"{file_name(name)}.png", full_page=True)


def _context(browser: Browser, device: str, language: str, scheme: str) -> BrowserContext:
    width, height = DEVICES[device]
    return browser.new_context(
        viewport={"width": width, "height": height},
        locale=LOCALES[language],
        is_mobile=device == "phone",
        has_touch=device == "phone",
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )


def storefront(browser: Browser, url: str, device: str, language: str, scheme: str) -> int:
    folder = FOLDER / language / device / "storefront"
    context = _context(browser, device, language, scheme)
    page = context.new_page()
    count = 0
    start = f"{url}{LANGUAGES[language]}/"
    for name in crawl(page, start, within=f"{LANGUAGES[language]}/"):
        if not name.startswith("/admin"):
            photograph(page, folder, name)
            count += 1
    page.goto(f"{url}{LANGUAGES[language]}/nothing-is-here")
    photograph(page, folder, "404")
    for name in walk(page, start):
        photograph(page, folder, name)
        count += 1
    context.close()
    return count + 1


def back_office(browser: Browser, url: str, device: str, language: str, scheme: str) -> int:
    folder = FOLDER / language / device / "back-office"
    context = _context(browser, device, language, scheme)
    page = context.new_page()
    page.goto(f"{url}/admin/")
    photograph(page, folder, "sign in")
    sign_in(page, url)
    count = 1
    for name in crawl(page, f"{url}/admin/", within="/admin"):
        photograph(page, folder, name)
        count += 1
    context.close()
    return count


def main() -> int:
    parser = argparse.ArgumentParser(prog="make shots", description=__doc__)
    parser.add_argument("--url", default="", help="a shop that is open already")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--only", choices=["storefront", "back-office"])
    arguments = parser.parse_args()
    scheme = "dark" if arguments.dark else "light"
    count, problems = 0, 0
    with stocked_shop(arguments.url) as shop, chromium() as browser:
        for language in LANGUAGES:
            for device in DEVICES:
                for name, part in (("storefront", storefront), ("back-office", back_office)):
                    if arguments.only not in {None, name}:
                        continue
                    try:
                        count += part(browser, shop.url, device, language, scheme)
                    except Exception as error:
                        problems += 1
                        say(f"{name}, {language}, {device}: {str(error).splitlines()[0]}")
    say(f"{count} pictures in {FOLDER}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
