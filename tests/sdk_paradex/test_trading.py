"""Orders of the unmodified SDK over REST: placed, shown, changed, cancelled, refused."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from conftest import ETH, SOL, connect, control, now_ms, order
from paradex_py import Paradex
from paradex_py.common.order import OrderType


def until(ask: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """What is asked for, once it is good; the venue tries orders after it has answered."""
    deadline = time.monotonic() + 5
    while not good(found := ask()):
        assert time.monotonic() < deadline, found
    return found


def closed(client: Paradex, order_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = until(
        lambda: client.api_client.fetch_order(order_id), lambda found: found["status"] == "CLOSED"
    )
    return shown


def test_the_address_that_the_sdk_derives_is_the_funded_one(client: Paradex, venue: dict[str, Any]) -> None:
    assert hex(client.account.l2_address) == venue["accounts"][0]["address"]
    assert hex(client.account.l2_private_key) == venue["accounts"][0]["l2_private_key"]
    summary = client.api_client.fetch_account_summary()
    assert (summary.status, Decimal(summary.account_value) > 90_000) == ("ACTIVE", True)


def test_a_new_account_is_onboarded_by_itself(venue: dict[str, Any]) -> None:
    """The SDK asks for a token, hears NOT_ONBOARDED, onboards and asks again."""
    stranger = {"l1_address": "0xd2c7314539dCe7752c8120af4eC2AA750Cf2035e"}
    stranger["l1_private_key"] = "0xf8e4d1d772cdd44e5e77615ad11cc071c94e4c06dc21150d903f28e6aa6abdff"
    client = connect({**venue, "accounts": [stranger]}, 0)
    assert client.api_client.fetch_account_summary().account_value == "0"
    assert connect({**venue, "accounts": [stranger]}, 0, server_derive_address=True).account is not None


def test_market_orders_fill_and_the_position_closes(client: Paradex) -> None:
    api = client.api_client
    bought = api.submit_order(order(ETH, "BUY", "0.5", client_id="in"))
    assert bought["status"] == "NEW"
    done = closed(client, bought["id"])
    assert (done["remaining_size"], done["cancel_reason"]) == ("0", "")
    fill = next(row for row in api.fetch_fills({"market": ETH})["results"] if row["order_id"] == bought["id"])
    assert (fill["client_id"], fill["liquidity"]) == ("in", "TAKER")
    sold = api.submit_order(order(ETH, "SELL", "0.5", reduce_only=True))
    assert closed(client, sold["id"])["remaining_size"] == "0"
    position = next(row for row in api.fetch_positions()["results"] if row["market"] == ETH)
    assert (position["size"], position["status"]) == ("0", "CLOSED")


def test_limit_orders_rest_change_and_go(client: Paradex) -> None:
    api = client.api_client
    placed = api.submit_order(order(ETH, "BUY", "0.5", "3400", client_id="rests", instruction="POST_ONLY"))
    until(lambda: api.fetch_order(placed["id"]), lambda found: found["status"] == "OPEN")
    assert api.fetch_order_by_client_id("rests")["id"] == placed["id"]
    changed = order(ETH, "BUY", "0.7", "3390", instruction="POST_ONLY", order_id=placed["id"])
    api.modify_order(placed["id"], changed)
    until(lambda: api.fetch_order(placed["id"]), lambda found: (found["size"], found["price"]) == ("0.7", "3390"))
    api.cancel_order(placed["id"])
    assert closed(client, placed["id"])["cancel_reason"] == "USER_CANCELED"


def test_batches_and_cancels_of_all_kinds(client: Paradex) -> None:
    api = client.api_client
    batch = [order(SOL, "BUY", "1", str(140 + n), client_id=f"s{n}") for n in range(4)]
    taken = api.submit_orders_batch(batch)
    assert ([row["client_id"] for row in taken["orders"]], taken["errors"]) == (["s0", "s1", "s2", "s3"], [])
    until(lambda: api.fetch_orders({"market": SOL})["results"], lambda rows: {r["status"] for r in rows} == {"OPEN"})
    api.cancel_order_by_client_id("s0")
    answer = api.cancel_orders_batch(order_ids=[taken["orders"][1]["id"]], client_order_ids=["nobody"])
    assert [row["status"] for row in answer["results"]] == ["QUEUED_FOR_CANCELLATION", "NOT_FOUND"]
    api.cancel_all_orders({"market": SOL})
    until(lambda: api.fetch_orders({"market": SOL})["results"], lambda rows: rows == [])
    history = api.fetch_orders_history({"market": SOL, "page_size": 2})
    assert len(history["results"]) == 2
    following = api.fetch_orders_history({"market": SOL, "page_size": 2, "cursor": history["next"]})
    assert {r["id"] for r in following["results"]}.isdisjoint(r["id"] for r in history["results"])


def test_stops_wait_untriggered(client: Paradex) -> None:
    api = client.api_client
    stop = api.submit_order(order(SOL, "BUY", "1", "210", order_type=OrderType.StopLimit, trigger_price=Decimal("200")))
    shown = until(lambda: api.fetch_order(stop["id"]), lambda found: found["status"] == "UNTRIGGERED")
    assert shown["flags"] == ["STOP_CONDITION_ABOVE_TRIGGER"]
    api.cancel_order(stop["id"])
    assert closed(client, stop["id"])["cancel_reason"] == "USER_CANCELED"


def test_twap_is_placed_shown_and_cancelled(client: Paradex) -> None:
    api = client.api_client
    twap = api.submit_algo_order(
        order(SOL, "BUY", "3", at_ms=now_ms()), algo_type="TWAP", duration_seconds=300, frequency=30
    )
    assert [row["id"] for row in api.fetch_algo_orders()["results"]] == [twap["id"]]
    api.cancel_algo_order(twap["id"])
    assert api.fetch_algo_orders()["results"] == []


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda: order("NONE-USD-PERP", "BUY", "1", "10"), "MARKET_NOT_FOUND"),
        (lambda: order(ETH, "BUY", "0.00001", "3400"), "INVALID_ORDER_SIZE"),
        (lambda: order(ETH, "BUY", "1", "3400", at_ms=now_ms() - 400_000), "INVALID_TIMESTAMP"),
    ],
)
def test_refusals_arrive_with_their_names(client: Paradex, wrong: Callable[[], Any], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        client.api_client.submit_order(wrong())


def test_risk_refuses_after_the_order_was_taken(client: Paradex) -> None:
    taken = client.api_client.submit_order(order(SOL, "BUY", "20000", "145"))
    assert taken["status"] == "NEW"
    assert closed(client, taken["id"])["cancel_reason"] == "NOT_ENOUGH_MARGIN"


def test_a_restricted_mode_is_told_and_ends(client: Paradex, venue: dict[str, Any]) -> None:
    api = client.api_client
    fault = control(venue, "faults", {"name": "system_status", "status": "cancel_only"})
    assert api.fetch_system_state() == {"status": "cancel_only"}
    with pytest.raises(ValueError, match="SYSTEM_STATUS_CANCEL_ONLY"):
        api.submit_order(order(ETH, "BUY", "1", "3400"))
    body = f'{{"id": {fault["id"]}}}'.encode()
    request = urllib.request.Request(venue["endpoints"]["control"] + "/faults", data=body, method="DELETE")
    urllib.request.urlopen(request, timeout=5).close()
    assert api.fetch_system_state() == {"status": "ok"}
