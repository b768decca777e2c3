"""Each fault does what its name says, as often as it was asked to, and is counted."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from nado_client import DEFAULT, IOC, POST_ONLY, NadoTestClient, receive_until

from hedgewire.simulator.fixed import x18
from hedgewire.simulator.server import LocalVenue

ETH = 4


async def arm(client: NadoTestClient, name: str, **params: Any) -> None:
    assert "error" not in await client.control("faults", {"name": name, **params})


async def raw_execute(client: NadoTestClient, body: object) -> aiohttp.ClientResponse:
    return await client.session.post(client.endpoints["gateway_v1"] + "/execute", json={"place_order": body})


async def open_digests(client: NadoTestClient) -> list[str]:
    rows = (await client.query("subaccount_orders", sender=client.sender, product_id=ETH))["data"]["orders"]
    return [row["digest"] for row in rows]


async def test_unknown_faults_and_parameters_are_refused(client: NadoTestClient) -> None:
    assert "unknown fault" in (await client.control("faults", {"name": "flood"}))["error"]
    assert "count" in (await client.control("faults", {"name": "http_429", "count": 0}))["error"]
    assert "error" in await client.control("faults", {})


async def test_reply_lost_after_the_order_was_accepted(client: NadoTestClient) -> None:
    await arm(client, "reply_lost", request="place_order", count=1)
    with pytest.raises(aiohttp.ClientError):
        await raw_execute(client, client.order(ETH, "3400", "1", DEFAULT))
    assert len(await open_digests(client)) == 1


async def test_request_swallowed_before_matching(client: NadoTestClient) -> None:
    await arm(client, "swallow_request", request="place_order", count=1)
    with pytest.raises(aiohttp.ClientError):
        await raw_execute(client, client.order(ETH, "3400", "1", DEFAULT))
    assert await open_digests(client) == []


@pytest.mark.parametrize(
    ("fault", "status", "placed"), [("http_429", 429, 0), ("http_5xx_before", 502, 0), ("http_5xx_after", 502, 1)]
)
async def test_http_failures_before_and_after_matching(
    client: NadoTestClient, fault: str, status: int, placed: int
) -> None:
    await arm(client, fault, request="place_order", count=1)
    response = await raw_execute(client, client.order(ETH, "3400", "1", DEFAULT))
    assert response.status == status
    assert len(await open_digests(client)) == placed
    assert (await raw_execute(client, client.order(ETH, "3400", "1", DEFAULT))).status == 200


async def test_maintenance_and_engine_status(client: NadoTestClient) -> None:
    await arm(client, "maintenance")
    assert (await client.place(ETH, "3400", "1", DEFAULT))["error_code"] == 2068
    assert (await client.query("status"))["data"] != "active"
    await client.session.delete(client.endpoints["control"] + "/faults", json={"name": "maintenance"})
    assert (await client.query("status"))["data"] == "active"


async def test_refused_connections_leave_control_reachable(client: NadoTestClient) -> None:
    await arm(client, "refuse_connections")
    response = await client.session.get(client.endpoints["gateway_v1"] + "/query?type=status")
    assert response.status == 503
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await client.session.ws_connect(client.endpoints["subscriptions_ws"], compress=15)
    await client.session.delete(client.endpoints["control"] + "/faults")
    assert (await client.query("status"))["data"] == "active"


async def test_blocked_address(client: NadoTestClient) -> None:
    await arm(client, "http_403", request="execute", count=1)
    response = await raw_execute(client, client.order(ETH, "3400", "1", DEFAULT))
    assert response.status == 403
    assert (await response.json())["blocked"] is True


@pytest.mark.proves("R003-071")
async def test_disconnect_breaks_the_chosen_sockets(client: NadoTestClient) -> None:
    async with (
        client.stream() as streams,
        client.session.ws_connect(client.endpoints["actions_ws"]) as actions,
    ):
        assert (await client.control("faults", {"name": "disconnect", "socket": "subscriptions"}))["disconnected"] == 1
        assert (await streams.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        await actions.send_json({"type": "status"})
        assert (await actions.receive_json(timeout=5))["data"] == "active"


async def test_private_events_dropped_duplicated_reordered_delayed(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.stream(*client.private_streams(ETH)) as socket:
        await arm(client, "drop_private", stream="fill", count=1)
        await client.place(ETH, "3550", "0.1", IOC)
        seen = await receive_until(socket, type="position_change")
        assert [m["type"] for m in seen] == ["order_update", "position_change"]

        await arm(client, "duplicate_private", stream="fill", count=1)
        await client.place(ETH, "3550", "0.1", IOC)
        seen = await receive_until(socket, type="position_change")
        assert [m["type"] for m in seen] == ["fill", "fill", "order_update", "position_change"]
        assert seen[0] == seen[1]

        await arm(client, "reorder_private", stream="fill", count=1)
        await client.place(ETH, "3550", "0.1", IOC)
        seen = await receive_until(socket, type="position_change")
        assert [m["type"] for m in seen] == ["order_update", "fill", "position_change"]

        await arm(client, "delay_private", stream="fill", delay_ms=700, count=1)
        await client.place(ETH, "3550", "0.1", IOC)
        seen = await receive_until(socket, type="position_change")
        assert [m["type"] for m in seen] == ["order_update", "position_change"]
        venue.clock.step_ms(700)
        assert (await receive_until(socket, type="fill"))[-1]["type"] == "fill"


async def test_silent_stream_stops_events_while_the_socket_lives(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.stream({"type": "best_bid_offer", "product_id": ETH}) as socket:
        await arm(client, "silent_stream", stream="best_bid_offer")
        venue.clock.step_ms(3000)
        await socket.send_json({"method": "ping", "id": 9})
        assert (await socket.receive_json(timeout=5))["id"] == 9
        await client.session.delete(client.endpoints["control"] + "/faults")
        venue.clock.step_ms(3000)
        assert (await socket.receive_json(timeout=5))["type"] == "best_bid_offer"


async def test_book_gap_shows_in_the_timestamp_chain(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.stream({"type": "book_depth", "product_id": ETH}) as socket:
        venue.clock.step_ms(2000)
        await arm(client, "book_gap", product_id=ETH, count=1)
        venue.clock.step_ms(2000)
        chain = []
        await socket.send_json({"method": "time", "id": 1})
        while (event := await socket.receive_json(timeout=5)).get("type") == "book_depth":
            chain.append((event["last_max_timestamp"], event["max_timestamp"]))
    breaks = [i for i in range(1, len(chain)) if chain[i][0] != chain[i - 1][1]]
    assert len(breaks) == 1


async def test_unsolicited_cancel(client: NadoTestClient) -> None:
    digest = (await client.place(ETH, "3400", "1", POST_ONLY))["data"]["digest"]
    async with client.stream(*client.private_streams()) as socket:
        assert (await client.control("faults", {"name": "unsolicited_cancel"}))["cancelled"] == [digest]
        update = (await receive_until(socket, type="order_update"))[-1]
    assert (update["digest"], update["reason"], update["amount"]) == (digest, "cancelled", "0")


async def test_clock_skew_moves_what_clients_see_and_the_nonce_window(client: NadoTestClient) -> None:
    nonce = client.nonce(20_000)
    await arm(client, "clock_skew", skew_ms=60_000)
    shown = await (await client.session.get(client.endpoints["gateway_v1"] + "/time")).json()
    assert shown == client.venue.clock.now_ns() // 10**6 + 60_000
    assert (await client.place(ETH, "3400", "1", DEFAULT, nonce=nonce))["error_code"] == 2011
    await client.session.delete(client.endpoints["control"] + "/faults")
    assert (await client.place(ETH, "3400", "1", DEFAULT, nonce=nonce))["status"] == "success"


async def test_partial_batch_and_unavailable_query(client: NadoTestClient) -> None:
    await arm(client, "partial_batch", count=1)
    orders = [client.order(ETH, "3400", "1", POST_ONLY) for _ in range(3)]
    reply = await client.execute("place_orders", {"orders": orders})
    assert [item["digest"] is not None for item in reply["data"]] == [True, False, False]
    await arm(client, "query_unavailable", request="subaccount_info", count=1)
    url = client.endpoints["gateway_v1"] + "/query"
    body = {"type": "subaccount_info", "subaccount": client.sender}
    assert (await client.session.post(url, json=body)).status == 503
    assert (await client.session.post(url, json=body)).status == 200


async def test_late_reply_executes_at_once_and_answers_later() -> None:
    async with LocalVenue("nado", seed=7) as venue, aiohttp.ClientSession() as session:
        client = NadoTestClient(venue, session)
        await arm(client, "late_reply", request="place_order", delay_ms=200, count=1)
        async with client.stream(*client.private_streams()) as socket:
            sent_ns = venue.clock.now_ns()
            reply = await client.place(ETH, "3400", "1", POST_ONLY)
            assert venue.clock.now_ns() - sent_ns >= 200_000_000
            update = (await receive_until(socket, type="order_update"))[-1]
        assert update["digest"] == reply["data"]["digest"]
        assert int(update["timestamp"]) - sent_ns < 150_000_000


async def test_the_log_shows_every_digest_and_repetition(client: NadoTestClient) -> None:
    body = client.order(ETH, "3400", "1", DEFAULT)
    for _ in range(2):
        await client.execute("place_order", body)
    log = await (await client.session.get(client.endpoints["control"] + "/log")).json()
    digest = (await open_digests(client))[0]
    assert log["order_digests"] == {digest: 2}
    assert log["repeated_digests"] == [digest]
    assert log["requests"]["execute_place_order"] == 2


async def test_liquidity_price_and_halt_controls(client: NadoTestClient) -> None:
    await client.control("liquidity", {"symbol": "ETH-PERP", "drain": "asks"})
    book = (await client.query("market_liquidity", product_id=ETH, depth=5))["data"]
    assert book["asks"] == []
    assert book["bids"]
    assert (await client.query("market_price", product_id=ETH))["data"]["ask_x18"] == str(2**127 - 1)
    await client.control("liquidity", {"symbol": "ETH-PERP", "drain": "none"})
    await client.control("price", {"symbol": "ETH-PERP", "price": "3000"})
    bid = int((await client.query("market_price", product_id=ETH))["data"]["bid_x18"])
    assert abs(bid - x18("3000")) <= x18("0.2")
    await client.control("halt", {"symbol": "ETH-PERP"})
    assert (await client.place(ETH, "3000", "1", DEFAULT))["error_code"] == 2069
    await client.control("halt", {"symbol": "ETH-PERP", "status": "live"})
    assert (await client.place(ETH, "2950", "1", DEFAULT))["status"] == "success"
    before = (await client.query("market_liquidity", product_id=8, depth=1))["data"]["bids"][0][1]
    await client.control("liquidity", {"symbol": "SOL-PERP", "depth_percent": 10})
    after = (await client.query("market_liquidity", product_id=8, depth=1))["data"]["bids"][0][1]
    assert int(after) < int(before)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"step_ms": -1}),
        ("clock", {}),
        ("price", {"symbol": "DOGE-PERP", "price": "1"}),
        ("price", {"symbol": "ETH-PERP", "price": "-1"}),
        ("price", {"symbol": "ETH-PERP", "price": "abc"}),
        ("halt", {"symbol": "ETH-PERP", "status": "odd"}),
        ("liquidity", {"depth_percent": 0}),
        ("liquidity", {"drain": "both"}),
    ],
)
async def test_bad_control_calls_are_refused(client: NadoTestClient, path: str, body: dict[str, Any]) -> None:
    assert "error" in await client.control(path, body)
