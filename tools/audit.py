"""`make audit`: examines the key pages with axe, an HTML parser and Lighthouse.

What a tool cannot do here for want of its program is said plainly. Exit code 1 if anything was found.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import services
from tools.browser import LANGUAGES, ROOT, chromium, crawl, sign_in, stocked_shop, walk
from tools.setup import say

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LIGHTHOUSE = ("performance", "accessibility", "best-practices", "seo")
LOWEST = 95
AXE_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Of npm, put into node_modules (ignored) by the first audit. This Lighthouse runs on Node 18 and later.
NODE_TOOLS = ("lighthouse@12", "vnu-jar")
VNU_PATTERNS = (ROOT / "node_modules/vnu-jar/build/dist/vnu.jar", Path("/usr/share/java/vnu.jar"))


def axe_problems(page: Page) -> Iterator[str]:
    from axe_playwright_python.sync_playwright import Axe

    for violation in Axe().run(page, options=AXE_RULES).response["violations"]:
        targets = ", ".join(str(node["target"][0]) for node in violation["nodes"][:3])
        yield f"axe {violation['id']} ({violation['impact']}): {violation['help']} – {targets}"


def html_problems(source: str) -> Iterator[str]:
    """Yield what a browser's parser has to forgive, each kind once."""
    import html5lib

    parser = html5lib.HTMLParser()
    parser.parse(source)
    seen: set[str] = set()
    for (line, _column), code, details in parser.errors:
        if code not in seen:
            seen.add(code)
            message = html5lib.constants.E.get(code, code)
            yield f"html line {line}: {message % details if details else message}"


def vnu_program() -> list[str]:
    """Return the command of the W3C's validator, or an empty list."""
    if program := shutil.which("vnu"):
        return [program]
    jar = next((path for path in VNU_PATTERNS if path.exists()), None)
    return ["java", "-jar", str(jar)] if jar and shutil.which("java") else []


def vnu_problems(sources: dict[str, str]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        files = {}
        for number, (where, source) in enumerate(sources.items()):
            path = Path(name) / f"{number}.html"
            path.write_text(source, encoding="utf-8")
            files[path.name] = where
        command = [*vnu_program(), "--format", "json", "--errors-only", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for entry in json.loads(done.stderr or "{}").get("messages", []):
            # htmx reads attributes of its own, as its documentation writes them.
            if "Attribute “hx-" not in entry["message"]:
                where = files.get(Path(entry["url"]).name, "?")
                yield f"{where}: html {entry['message']} (line {entry.get('lastLine')})"


def lighthouse_program() -> list[str]:
    """Return the command of Lighthouse if it is on this machine."""
    for path in (shutil.which("lighthouse"), ROOT / "node_modules/.bin/lighthouse"):
        if path and Path(path).exists() and shutil.which("node"):
            return [str(path)]
    return []


def install_node_tools() -> None:
    """Fetch Lighthouse and the validator with npm, once; without npm the audit does without them."""
    if (lighthouse_program() and vnu_program()) or not shutil.which("npm"):
        return
    say("fetching Lighthouse and the HTML validator")
    command = ["npm", "install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--silent", *NODE_TOOLS]
    subprocess.run(command, cwd=ROOT, check=False, capture_output=True)


def lighthouse_problems(url: str) -> Iterator[str]:
    """Yield the categories below LOWEST, with the audits that cost the most.

    The cart is kept out of search engines on purpose; only there that is not counted against it.
    """
    command = [
        *lighthouse_program(),
        url,
        *("--quiet", "--output=json", "--output-path=stdout", f"--only-categories={','.join(LIGHTHOUSE)}"),
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        *(["--skip-audits=is-crawlable"] if url.endswith("/cart") else []),
    ]
    environment = {**os.environ, "CHROME_PATH": services.chromium()}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        yield f"lighthouse: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no answer'}"
        return
    scores = {name: round((report["categories"][name]["score"] or 0) * 100) for name in LIGHTHOUSE}
    say(f"lighthouse {url}: " + ", ".join(f"{name} {score}" for name, score in scores.items()))
    for name, score in scores.items():
        if score < LOWEST:
            weak = [
                report["audits"][entry["id"]]["title"]
                for entry in report["categories"][name]["auditRefs"]
                if entry["weight"] and (report["audits"][entry["id"]]["score"] or 0) < 0.9
            ]
            yield f"lighthouse {name} {score}: {'; '.join(weak[:5])}"


def _examine(page: Page, where: str, sources: dict[str, str]) -> list[str]:
    page.wait_for_load_state("networkidle")
    answer = page.request.get(page.url)
    # Pages that a POST led to cannot be fetched again as they are; their live tree is examined by axe alone.
    source = answer.text() if answer.ok and "text/html" in answer.headers.get("content-type", "") else ""
    found = list(axe_problems(page))
    if answer.status >= 500:
        found.append(f"answers {answer.status}")
    if source:
        sources[where] = source
        found += html_problems(source)
    return [f"{where}: {problem}" for problem in found]


def _examine_desk(browser: Browser, url: str, language: str, below: str, sources: dict[str, str]) -> list[str]:
    staff = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce").new_page()
    sign_in(staff, url)
    return [
        problem
        for shape in crawl(staff, f"{url}{below}", within=below)
        for problem in _examine(staff, f"{language} {shape}", sources)
    ]


def examine(url: str, languages: Sequence[str], below: str = "") -> list[str]:
    """Examine every kind of page in each language; `below` an address of the back office, those alone."""
    found: list[str] = []
    sources: dict[str, str] = {}
    with chromium() as browser:
        for language in languages:
            found += _examine_desk(browser, url, language, below or "/admin", sources)
            if below:
                continue
            page = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce").new_page()
            start = f"{url}{LANGUAGES[language]}/"
            for shape in crawl(page, start, within=f"{LANGUAGES[language]}/"):
                if not shape.startswith("/admin"):
                    found += _examine(page, f"{language} {shape}", sources)
            for shape in walk(page, start):
                found += _examine(page, f"{language} {shape}", sources)
    if vnu_program():
        found += vnu_problems(sources)
    else:
        say("SKIPPED: the vnu validator is not here; pages were parsed with html5lib only")
    return found


def key_pages(url: str) -> list[str]:
    """Return home, a listing, a product and the cart, found as a shopper finds them."""
    with chromium() as browser:
        page = browser.new_page()
        shapes = {}
        for shape in crawl(page, f"{url}/", within="/", most=12):
            shapes[shape] = page.url
    wanted = ("/", "/collections/*", "/products/*")
    return [shapes[shape] for shape in wanted if shape in shapes] + [f"{url}/cart"]


def grouped(found: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Put the same finding of several pages together, most frequent first; lines and dates do not make it another."""
    places: dict[str, list[str]] = {}
    examples: dict[str, str] = {}
    for entry in found:
        where, _, problem = entry.partition(": ")
        kind = re.sub(r" – .*|\d+", "", problem)
        examples.setdefault(kind, problem)
        if where not in places.setdefault(kind, []):
            places[kind].append(where)
    return sorted(((examples[kind], pages) for kind, pages in places.items()), key=lambda entry: -len(entry[1]))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make audit", description=__doc__)
    parser.add_argument("--url", default="", help="a shop that is open already")
    parser.add_argument("--no-lighthouse", action="store_true")
    parser.add_argument("--below", default="", help="only pages of the back office below this address: /admin/content")
    arguments = parser.parse_args()
    install_node_tools()
    with stocked_shop(arguments.url) as shop:
        found = examine(shop.url, list(LANGUAGES), arguments.below)
        if arguments.below:
            say("SKIPPED: the shop's own pages and Lighthouse")
        elif arguments.no_lighthouse or not lighthouse_program():
            say("SKIPPED: Lighthouse, which needs Node.js and npm")
        else:
            for url in key_pages(shop.url):
                found += [f"{url}: {problem}" for problem in lighthouse_problems(url)]
    for problem, places in grouped(found):
        more = f" and {len(places) - 3} more pages" if len(places) > 3 else ""
        print(f"{problem}\n    on {', '.join(places[:3])}{more}")
    say(f"{len(grouped(found))} kinds of findings" if found else "nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
