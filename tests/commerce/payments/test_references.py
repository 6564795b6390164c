"""The reference on a transfer leads back to its order, and a slip of the pen does not lead to another's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from duli.commerce.payments.references import ALPHABET, LARGEST, LENGTH, collections_named_in, transfer_reference

keys = st.integers(1, LARGEST)


@given(keys)
def test_it_leads_back_and_is_short(key: int) -> None:
    reference = transfer_reference(key)
    assert len(reference) == LENGTH
    assert set(reference) <= set(ALPHABET)
    assert collections_named_in(reference) == {key}


@given(keys, keys)
def test_no_two_are_the_same(first: int, second: int) -> None:
    assert (transfer_reference(first) == transfer_reference(second)) == (first == second)


@given(keys, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_noticed(key: int, place: int, sign: str) -> None:
    reference = transfer_reference(key)
    wrong = reference[:place] + sign + reference[place + 1 :]
    assert wrong == reference or collections_named_in(wrong) == set()


@given(keys)
def test_euros_have_a_reference_that_banks_check(key: int) -> None:
    reference = transfer_reference(key, "EUR")
    assert iso11649.is_valid(reference)
    assert key in collections_named_in(f"SEPA CREDIT {iso11649.format(reference)} THANK YOU")


@given(keys, st.integers(1, LENGTH - 1))
def test_banks_break_lines_and_people_mistake_letters(key: int, place: int) -> None:
    reference = transfer_reference(key)
    typed = reference.lower().replace("0", "o").replace("1", "l")
    assert key in collections_named_in(f"订单 {typed[:place]}-\n{typed[place:]}, thanks")


def test_text_without_one_names_nothing() -> None:
    assert collections_named_in("") == set()
    assert collections_named_in("UUUUUUUUUUUU") == set()
    assert len(collections_named_in("9" * 10_000_000)) <= 1
