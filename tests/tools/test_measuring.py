"""The parts of measuring and photographing that can be wrong without anybody noticing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tools.audit import html_problems
from tools.bench.catalogue import plans, search_words
from tools.bench.guests import Page, add_form
from tools.bench.processes import cpu_seconds, family, pss_megabytes
from tools.browser import shape
from tools.shots import file_name

PRODUCT = """
<form action="/search"><input name="q"></form>
<form id="buy" method="post" action="/cart/add">
  <input type="hidden" name="csrfmiddlewaretoken" value="abc">
  <input type="radio" name="variant" value="7"><input type="radio" name="variant" value="8" checked>
  <select name="quantity"><option value="">–</option><option value="1">1</option></select>
  <input type="checkbox" name="gift" value="yes"><input type="text" name="disabled" value="x" disabled>
  <button name="action" value="add">Add</button>
</form>
<input form="buy" name="note" value="soon">
"""


def test_a_form_is_read_as_a_browser_reads_it() -> None:
    form = add_form(Page("/products/x", 200, PRODUCT))
    assert (form.action, form.method) == ("/cart/add", "post")
    assert form.values == {"csrfmiddlewaretoken": "abc", "variant": "8", "quantity": "1", "note": "soon"}
    assert form.buttons == [("action", "add")]


def test_a_page_without_a_way_to_buy_is_said() -> None:
    with pytest.raises(RuntimeError, match="no form that adds to the cart"):
        add_form(Page("/products/x", 404, "<p>Nothing here</p>"))


def test_the_catalogue_is_the_same_every_time() -> None:
    first, second = list(plans(300)), list(plans(300))
    assert first == second
    assert len({plan.title for plan in first}) == 300
    assert {plan.category for plan in first} == set(range(20))
    assert all(plan.minor > 0 for plan in first)
    assert search_words(60) == search_words(60)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_cpu_time_and_memory_of_children_are_counted() -> None:
    burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
    code = "import subprocess, sys, time\n"
    code += f"subprocess.run([sys.executable, '-c', {burn!r}])\nprint('done', flush=True)\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        assert family(process.pid) == [process.pid]
        assert cpu_seconds(process.pid) >= 0.3
        assert pss_megabytes(process.pid) > 1
        process.kill()
    assert os.getpid() in family(os.getpid())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://x/", "/"),
        ("http://x/en", "/"),
        ("http://x/en/products/oak-chair?size=2", "/products/*"),
        ("http://x/collections", "/collections"),
        ("http://x/admin/orders/12/fulfil/", "/admin/orders/*/fulfil"),
        ("http://x/admin/mails/templates/order_paid/email/en/", "/admin/mails/templates/*"),
        ("http://x/account/addresses/3/edit", "/account/addresses/*/edit"),
    ],
)
def test_pages_of_a_kind_are_one_kind(url: str, expected: str) -> None:
    assert shape(url) == expected


def test_pictures_have_names_that_every_file_system_takes() -> None:
    assert file_name("/") == "home"
    assert file_name("/admin/orders/*") == "admin_orders_x"
    assert file_name("/checkout, step 1") == "checkout-step-1"


def test_broken_html_is_found_and_whole_html_passes() -> None:
    whole = "<!doctype html><html lang=en><head><title>x</title></head><body><p>x</p></body></html>"
    assert list(html_problems(whole)) == []
    assert list(html_problems(whole.replace("<p>x</p>", "<p>x</div>"))) != []
