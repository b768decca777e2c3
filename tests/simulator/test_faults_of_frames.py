"""Faults of sockets, frames and the book's sequence, as a client meets them."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from nado_client import IOC, POST_ONLY, NadoTestClient

from hedgewire.simulator.server import LocalVenue

ETH = 4
BBO = {"type": "best_bid_offer", "product_id": ETH}
DEPTH = {"type": "book_depth", "product_id": ETH}


async def arm(client: NadoTestClient, name: str, **params: Any) -> None:
    answer = await client.control("faults", {"name": name, **params})
    assert "error" not in answer, answer


def is_gone(message: aiohttp.WSMessage) -> bool:
    return message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def test_a_frame_is_cut_and_the_connection_with_it(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.stream(BBO) as socket:
        await arm(client, "cut_frame", socket="subscriptions", count=1)
        venue.clock.step_ms(3_000)
        assert is_gone(await socket.receive(timeout=5))
    async with client.stream(BBO) as socket:
        venue.clock.step_ms(3_000)
        assert (await socket.receive_json(timeout=5))["type"] == "best_bid_offer"


async def test_a_one_way_socket_hears_and_does_not_speak(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.session.ws_connect(client.endpoints["actions_ws"]) as socket:
        await arm(client, "half_open", socket="actions", direction="out")
        await socket.send_json({"place_order": client.order(ETH, "3400", "1", POST_ONLY)})
        async with client.stream(*client.private_streams(ETH)) as events:
            while not client.venue.state.exchange.orders_of(client.sender):
                await events.send_json({"method": "time", "id": 3})
                await events.receive(timeout=5)
        await client.session.delete(client.endpoints["control"] + "/faults")
        await socket.send_json({"type": "status"})
        assert (await socket.receive_json(timeout=5))["request_type"] == "query_status", "the first answer is lost"


async def test_a_one_way_socket_speaks_and_does_not_hear(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.stream(BBO) as socket:
        await arm(client, "half_open", socket="subscriptions", direction="in")
        await socket.send_json({"method": "unsubscribe", "id": 3, "stream": BBO})
        venue.clock.step_ms(3_000)
        assert (await socket.receive_json(timeout=5))["type"] == "best_bid_offer"


async def test_data_flows_and_no_ping_is_answered(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.stream(BBO) as socket:
        await arm(client, "pong_lost")
        await socket.send_json({"method": "ping", "id": 3})
        await socket.ping(b"?")
        venue.clock.step_ms(3_000)
        await socket.send_json({"method": "time", "id": 4})
        seen = []
        while (message := await socket.receive_json(timeout=5)).get("id") != 4:
            seen.append(message)
    assert {message["type"] for message in seen} == {"best_bid_offer"}


async def test_frames_drip() -> None:
    async with LocalVenue("nado", seed=7) as venue, aiohttp.ClientSession() as session:
        client = NadoTestClient(venue, session)
        async with client.session.ws_connect(client.endpoints["actions_ws"]) as socket:
            await arm(client, "slow_socket", socket="actions", bytes_per_s=400)
            began_ns = venue.clock.now_ns()
            await socket.send_json({"type": "status"})
            size = len((await socket.receive(timeout=5)).data)
            assert venue.clock.now_ns() - began_ns >= size * 10**9 // 400 // 2


async def test_an_upgrade_without_compression(client: NadoTestClient) -> None:
    await arm(client, "deflate_refused", count=1)
    for compressed in (0, 15):
        async with client.session.ws_connect(client.endpoints["subscriptions_ws"], compress=15) as socket:
            assert socket.compress == compressed


async def test_a_login_is_refused_once(client: NadoTestClient) -> None:
    await arm(client, "login_refused", count=1)
    with pytest.raises(AssertionError):
        async with client.stream(*client.private_streams(ETH)):
            pass
    assert client.venue.state.faults.fired["login_refused"] == 1
    async with client.stream(*client.private_streams(ETH)):
        pass


async def test_a_subscription_confirmed_under_another_id(client: NadoTestClient) -> None:
    async with client.stream() as socket:
        await arm(client, "subscribe_ack_wrong", count=1)
        await socket.send_json({"method": "subscribe", "id": 5, "stream": BBO})
        assert (await socket.receive_json(timeout=5)) == {"result": None, "id": 2**31 - 1}


async def batches(venue: LocalVenue, client: NadoTestClient, fault: str) -> list[dict[str, Any]]:
    async with client.stream(DEPTH) as socket:
        await arm(client, fault, product_id=ETH, after=2, count=1)
        venue.clock.step_ms(3_000)
        await socket.send_json({"method": "time", "id": 9})
        found = []
        while (message := await socket.receive_json(timeout=5)).get("id") != 9:
            found.append(message)
    assert len(found) > 5
    return found


@pytest.mark.parametrize("fault", ["book_repeat", "book_reorder", "book_restart"])
async def test_the_sequence_of_the_book_is_broken_once(venue: LocalVenue, client: NadoTestClient, fault: str) -> None:
    found = await batches(venue, client, fault)
    broken = [
        index
        for index in range(1, len(found))
        if found[index]["last_max_timestamp"] != found[index - 1]["max_timestamp"]
    ]
    if fault == "book_repeat":
        assert broken == [3]
        assert found[3] == found[2]
    elif fault == "book_reorder":
        assert broken == [2, 3, 4]
        assert int(found[3]["max_timestamp"]) < int(found[2]["max_timestamp"])
    else:
        assert broken == [2]
        assert found[2]["last_max_timestamp"] == "0"


async def test_a_quote_is_crossed(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.stream(BBO) as socket:
        await arm(client, "crossed_quote", count=1)
        venue.clock.step_ms(3_000)
        quotes = [await socket.receive_json(timeout=5) for _ in range(2)]
    crossed = [int(quote["bid_price"]) > int(quote["ask_price"]) for quote in quotes]
    assert crossed == [True, False]


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [("null_field", "price", None), ("exponent", "price", "1e-8"), ("enum", "side", "reconsidered"),
     ("extra_field", "never_heard_of", {"nested": [1, None]})],
)  # fmt: skip
async def test_an_odd_event(client: NadoTestClient, form: str, field: str, value: object) -> None:
    async with client.stream(client.private_streams(ETH)[1]) as socket:
        await arm(client, "odd_event", stream="fill", form=form, count=1)
        await client.place(ETH, "3550", "0.1", IOC)
        assert (await socket.receive_json(timeout=5))[field] == value


async def test_a_number_where_text_belongs(client: NadoTestClient) -> None:
    async with client.stream(client.private_streams(ETH)[1]) as socket:
        await arm(client, "odd_event", stream="fill", form="number", count=1)
        await client.place(ETH, "3550", "0.1", IOC)
        assert isinstance((await socket.receive_json(timeout=5))["price"], int)


async def test_an_event_of_another_account_comes_first(client: NadoTestClient) -> None:
    async with client.stream(client.private_streams(ETH)[1]) as socket:
        await arm(client, "stranger_event", stream="fill", count=1)
        digest = (await client.place(ETH, "3550", "0.1", IOC))["data"]["digest"]
        strange, real = [await socket.receive_json(timeout=5) for _ in range(2)]
    assert strange["subaccount"] != real["subaccount"] == client.sender
    assert strange["order_digest"] != real["order_digest"] == digest


async def test_hostile_frames(client: NadoTestClient) -> None:
    async with client.session.ws_connect(client.endpoints["subscriptions_ws"], compress=15, max_msg_size=0) as socket:
        streams = [client.private_streams(ETH)[1]]
        await socket.send_json({"method": "subscribe_multi", "id": 2, "streams": streams})
        await socket.receive_json(timeout=5)
        for form in ("deep", "huge"):
            await arm(client, "hostile_frame", stream="fill", form=form, count=1)
            await client.place(ETH, "3550", "0.1", IOC)
            hostile = (await socket.receive(timeout=20)).data
            assert len(hostile) >= (20 << 20 if form == "huge" else 100_000)
            assert json.loads((await socket.receive(timeout=5)).data)["type"] == "fill"
        await arm(client, "hostile_frame", stream="fill", form="not_utf8", count=1)
        await client.place(ETH, "3550", "0.1", IOC)
        assert (await socket.receive(timeout=5)).type in (aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSED)
