"""Client order ids and the venue's numbers: one number an order, the order from its number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nautilus_trader.model.identifiers import ClientOrderId

from hedgewire.nautilus.ids import PACKED, OrderIds, client_order_id_of, number_of

MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2041, 12, 31)).map(lambda moment: moment.replace(microsecond=0))


def default_form(moment: datetime, trader: str, strategy: int, count: int) -> ClientOrderId:
    return ClientOrderId(f"O-{moment:%Y%m%d-%H%M%S}-{trader}-{strategy:03d}-{count}")


@given(MOMENTS, st.sampled_from(["001", "7", "desk"]), st.integers(0, 999), st.integers(1, 32_767), st.integers(0, 7))
def test_an_id_of_the_default_form_comes_back_from_its_number(
    moment: datetime, trader: str, strategy: int, count: int, revision: int
) -> None:
    order = default_form(moment, trader, strategy, count)
    number = number_of(order, revision)
    assert PACKED <= number < 2**62
    assert client_order_id_of(number, trader) == order
    assert OrderIds(trader).find(number, "") == order


def test_every_field_changes_the_number() -> None:
    moment = datetime(2026, 11, 21, 16, 9, 28, tzinfo=UTC)
    numbers = {number_of(default_form(moment, "001", 0, 1), revision) for revision in range(8)}
    numbers |= {number_of(default_form(moment + timedelta(seconds=1), "001", 0, 1))}
    numbers |= {number_of(default_form(moment, "001", 1, 1)), number_of(default_form(moment, "001", 0, 2))}
    assert len(numbers) == 11


@pytest.mark.parametrize(
    "text",
    [
        "mine-1",
        "O-20261121-160928-001-000-0",
        "O-20261121-160928-001-000-07",
        "O-20261121-160928-001-000-32768",
        "O-20261321-160928-001-000-1",
        "O-20241231-235959-001-000-1",
        "O-20261121-160928-001-0000-1",
    ],
)
def test_any_other_id_is_hashed_and_never_taken_for_a_packed_one(text: str) -> None:
    number = number_of(ClientOrderId(text))
    assert 0 < number < PACKED
    assert client_order_id_of(number, "001") is None


@given(st.integers(0, 2**64 - 1))
def test_a_stranger_s_number_is_nobody_s_or_packs_to_itself(number: int) -> None:
    order = client_order_id_of(number, "001")
    assert order is None or any(number_of(order, revision) == number for revision in range(8))


def test_two_ids_that_share_a_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hedgewire.nautilus.ids.number_of", lambda *_: 7)
    ids = OrderIds()
    ids.assign(ClientOrderId("a"))
    with pytest.raises(ValueError, match="share the number 7"):
        ids.assign(ClientOrderId("b"))
