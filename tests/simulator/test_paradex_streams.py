"""The socket of the local Paradex: JSON-RPC, channels in JSON and in binary, orders, what happens when it breaks."""

from __future__ import annotations

import asyncio
import struct
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from paradex_client import ETH, SOL, ParadexTestClient

from hedgewire.simulator.connection import Frame
from hedgewire.simulator.server import LocalVenue
from hedgewire.simulator.wire.paradex import sbe
from hedgewire.simulator.wire.paradex.hub import Subscriber
from hedgewire.simulator.wire.paradex.streams import parse_channel

START_NS = 1_760_000_000_000_000_000
SNAPSHOTS, DELTAS = f"order_book.{ETH}.snapshot@15@50ms", f"order_book.{ETH}.deltas@15@50ms"
PRIVATE = ("orders.ALL", "fills.ALL", "positions", "account", "balance_events")


async def test_answers_have_the_form_of_the_venue(trader: ParadexTestClient) -> None:
    async with trader.session.ws_connect(trader.endpoints["ws"]) as socket:
        for request, code in (
            ({"method": "auth", "params": {"bearer": "nonsense"}}, 40110),
            ({"method": "auth", "params": {"bearer": "a.b.c"}}, 40111),
            ({"method": "subscribe", "params": {"channel": "orders.ALL"}}, 40300),
            ({"method": "order.create", "params": {}}, 40300),
            ({"method": "subscribe", "params": {"channel": "bbo.NONE"}}, -32600),
            ({"method": "subscribe", "params": []}, -32602),
            ({"method": "dance", "params": {}}, -32601),
        ):
            await socket.send_json({"jsonrpc": "2.0", "id": "x", **request})
            answer = await socket.receive_json(timeout=5)
            assert (answer["id"], answer["error"]["code"], answer["usDiff"]) == ("x", code, 0)
        await socket.send_str("{")
        assert (await socket.receive_json(timeout=5))["error"]["code"] == -32700
        await socket.send_json({"jsonrpc": "2.0", "method": "subscribe", "params": {"channel": f"bbo.{ETH}"}})
        assert (await socket.receive_json(timeout=5))["id"] == 0
        again = await trader.call(socket, "subscribe", {"channel": f"bbo.{ETH}"})
        assert again["error"]["data"] == "already subscribed"
        assert (await trader.call(socket, "unsubscribe", {"channel": f"bbo.{ETH}"}))["result"] == {
            "channel": f"bbo.{ETH}"
        }
        assert "error" in await trader.call(socket, "unsubscribe", {"channel": f"bbo.{ETH}"})


async def test_an_order_over_the_socket_is_told_on_every_private_channel(trader: ParadexTestClient) -> None:
    async with trader.socket(*PRIVATE) as socket:
        answer = await trader.call(socket, "order.create", trader.order(ETH, "BUY", "0.5", client_id="m"))
        order = answer["result"]["order"]
        assert (order["status"], order["client_id"]) == ("NEW", "m")
        assert answer["result"]["received_at"] > answer["result"]["created_at"] * 1000
        told = {
            channel: await trader.next_push(socket, channel) for channel in ("fills.ALL", "orders.ALL", *PRIVATE[2:])
        }
    assert (told["fills.ALL"]["order_id"], told["fills.ALL"]["size"]) == (order["id"], "0.5")
    assert (told["orders.ALL"]["status"], told["orders.ALL"]["remaining_size"]) == ("CLOSED", "0")
    assert told["positions"]["size"] == "0.5"
    assert told["balance_events"]["fill_id"] == told["fills.ALL"]["id"]
    assert told["positions"]["seq_no"] < told["account"]["seq_no"]


async def test_orders_over_the_socket_modify_batch_and_cancel(trader: ParadexTestClient) -> None:
    async with trader.socket("orders.ALL") as socket:
        bodies = [trader.order(ETH, "BUY", "0.5", str(3400 + n), client_id=f"b{n}") for n in range(2)]
        for params in (bodies, {"orders": [trader.order(SOL, "BUY", "1", "140", client_id="s")]}):
            answer = await trader.call(socket, "order.create_batch", params)
            assert all("order" in row for row in answer["result"]["results"])
        order_id = (await trader.get("/orders/by_client_id/b0"))["id"]
        answer = await trader.call(socket, "order.modify", trader.order(ETH, "BUY", "0.6", "3390", id=order_id))
        assert answer["result"]["order"]["id"] == order_id
        assert (await trader.get(f"/orders/{order_id}"))["price"] == "3390"
        answer = await trader.call(socket, "order.cancel", {"id": order_id})
        assert answer["result"] == {"order_id": order_id, "status": "QUEUED_FOR_CANCELLATION"}
        answer = await trader.call(socket, "order.cancel", {"client_id": "b1", "market": ETH})
        assert answer["result"]["status"] == "QUEUED_FOR_CANCELLATION"
        answer = await trader.call(socket, "order.cancel", {"id": order_id})
        assert (answer["error"]["code"], answer["error"]["message"]) == (100, "ORDER_IS_CLOSED")
        answer = await trader.call(socket, "order.cancel_batch", {"order_ids": ["17", order_id]})
        assert [row["status"] for row in answer["result"]["results"]] == ["NOT_FOUND", "ALREADY_CLOSED"]
        assert (await trader.call(socket, "order.cancel_all", {}))["result"] == {"status": "ok"}
    assert (await trader.get("/orders"))["results"] == []


@pytest.mark.parametrize("armed", [True, False])
async def test_what_came_over_a_socket_ends_when_it_breaks_if_that_was_asked_for(
    trader: ParadexTestClient, armed: bool
) -> None:
    await trader.place(SOL, "BUY", "1", "140")
    async with trader.socket() as socket:
        answer = await trader.call(socket, "order.cancel_on_disconnect", {"enabled": armed})
        assert answer["result"] == {"enabled": armed}
        await trader.call(socket, "order.create", trader.order(ETH, "BUY", "0.5", "3400"))
        (connection,) = trader.venue.app.connections
        connection.abort()
        await socket.receive(timeout=5)
    await asyncio.wait_for(connection.ended.wait(), 5)
    left = [row["market"] for row in (await trader.get("/orders"))["results"]]
    assert left == ([SOL] if armed else [SOL, ETH])


async def test_a_book_is_a_snapshot_and_then_differences_that_lead_to_the_venues_own(trader: ParadexTestClient) -> None:
    async with trader.session.ws_connect(trader.endpoints["ws"]) as socket:
        await trader.call(socket, "subscribe", {"channel": DELTAS})
        book: dict[str, dict[str, str]] = {"BUY": {}, "SELL": {}}
        seq_no, kinds = 0, []
        for _ in range(6):
            message = await trader.next_push(socket, DELTAS)
            kinds.append(message["update_type"])
            assert message["seq_no"] > seq_no
            seq_no = message["seq_no"]
            for row in (*message["deletes"], *message["inserts"], *message["updates"]):
                if row["size"] == "0":
                    del book[row["side"]][row["price"]]
                else:
                    book[row["side"]][row["price"]] = row["size"]
            await trader.control("clock", {"step_ms": 100})
        shown = await trader.get(f"/orderbook/{ETH}?depth=15")
        message = await trader.next_push(socket, DELTAS)
        for row in (*message["deletes"], *message["inserts"], *message["updates"]):
            book[row["side"]].pop(row["price"], None)
            if row["size"] != "0":
                book[row["side"]][row["price"]] = row["size"]
    assert kinds == ["s"] + ["d"] * 5
    for side, rows, sign in (("BUY", shown["bids"], -1), ("SELL", shown["asks"], 1)):
        assert sorted(book[side].items(), key=lambda row: sign * Decimal(row[0])) == [(p, s) for p, s in rows]


async def test_the_unthrottled_book_counts_by_one(trader: ParadexTestClient) -> None:
    channel = f"order_book.{ETH}.deltas"
    async with trader.session.ws_connect(trader.endpoints["ws"]) as socket:
        await trader.call(socket, "subscribe", {"channel": channel})
        first = (await trader.next_push(socket, channel))["seq_no"]
        await trader.control("clock", {"step_ms": 1000})
        following = [(await trader.next_push(socket, channel))["seq_no"] for _ in range(10)]
    assert following == list(range(first + 1, first + 11))


@pytest.mark.parametrize("query", ["1", "2", "3"])
async def test_schema_versions_that_are_served(trader: ParadexTestClient, query: str) -> None:
    async with trader.session.ws_connect(trader.endpoints["ws"] + f"?sbeSchemaId=1&sbeSchemaVersion={query}") as socket:
        await trader.call(socket, "subscribe", {"channel": f"trades.{ETH}"})
        await trader.control("clock", {"step_ms": 5_000})
        message = await socket.receive(timeout=5)
        while message.type is not aiohttp.WSMsgType.BINARY:
            message = await socket.receive(timeout=5)
        length, template, schema, version = struct.unpack_from("<HHHH", message.data)
        assert (length, template, schema, version) == (50, 1, 1, int(query))
        texts = _texts(message.data[8 + length :])
        assert (texts[0], len(texts)) == (ETH, 1 if query == "1" else 2)
    trade = (await trader.get(f"/trades?market={ETH}"))["results"][-1]
    price, size = struct.unpack_from("<qq", message.data, 8 + 25)
    assert (Decimal(price).scaleb(-8), Decimal(size).scaleb(-8)) == (Decimal(trade["price"]), Decimal(trade["size"]))
    if query != "1":
        assert texts[1] == trade["id"]


@pytest.mark.parametrize("query", ["0", "4", "99", "x", ""])
async def test_schema_versions_that_are_not_served_are_400(trader: ParadexTestClient, query: str) -> None:
    for schema in ("1", "2"):
        if schema == "2":
            query = "2"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await trader.session.ws_connect(trader.endpoints["ws"] + f"?sbeSchemaId={schema}&sbeSchemaVersion={query}")
        assert refused.value.status == 400


def _texts(data: bytes) -> list[str]:
    found = []
    while data:
        found.append(data[1 : 1 + data[0]].decode())
        data = data[1 + data[0] :]
    return found


BLOCKS = {
    "trades": {1: 50, 2: 50, 3: 50},
    "bbo": {1: 48, 2: 48, 3: 48},
    "order_book": {1: 89, 2: 89, 3: 89},
    "markets_summary": {1: 240, 2: 240, 3: 248},
    "funding_data": {1: 66, 2: 66, 3: 66},
    "orders": {1: 126, 2: 128, 3: 128},
    "fills": {1: 107, 2: 116, 3: 116},
    "positions": {1: 154, 2: 154, 3: 154},
    "account": {1: 113, 2: 121, 3: 121},
}


async def test_every_block_has_the_length_of_its_version(trader: ParadexTestClient) -> None:
    """Lengths of reference 5.6. The payloads are what the JSON channels sent."""
    payloads: dict[str, Any] = {}
    channels = (
        "orders.ALL",
        "fills.ALL",
        "positions",
        "account",
        "trades.ALL",
        "bbo.ALL",
        "markets_summary.ALL",
        SNAPSHOTS,
    )
    async with trader.socket(*channels, "funding_data.ALL") as socket:
        await trader.call(socket, "order.create", trader.order(ETH, "BUY", "0.5"))
        await trader.control("clock", {"step_ms": 1_100})
        while len(payloads) < len(BLOCKS):
            message = await socket.receive_json(timeout=5)
            if message.get("method") == "subscription":
                payloads[message["params"]["channel"].partition(".")[0]] = message["params"]["data"]
    for family, lengths in BLOCKS.items():
        for version, length in lengths.items():
            frame = sbe.encode(family, payloads[family], version, now_us=1, seq_no=2)
            assert frame is not None
            assert struct.unpack_from("<HHHH", frame)[0::3] == (length, version), family


@pytest.mark.parametrize(
    ("text", "mantissa"),
    [
        ("0.00000001", 1),
        ("-1.5", -150_000_000),
        ("3", 300_000_000),
        ("", sbe.NULL),
        (None, sbe.NULL),
        ("9" * 60, sbe.BOUND),
    ],
)
def test_decimals_become_whole_numbers_exactly(text: str | None, mantissa: int) -> None:
    assert sbe.mantissa(text) == mantissa


async def test_the_venue_pings_and_drops_whoever_does_not_answer(trader: ParadexTestClient) -> None:
    url = trader.endpoints["ws"] + "?sbeSchemaId=1&sbeSchemaVersion=2"
    async with trader.session.ws_connect(url, autoping=False) as socket:
        await trader.control("clock", {"step_ms": 56_000})
        kinds = []
        while aiohttp.WSMsgType.PING not in kinds:
            message = await socket.receive(timeout=5)
            kinds.append(message.type)
            if message.type is aiohttp.WSMsgType.BINARY:
                assert struct.unpack_from("<HHHH", message.data)[:2] == (16, sbe.HEARTBEAT)
        assert kinds.count(aiohttp.WSMsgType.BINARY) == 2
        await trader.control("clock", {"step_ms": 3_900})
        trader.venue.clock.resume()
        while message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.PING):
            message = await socket.receive(timeout=10)
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)


async def test_scoped_summaries_follow_their_markets(paradex: LocalVenue, trader: ParadexTestClient) -> None:
    async with trader.session.ws_connect(trader.endpoints["ws"]) as socket:
        await trader.call(socket, "subscribe", {"channel": "markets_summary", "markets": [ETH]})
        change = {"channel": "markets_summary", "add": [SOL], "remove": [ETH]}
        await trader.control("clock", {"step_ms": 1_000})
        assert (await trader.next_push(socket, "markets_summary"))["symbol"] == ETH
        assert (await trader.call(socket, "modify_subscription", change))["result"] == change
        await trader.control("clock", {"step_ms": 1_000})
        assert (await trader.next_push(socket, "markets_summary"))["symbol"] == SOL


class Recorder(Subscriber):
    """Hears every channel of one account, without a socket."""

    def __init__(self, account: str, version: int | None) -> None:
        self.account, self.version = account, version
        self.frames: list[Frame] = []

    def send(self, frame: Frame) -> None:
        self.frames.append(frame)


async def spoken(seed: int, version: int | None) -> list[Frame]:
    """All that a venue with a paused clock says within ten seconds, an order of ours included."""
    async with (
        LocalVenue("paradex", seed=seed, paused=True, start_ns=START_NS) as venue,
        ParadexTestClient.session_of(venue) as trader,
    ):
        await trader.login()
        recorder = Recorder(trader.address, version)
        for name in (DELTAS, "trades.ALL", "bbo.ALL", "markets_summary.ALL", "funding_data.ALL", *PRIVATE):
            channel = parse_channel(name, venue.state)
            assert channel is not None
            venue.app.hub.subscribe(channel, recorder)
        await trader.placed(ETH, "BUY", "0.5")
        venue.clock.step_ms(10_000)
        return recorder.frames


@pytest.mark.parametrize("version", [None, 3])
async def test_the_same_seed_and_steps_say_the_same_to_the_byte(version: int | None) -> None:
    first = await spoken(7, version)
    assert len(first) > 300
    assert first == await spoken(7, version)
    assert first != await spoken(8, version)
