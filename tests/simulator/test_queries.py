"""Every read of the gateway, its v2 routes, the edge cache and the archive answers with the documented fields."""

from __future__ import annotations

from typing import Any

import pytest
from nado_client import IOC, POST_ONLY, NadoTestClient

from hedgewire.simulator.wire.nado.archive_queries import ARCHIVE_QUERIES
from hedgewire.simulator.wire.nado.edge import CACHED
from hedgewire.simulator.wire.nado.queries import QUERIES

ETH = 4


async def traded(client: NadoTestClient) -> str:
    """One taker trade and one resting order; returns the resting digest."""
    await client.place(ETH, "3550", "0.5", IOC)
    return str((await client.place(ETH, "3400", "0.5", POST_ONLY))["data"]["digest"])


@pytest.mark.parametrize("name", QUERIES)
async def test_gateway_query(client: NadoTestClient, name: str) -> None:
    digest = await traded(client)
    params: dict[str, Any] = {
        "sender": client.sender,
        "subaccount": client.sender,
        "address": client.sender[:42],
        "product_id": 0 if name == "max_withdrawable" else ETH,
        "product_ids": [ETH, 8],
        "digest": digest,
        "depth": 5,
        "price_x18": str(3500 * 10**18),
        "direction": "short",
        "order": "0x",
        "kind": "withdrawal",
    }
    reply = await client.query(name, **params)
    assert reply["status"] == "success", reply
    assert reply["request_type"] == f"query_{name}"


async def test_queries_by_get_take_lists_and_numbers_as_text(client: NadoTestClient) -> None:
    url = client.endpoints["gateway_v1"] + "/query"
    for params in ({"type": "market_prices", "product_ids": "[4,8]"}, {"type": "market_prices", "product_ids": "4,8"}):
        async with client.session.get(url, params=params) as response:
            rows = (await response.json())["data"]["market_prices"]
        assert [row["product_id"] for row in rows] == [4, 8]
    async with client.session.get(client.endpoints["gateway_v1"] + "/symbols") as response:
        assert {row["symbol"] for row in await response.json()} >= {"BTC-PERP", "ETH-PERP", "SOL-PERP", "USDT0"}


async def test_null_parameters_are_absent_ones(client: NadoTestClient) -> None:
    info = await client.query("subaccount_info", subaccount=client.sender, txns=None, pre_state=None)
    assert info["status"] == "success"
    body = client.order(ETH, "3400", "1", POST_ONLY, digest=None, spot_leverage=None, borrow_margin=None, id=None)
    reply = await client.execute("place_order", body)
    assert reply["status"] == "success"
    assert "id" not in reply


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("market_liquidity", {"product_id": 99}),
        ("order", {"product_id": ETH, "digest": "0x12"}),
        ("orders", {"sender": "0x12", "product_ids": [ETH]}),
        ("orders", {"product_ids": [ETH]}),
        ("max_order_size", {"product_id": ETH, "price_x18": "1", "direction": "up"}),
        ("symbols", {"product_type": "option"}),
        ("subaccount_info", {"subaccount": "0x" + "00" * 32, "txns": "nonsense"}),
        ("astrology", {}),
    ],
)
async def test_bad_queries_fail_with_a_code(client: NadoTestClient, name: str, params: dict[str, Any]) -> None:
    reply = await client.query(name, **params)
    assert reply["status"] == "failure"
    assert isinstance(reply["error_code"], int)


async def test_a_spot_without_a_book_shows_the_sentinels(client: NadoTestClient) -> None:
    data = (await client.query("market_price", product_id=3))["data"]
    assert (data["bid_x18"], data["ask_x18"]) == ("0", str(2**127 - 1))


@pytest.mark.parametrize("name", [*CACHED, "ping", "time", "cached_bbo_history"])
async def test_edge_query(client: NadoTestClient, name: str) -> None:
    reply = await client.post(client.endpoints["gateway_v1"] + "/edge/query", {"type": name, "id": 3})
    assert reply["status"] == "success"


@pytest.mark.parametrize("name", ARCHIVE_QUERIES)
async def test_archive_query(client: NadoTestClient, name: str) -> None:
    await traded(client)
    params: dict[str, Any] = {"limit": 10}
    if name in ("funding_rates", "perp_prices", "oracle_price"):
        params["product_ids"] = [ETH]
    elif name == "events":
        params = {"limit": {"raw": 5}, "subaccounts": [client.sender]}
    elif name == "signatures":
        params["digests"] = ["0x" + "00" * 32]
    elif name.endswith("_snapshots"):
        params |= {"interval": {"count": 2, "granularity": 60}, "product_ids": [ETH]}
        params |= {"subaccounts": [client.sender], "timestamps": [1_760_000_000]}
    elif name == "tx_hashes":
        params["idxs"] = ["1"]
    else:
        params |= {"product_id": ETH, "granularity": 60, "subaccount": client.sender}
    reply = await client.archive(name, **params)
    assert "error" not in reply


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("gateway_v2", "/assets"),
        ("gateway_v2", "/pairs?market=perp"),
        ("gateway_v2", "/apr"),
        ("gateway_v2", "/orderbook?ticker_id=ETH-PERP_USDT0&depth=3"),
        ("archive_v2", "/tickers"),
        ("archive_v2", "/contracts"),
        ("archive_v2", "/trades?ticker_id=ETH-PERP_USDT0&limit=3"),
        ("archive_v2", "/symbols"),
        ("gateway_v1", "/time"),
        ("gateway_v1", "/ip"),
    ],
)
async def test_get_routes(client: NadoTestClient, endpoint: str, path: str) -> None:
    await traded(client)
    async with client.session.get(client.endpoints[endpoint] + path) as response:
        assert response.status == 200
        assert await response.json()


@pytest.mark.parametrize("path", ["/trades?ticker_id=X", "/trades?ticker_id=ETH-PERP_USDT0&limit=x"])
async def test_bad_get_routes(client: NadoTestClient, path: str) -> None:
    async with client.session.get(client.endpoints["archive_v2"] + path) as response:
        assert response.status == 400


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"place_order":5}', '{"type":5}', '{"unknown":{}}'])
async def test_malformed_requests_are_answered_and_counted(client: NadoTestClient, text: str) -> None:
    async with client.session.post(client.endpoints["gateway_v1"] + "/execute", data=text) as response:
        assert (await response.json())["error_code"] == 2038
    async with client.session.get(client.endpoints["control"] + "/log") as response:
        assert sum((await response.json())["malformed"].values()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("signature", None),
        ("signature", "0x12"),
        ("signature", "0x" + "zz" * 65),
        ("signature", "0x" + "11" * 64 + "07"),
        ("product_id", "x"),
        ("product_id", -1),
        ("order", None),
        ("id", "seven"),
        ("id", 2**64),
    ],
)
async def test_malformed_orders_never_reach_the_book(client: NadoTestClient, field: str, value: object) -> None:
    body = client.order(ETH, "3400", "1", POST_ONLY)
    body[field] = value
    reply = await client.execute("place_order", body)
    assert reply["status"] == "failure", reply
    assert not client.venue.state.exchange.orders_of(client.sender)


async def test_the_edge_remembers_quotes(client: NadoTestClient) -> None:
    client.venue.clock.step_ms(10_000)
    url = client.endpoints["gateway_v1"] + "/edge/query"
    body = {"type": "cached_bbo_history", "product_ids": [ETH], "interval_ms": 1000, "limit": 5}
    rows = (await client.post(url, body))["data"]["history"]
    times = [int(row["timestamp"]) for row in rows]
    assert times == [times[0] - 1000 * step for step in range(5)]
    assert all(int(row["bid"]) < int(row["ask"]) for row in rows)
    assert (await client.post(url, {**body, "interval_ms": 100}))["status"] == "failure"
