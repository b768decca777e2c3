"""Orders on the local Paradex: taken, tried afterwards, modified, cancelled, closed with a reason."""

from __future__ import annotations

import pytest
from paradex_client import ETH, SOL, ParadexTestClient

BAD = '["1","2"]'


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"signature": BAD}, "INVALID_ORDER_SIGNATURE"),
        ({"size": "0.2001"}, "INVALID_ORDER_SIGNATURE"),
        ({"signature": "nonsense"}, "INVALID_ORDER_SIGNATURE"),
        ({"market": "ETH-USD"}, "MARKET_NOT_FOUND"),
        ({"side": "LONG"}, "VALIDATION_ERROR"),
        ({"type": "FOK"}, "VALIDATION_ERROR"),
        ({"price": "3400.001"}, "VALIDATION_ERROR"),
        ({"size": "0.00001"}, "INVALID_ORDER_SIZE"),
        ({"size": "1e9"}, "INVALID_ORDER_SIZE"),
        ({"size": "NaN"}, "VALIDATION_ERROR"),
        ({"client_id": "x" * 65}, "VALIDATION_ERROR"),
        ({"recv_window": 5}, "VALIDATION_ERROR"),
    ],
)
async def test_what_is_wrong_with_an_order_is_named_at_once(
    trader: ParadexTestClient, change: dict[str, object], error: str
) -> None:
    body = trader.order(ETH, "BUY", "0.2", "3400") | change
    status, answer = await trader.request("POST", "/orders", body)
    assert (status, answer["error"], answer["data"]) == (400, error, None)
    assert (await trader.get("/orders"))["results"] == []


async def test_rpi_orders_are_for_listed_accounts(trader: ParadexTestClient, other_trader: ParadexTestClient) -> None:
    order = await trader.placed(ETH, "BUY", "0.5", "3400", instruction="RPI")
    assert (order["status"], order["instruction"]) == ("OPEN", "RPI")
    crossing = await trader.placed(ETH, "BUY", "0.5", "3510", instruction="RPI")
    assert (crossing["status"], crossing["cancel_reason"]) == ("CLOSED", "POST_ONLY_WOULD_CROSS")
    body = other_trader.order(ETH, "BUY", "0.5", "3400", instruction="RPI")
    status, answer = await other_trader.request("POST", "/orders", body)
    assert (status, answer["error"]) == (400, "RPI_ACCOUNT_NOT_WHITELISTED")


async def test_an_order_is_new_then_open_and_cancelled_by_its_id(trader: ParadexTestClient) -> None:
    order = await trader.place(ETH, "BUY", "0.5", "3400", client_id="mine")
    assert (order["remaining_size"], order["avg_fill_price"], order["stp"]) == ("0.5", "", "EXPIRE_TAKER")
    (shown,) = (await trader.get("/orders?market=" + ETH))["results"]
    assert (shown["id"], shown["status"], shown["client_id"]) == (order["id"], "OPEN", "mine")
    assert (await trader.get("/orders/by_client_id/mine"))["id"] == order["id"]
    assert (await trader.request("DELETE", f"/orders/{order['id']}"))[0] == 204
    gone = await trader.get(f"/orders/{order['id']}")
    assert (gone["status"], gone["cancel_reason"]) == ("CLOSED", "USER_CANCELED")
    assert (await trader.request("DELETE", f"/orders/{order['id']}"))[1]["error"] == "ORDER_IS_CLOSED"
    assert (await trader.request("DELETE", "/orders/17"))[1]["error"] == "ORDER_ID_NOT_FOUND"


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"market": SOL, "side": "BUY", "size": "20000", "price": "145"}, "NOT_ENOUGH_MARGIN"),
        ({"side": "BUY", "size": "1", "price": "3700"}, "PRICE_NOT_AVAILABLE"),
        ({"side": "BUY", "size": "1", "price": "3510", "instruction": "POST_ONLY"}, "POST_ONLY_WOULD_CROSS"),
        ({"side": "BUY", "size": "1", "price": "3400", "instruction": "IOC"}, "REMAINING_IOC_CANCEL"),
        ({"side": "SELL", "size": "1", "price": "3600", "flags": ["REDUCE_ONLY"]}, "REDUCE_ONLY_WILL_INCREASE"),
    ],
)
async def test_risk_refuses_an_order_only_after_201(
    trader: ParadexTestClient, order: dict[str, str], reason: str
) -> None:
    market = order.pop("market", ETH)
    closed = await trader.placed(market, order.pop("side"), order.pop("size"), order.pop("price"), **order)
    assert (closed["status"], closed["cancel_reason"], closed["remaining_size"]) == ("CLOSED", reason, closed["size"])
    assert await trader.size(ETH) == "0"


async def test_a_market_order_fills_pays_its_fee_and_moves_position_and_account(trader: ParadexTestClient) -> None:
    order = await trader.placed(ETH, "BUY", "0.5")
    assert (order["status"], order["cancel_reason"], order["remaining_size"]) == ("CLOSED", "", "0")
    (fill,) = (await trader.get("/fills"))["results"]
    price = float(fill["price"])
    assert (fill["order_id"], fill["liquidity"], fill["fill_type"]) == (order["id"], "TAKER", "FILL")
    assert float(fill["fee"]) == pytest.approx(0.5 * price * 0.00045)
    (position,) = (await trader.get("/positions"))["results"]
    assert (position["size"], position["side"], position["status"]) == ("0.5", "LONG", "OPEN")
    assert position["average_entry_price"] == order["avg_fill_price"] == fill["price"]
    account = await trader.get("/account")
    assert float(account["total_collateral"]) == pytest.approx(100_000 - float(fill["fee"]))
    assert float(account["initial_margin_requirement"]) == pytest.approx(0.5 * 3500 * 0.02045, rel=1e-3)
    await trader.placed(ETH, "SELL", "0.5", flags=["REDUCE_ONLY"])
    (position,) = (await trader.get("/positions"))["results"]
    assert (position["size"], position["status"], position["side"]) == ("0", "CLOSED", "LONG")
    assert (await trader.get("/account"))["initial_margin_requirement"] == "0"


async def test_a_market_order_stops_where_its_average_would_pass_the_slippage(trader: ParadexTestClient) -> None:
    await trader.control("liquidity", {"symbol": ETH, "depth_percent": 1})
    order = await trader.placed(ETH, "BUY", "40")
    assert order["cancel_reason"] in ("EMPTY_MARKET", "EXCEEDS_MAX_SLIPPAGE")
    assert 0 < float(order["remaining_size"]) < 40
    assert await trader.size(ETH) == str(round(40 - float(order["remaining_size"]), 4))


async def test_an_order_is_modified_under_its_own_id(trader: ParadexTestClient) -> None:
    order = await trader.place(ETH, "BUY", "0.5", "3400")
    body = trader.order(ETH, "BUY", "0.8", "3410", id=order["id"])
    status, answer = await trader.request("PUT", f"/orders/{order['id']}", body)
    assert (status, answer["request_info"]["status"]) == (200, "PENDING")
    shown = await trader.get(f"/orders/{order['id']}")
    assert (shown["size"], shown["price"], shown["status"]) == ("0.8", "3410", "OPEN")
    assert (shown["request_info"]["status"], shown["request_info"]["request_type"]) == ("SUCCESS", "MODIFY_ORDER")
    unsigned = {**body, "price": "3411"}
    assert (await trader.request("PUT", f"/orders/{order['id']}", unsigned))[1]["error"] == "INVALID_ORDER_SIGNATURE"


async def test_a_change_that_risk_refuses_leaves_the_order_as_it_was(trader: ParadexTestClient) -> None:
    order = await trader.place(SOL, "BUY", "1", "145")
    await trader.request("PUT", f"/orders/{order['id']}", trader.order(SOL, "BUY", "20000", "145", id=order["id"]))
    shown = await trader.get(f"/orders/{order['id']}")
    assert (shown["size"], shown["status"]) == ("1", "OPEN")
    assert (shown["request_info"]["status"], shown["request_info"]["message"]) == ("REJECTED", "NOT_ENOUGH_MARGIN")


async def test_a_batch_is_taken_as_a_whole_or_refused_as_a_whole(trader: ParadexTestClient) -> None:
    good = [trader.order(ETH, "BUY", "0.5", str(3400 + n), client_id=f"b{n}") for n in range(3)]
    status, answer = await trader.request("POST", "/orders/batch", good)
    assert (status, [each["client_id"] for each in answer["orders"]], answer["errors"]) == (201, ["b0", "b1", "b2"], [])
    status, answer = await trader.request("POST", "/orders/batch", [*good, good[0] | {"signature": BAD}])
    assert (status, answer["error"]) == (400, "INVALID_ORDER_SIGNATURE")
    status, answer = await trader.request("POST", "/orders/batch", good * 4)
    assert (status, answer["error"]) == (400, "BATCH_SIZE_OUT_OF_RANGE")
    assert len((await trader.get("/orders"))["results"]) == 3
    first = (await trader.get("/orders"))["results"][0]["id"]
    body = {"order_ids": [first, "17"], "client_order_ids": ["b1", "nobody"]}
    status, answer = await trader.request("DELETE", "/orders/batch", body)
    assert [row["status"] for row in answer["results"]] == [
        "QUEUED_FOR_CANCELLATION",
        "NOT_FOUND",
        "QUEUED_FOR_CANCELLATION",
        "NOT_FOUND",
    ]
    assert [row["client_id"] for row in (await trader.get("/orders"))["results"]] == ["b2"]


async def test_cancel_all_goes_by_market(trader: ParadexTestClient) -> None:
    await trader.place(ETH, "BUY", "0.5", "3400")
    await trader.place(SOL, "BUY", "1", "140", client_id="sol")
    assert (await trader.request("DELETE", f"/orders?market={ETH}"))[0] == 200
    assert [row["market"] for row in (await trader.get("/orders"))["results"]] == [SOL]
    status, answer = await trader.request("POST", "/orders", trader.order(SOL, "BUY", "1", "140", client_id="sol"))
    assert (status, answer["error"]) == (400, "DUPLICATED_CLIENT_ID")
    assert (await trader.request("DELETE", "/orders/by_client_id/sol"))[0] == 204
    assert (await trader.get("/orders"))["results"] == []


async def test_one_account_does_not_trade_with_itself(trader: ParadexTestClient) -> None:
    await trader.control("liquidity", {"symbol": ETH, "drain": "asks"})
    resting = await trader.place(ETH, "SELL", "0.5", "3505")
    taker = await trader.placed(ETH, "BUY", "0.5", "3505")
    assert (taker["status"], taker["cancel_reason"], taker["remaining_size"]) == ("CLOSED", "SELF_TRADE", "0.5")
    assert (await trader.get(f"/orders/{resting['id']}"))["status"] == "OPEN"
    taker = await trader.placed(ETH, "BUY", "0.5", "3505", stp="EXPIRE_MAKER")
    assert taker["status"] == "OPEN"
    gone = await trader.get(f"/orders/{resting['id']}")
    assert (gone["status"], gone["cancel_reason"]) == ("CLOSED", "SELF_TRADE")


async def test_two_accounts_meet_maker_and_taker(trader: ParadexTestClient, other_trader: ParadexTestClient) -> None:
    await trader.control("liquidity", {"symbol": ETH, "drain": "asks"})
    maker = await trader.place(ETH, "SELL", "0.5", "3505", instruction="POST_ONLY")
    taker = await other_trader.placed(ETH, "BUY", "0.2", "3505", instruction="IOC")
    assert (taker["status"], taker["remaining_size"]) == ("CLOSED", "0")
    assert (await trader.get(f"/orders/{maker['id']}"))["remaining_size"] == "0.3"
    (fill,) = (await trader.get("/fills"))["results"]
    assert (fill["liquidity"], fill["side"], fill["remaining_size"]) == ("MAKER", "SELL", "0.3")
    assert float(fill["fee"]) == pytest.approx(0.2 * 3505 * 0.00003)
    assert (await trader.size(ETH), await other_trader.size(ETH)) == ("-0.2", "0.2")
    assert (await other_trader.request("GET", f"/orders/{maker['id']}"))[1]["error"] == "ORDER_ID_NOT_FOUND"


async def test_stops_wait_for_the_mark_price(trader: ParadexTestClient) -> None:
    await trader.placed(ETH, "BUY", "0.5")
    stop = await trader.placed(ETH, "SELL", "0.5", type="STOP_MARKET", trigger_price="3450", flags=["REDUCE_ONLY"])
    assert (stop["status"], stop["flags"]) == ("UNTRIGGERED", ["REDUCE_ONLY", "STOP_CONDITION_BELOW_TRIGGER"])
    await trader.control("price", {"symbol": ETH, "price": "3449"})
    await trader.control("clock", {"step_ms": 200})
    done = await trader.get(f"/orders/{stop['id']}")
    assert (done["status"], done["remaining_size"]) == ("CLOSED", "0")
    assert await trader.size(ETH) == "0"


async def test_what_is_tied_to_a_position_ends_with_it(trader: ParadexTestClient) -> None:
    await trader.placed(ETH, "BUY", "0.5")
    tied = {"trigger_price": "3700", "flags": ["REDUCE_ONLY"], "type": "TAKE_PROFIT_LIMIT"}
    profit = await trader.placed(ETH, "SELL", "0", "3700", **tied)
    loss = await trader.placed(ETH, "SELL", "0", **(tied | {"trigger_price": "3300", "type": "STOP_LOSS_MARKET"}))
    assert (profit["status"], loss["status"]) == ("UNTRIGGERED", "UNTRIGGERED")
    await trader.placed(ETH, "SELL", "0.5")
    for order in (profit, loss):
        assert (await trader.get(f"/orders/{order['id']}"))["status"] == "CLOSED"


async def test_twap_trades_in_slices(trader: ParadexTestClient) -> None:
    body = trader.order(SOL, "BUY", "3") | {"algo_type": "TWAP", "duration_seconds": 90}
    status, algo = await trader.request("POST", "/algo/orders", body)
    assert (status, algo["status"], algo["algo_params"]["frequency"]) == (201, "OPEN", 30)
    await trader.control("clock", {"step_ms": 31_000})
    await trader.get("/orders")
    assert await trader.size(SOL) == "2"
    await trader.control("clock", {"step_ms": 90_000})
    done = await trader.get(f"/algo/orders/{algo['id']}")
    assert (done["status"], done["remaining_size"], await trader.size(SOL)) == ("CLOSED", "0", "3")
    assert (await trader.request("GET", "/algo/orders/17"))[0] == 404
    refused = await trader.request("DELETE", f"/algo/orders/{algo['id']}")
    assert (refused[0], refused[1]["error"]) == (400, "ORDER_IS_CLOSED")
    assert (await trader.get(f"/algo/orders/{algo['id']}"))["cancel_reason"] == ""


@pytest.mark.parametrize(
    ("mode", "taken", "error"),
    [
        ("post_only", "POST_ONLY", "SYSTEM_STATUS_POST_ONLY"),
        ("cancel_only", None, "SYSTEM_STATUS_CANCEL_ONLY"),
        ("maintenance", None, "SERVICE_UNAVAILABLE"),
    ],
)
async def test_restricted_modes(trader: ParadexTestClient, mode: str, taken: str | None, error: str) -> None:
    order = await trader.place(ETH, "BUY", "0.5", "3400")
    await trader.control("faults", {"name": "system_status", "status": mode})
    assert (await trader.get("/system/state"))["status"] == mode
    assert (await trader.request("POST", "/orders", trader.order(ETH, "BUY", "0.5", "3401")))[1]["error"] == error
    if taken:
        await trader.place(ETH, "BUY", "0.5", "3402", instruction=taken)
    assert (await trader.request("DELETE", f"/orders/{order['id']}"))[0] == 204
