"""The fault catalogue on the local Paradex, and the faults that only it can have."""

from __future__ import annotations

import json
import struct
from typing import Any

import aiohttp
import pytest
from paradex_client import ETH, SOL, ParadexTestClient

from hedgewire.simulator.arming import parse_fault
from hedgewire.simulator.chaos import WINDOW_MS
from hedgewire.simulator.faults import ALONE, CATALOGUE
from hedgewire.simulator.schedule import WORDS, make_schedule
from hedgewire.simulator.server import LocalVenue

PARADEX = {**CATALOGUE, **ALONE["paradex"]}
ETH_ID, SOL_ID = 2, 3
Json = dict[str, Any]


async def arm(trader: ParadexTestClient, name: str, **parameters: object) -> Json:
    answer = await trader.control("faults", {"name": name, **parameters})
    assert "error" not in answer, answer
    return answer


async def disarm(trader: ParadexTestClient, name: str) -> None:
    async with trader.session.delete(f"{trader.endpoints['control']}/faults", json={"name": name}) as response:
        assert (await response.json())["removed"] == 1


# --- what only Paradex has -------------------------------------------------------------------------------------------


async def test_tokens_expire_all_at_once(trader: ParadexTestClient) -> None:
    await trader.control("clock", {"step_ms": 1})
    assert (await arm(trader, "expire_tokens"))["hit"] == ["tokens"]
    status, answer = await trader.request("GET", "/account")
    assert (status, "token is expired by" in answer["message"]) == (401, True)
    async with trader.session.ws_connect(trader.endpoints["ws"]) as socket:
        refused = await trader.call(socket, "auth", {"bearer": trader.token})
        assert refused["error"]["code"] == 40111
    await trader.login()
    await trader.get("/account")


async def test_a_refused_token_changes_nothing_and_the_next_one_is_good(trader: ParadexTestClient) -> None:
    await arm(trader, "token_refused", request="place_order", count=1)
    status, answer = await trader.request("POST", "/orders", trader.order(ETH, "BUY", "0.5", "3400"))
    assert (status, set(answer)) == (401, {"message"})
    assert (await trader.get("/orders"))["results"] == []
    await trader.place(ETH, "BUY", "0.5", "3400")


async def test_a_refresh_can_fail(trader: ParadexTestClient) -> None:
    await arm(trader, "login_refused", count=1)
    status, answer = await trader.request("POST", "/auth", headers=trader.auth_headers())
    assert (status, answer["error"]) == (401, "INVALID_TOKEN")
    await trader.login()


async def test_tokens_can_be_short(trader: ParadexTestClient) -> None:
    await arm(trader, "short_tokens", life_s=5)
    await trader.login()
    await trader.control("clock", {"step_ms": 5_500})
    assert (await trader.request("GET", "/account"))[0] == 401
    await disarm(trader, "short_tokens")
    await trader.login()
    await trader.control("clock", {"step_ms": 5_500})
    assert (await trader.request("GET", "/account"))[0] == 200


@pytest.mark.parametrize(("most", "served"), [(0, ""), (1, "1"), (2, "12")])
async def test_schema_versions_can_be_refused(trader: ParadexTestClient, most: int, served: str) -> None:
    await arm(trader, "schema_refused", most=most)
    for version in "321":
        url = trader.endpoints["ws"] + f"?sbeSchemaId=1&sbeSchemaVersion={version}"
        if version in served:
            await (await trader.session.ws_connect(url)).close()
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
                await trader.session.ws_connect(url)
    await (await trader.session.ws_connect(trader.endpoints["ws"])).close()


async def test_a_frame_of_an_unknown_template_comes_before_the_real_one(trader: ParadexTestClient) -> None:
    await arm(trader, "unknown_template", stream="trades", count=1)
    async with trader.session.ws_connect(trader.endpoints["ws"] + "?sbeSchemaId=1&sbeSchemaVersion=2") as socket:
        await trader.call(socket, "subscribe", {"channel": "trades.ALL"})
        await trader.control("clock", {"step_ms": 5_000})
        templates = []
        for _ in range(3):
            message = await socket.receive(timeout=5)
            assert message.type is aiohttp.WSMsgType.BINARY
            templates.append(struct.unpack_from("<HHHH", message.data)[1])
    assert templates == [99, 1, 1]


async def test_an_order_is_taken_and_then_refused(trader: ParadexTestClient) -> None:
    await arm(trader, "reject_after_accept", count=1, reason="UNEXPECTED_FAILURE")
    closed = await trader.placed(ETH, "BUY", "0.5", "3400")
    assert (closed["status"], closed["cancel_reason"]) == ("CLOSED", "UNEXPECTED_FAILURE")
    assert (await trader.placed(ETH, "BUY", "0.5", "3400"))["status"] == "OPEN"


async def test_cancel_on_disconnect_fires_on_one_leg(trader: ParadexTestClient) -> None:
    async with trader.socket() as socket:
        for market, price in ((ETH, "3400"), (SOL, "140")):
            await trader.call(socket, "order.create", trader.order(market, "BUY", "1", price))
        (hit,) = (await arm(trader, "cancel_on_disconnect", product_id=SOL_ID))["hit"]
        gone = await trader.get(f"/orders/{hit}")
        assert (gone["market"], gone["cancel_reason"]) == (SOL, "USER_CANCELED")
        assert [row["market"] for row in (await trader.get("/orders"))["results"]] == [ETH]


async def test_what_only_another_venue_plays_is_refused(venue: LocalVenue) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"{venue.descriptor['endpoints']['control']}/faults"  # type: ignore[index]
        async with session.post(url, json={"name": "expire_tokens"}) as response:
            assert "unknown fault 'expire_tokens'" in (await response.json())["error"]


# --- the catalogue of all venues -------------------------------------------------------------------------------------


async def test_every_fault_of_a_schedule_can_be_armed(paradex: LocalVenue) -> None:
    met = set()
    for seed in range(700):
        for planned in make_schedule(seed, 5_000, (ETH_ID, SOL_ID), words=WORDS["paradex"]):
            parse_fault(planned.body(), paradex.app.vocabulary())
            met.add(planned.name)
    assert met == set(PARADEX), "all kinds are drawn"


@pytest.mark.parametrize(
    ("name", "parameters", "status"),
    [
        ("http_429", {"retry_after_s": 1}, 429),
        ("http_403", {}, 403),
        ("http_5xx_before", {"status": 503}, 503),
        ("http_5xx_after", {"status": 500}, 500),
        ("proxy_page", {"status": 502}, 502),
        ("maintenance", {}, 503),
    ],
)
async def test_answers_in_place_of_the_right_one(
    trader: ParadexTestClient, name: str, parameters: Json, status: int
) -> None:
    await arm(trader, name, request="place_order", product_id=ETH_ID, count=1, **parameters)
    assert (await trader.request("POST", "/orders", trader.order(SOL, "BUY", "1", "140")))[0] == 201
    assert (await trader.request("POST", "/orders", trader.order(ETH, "BUY", "0.5", "3400")))[0] == status
    done = name == "http_5xx_after"
    assert len((await trader.get("/orders?market=" + ETH))["results"]) == done
    assert trader.venue.state.faults.fired[name] == 1


@pytest.mark.parametrize(("name", "done"), [("swallow_request", False), ("reply_lost", True)])
@pytest.mark.parametrize("over", ["rest", "socket"])
async def test_answers_that_never_come(trader: ParadexTestClient, name: str, done: bool, over: str) -> None:
    await arm(trader, name, request="place_order", count=1)
    body = trader.order(ETH, "BUY", "0.5", "3400")
    if over == "rest":
        with pytest.raises(aiohttp.ClientError):
            await trader.request("POST", "/orders", body)
    else:
        async with trader.socket() as socket:
            with pytest.raises(ConnectionError):
                await trader.call(socket, "order.create", body)
    assert len((await trader.get("/orders"))["results"]) == done


@pytest.mark.parametrize(
    ("name", "expected"),
    [("drop_private", 0), ("duplicate_private", 2), ("delay_private", 1), ("stranger_event", 2), ("unknown_event", 2)],
)
async def test_private_events_go_astray(trader: ParadexTestClient, name: str, expected: int) -> None:
    await arm(trader, name, stream="fills", count=1)
    async with trader.socket("fills.ALL") as socket:
        await trader.place(ETH, "BUY", "0.5")
        await trader.control("clock", {"step_ms": 1_000})
        await trader.place(ETH, "SELL", "0.5")
        fills: list[Json] = []
        while not fills or fills[-1].get("side") != "SELL":
            fills.append((await socket.receive_json(timeout=5)).get("params", {}).get("data", {}))
    assert len(fills) - 1 == expected


@pytest.mark.parametrize("name", ["garbled_event", "absurd_event", "hostile_frame", "odd_event"])
@pytest.mark.parametrize("query", ["", "?sbeSchemaId=1&sbeSchemaVersion=3"], ids=["json", "sbe"])
async def test_spoilt_frames_leave_in_both_encodings(trader: ParadexTestClient, name: str, query: str) -> None:
    await arm(trader, name, stream="orders", count=1)
    async with trader.socket("orders.ALL", query=query) as socket:
        await trader.place(ETH, "BUY", "0.5", "3400")
        spoilt = await socket.receive(timeout=5)
        await trader.place(ETH, "BUY", "0.5", "3401")
        whole = await socket.receive(timeout=5)
    assert type(spoilt.data) in (str, bytes)
    if query and name != "hostile_frame":
        assert spoilt.type is aiohttp.WSMsgType.BINARY
        assert spoilt.data != whole.data
    assert whole.type is not aiohttp.WSMsgType.CLOSED


async def test_revoked_keys_neither_sign_nor_log_in(trader: ParadexTestClient) -> None:
    await arm(trader, "key_revoked")
    assert (await trader.request("GET", "/account"))[0] == 401
    status, _ = await trader.request("POST", "/auth", headers=trader.auth_headers())
    assert status == 401
    await disarm(trader, "key_revoked")
    await trader.get("/account")


async def test_vanished_orders_are_gone_and_nobody_says_so(trader: ParadexTestClient) -> None:
    async with trader.socket("orders.ALL") as socket:
        order = await trader.place(ETH, "BUY", "0.5", "3400")
        assert (await trader.next_push(socket, "orders.ALL"))["status"] == "OPEN"
        await arm(trader, "vanish_orders")
        assert (await trader.get("/orders"))["results"] == []
        await trader.place(ETH, "BUY", "0.5", "3401", client_id="next")
        assert (await trader.next_push(socket, "orders.ALL"))["client_id"] == "next"
    assert (await trader.get(f"/orders/{order['id']}"))["status"] == "CLOSED"


async def test_unsolicited_cancels_are_told(trader: ParadexTestClient) -> None:
    async with trader.socket("orders.ALL") as socket:
        for n in range(3):
            await trader.place(ETH, "BUY", "0.5", str(3400 + n))
        await arm(trader, "unsolicited_cancel")
        told = [await trader.next_push(socket, "orders.ALL") for _ in range(6)]
    assert {row["cancel_reason"] for row in told[3:]} == {"UNEXPECTED_FAILURE"}


@pytest.mark.parametrize(
    ("name", "parameters", "fill_type"),
    [("liquidate", {}, "LIQUIDATION"), ("deleverage", {"percent": 50}, "UNWIND_TRANSFER"),
     ("manual_trade", {"product_id": ETH_ID, "amount": "-0.5"}, "FILL")],
)  # fmt: skip
async def test_the_venue_and_others_change_a_position(
    trader: ParadexTestClient, name: str, parameters: Json, fill_type: str
) -> None:
    await trader.placed(ETH, "BUY", "1")
    async with trader.socket("positions", "fills.ALL") as socket:
        await arm(trader, name, **parameters)
        fill = await trader.next_push(socket, "fills.ALL")
        position = await trader.next_push(socket, "positions")
    left = 0 if name == "liquidate" else 0.5
    assert (fill["fill_type"], fill["side"], float(position["size"])) == (fill_type, "SELL", left)
    account = trader.venue.state.account(trader.address)
    assert float(position["size"]) == account.positions[ETH_ID].amount / 10**18


async def test_a_margin_call_leaves_no_room_for_risk(trader: ParadexTestClient) -> None:
    await trader.placed(ETH, "BUY", "1")
    await arm(trader, "margin_call")
    assert (await trader.placed(ETH, "BUY", "1", "3400"))["cancel_reason"] == "NOT_ENOUGH_MARGIN"
    assert (await trader.get("/transfers"))["results"][0]["direction"] == "OUT"
    await trader.placed(ETH, "SELL", "1", flags=["REDUCE_ONLY"])
    assert await trader.size(ETH) == "0"


@pytest.mark.parametrize("seed", range(2))
async def test_chaos_breaks_nothing_of_the_venue_itself(paradex: LocalVenue, seed: int) -> None:
    """Two traders without a thought of their own; whatever becomes of their requests, the books add up."""
    paradex.state.limits.enable(False)
    async with aiohttp.ClientSession() as session:
        traders = [ParadexTestClient(paradex, session, account) for account in (0, 1)]
        await traders[0].control("faults", {"chaos": seed})
        for minute in range(3):
            for trader in traders:
                for side, price in (("BUY", "3400"), ("SELL", "0"), ("BUY", "0")):
                    try:
                        await trader.request("POST", "/auth", headers=trader.auth_headers())
                        await trader.login()
                        await trader.request("POST", "/orders", trader.order(ETH, side, "0.3", price))
                        await trader.request("DELETE", "/orders")
                    except (aiohttp.ClientError, AssertionError, json.JSONDecodeError):
                        continue
            paradex.clock.step_ms(WINDOW_MS + minute)
        await session.delete(f"{traders[0].endpoints['control']}/faults")
        ledger = paradex.state.ledger
        for product_id in ledger.markets:
            held = [account.positions.get(product_id) for account in ledger.accounts.values()]
            assert sum(position.amount for position in held if position is not None) == 0
        for (account, product_id), held in paradex.app.positions.held.items():
            assert held.amount == ledger.accounts[account].positions[product_id].amount
