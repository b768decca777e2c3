"""What the local Paradex lists beside perpetuals: a spot pair and options."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from conftest import START_NS
from paradex_client import ParadexTestClient

from hedgewire.simulator.server import LocalVenue

SPOT, DATED, ENDLESS = "ETH-USD", "BTC-USD-29DEC28-100000-C", "BTC-USD-100000-C"


@pytest_asyncio.fixture
async def trader() -> AsyncIterator[ParadexTestClient]:
    async with (
        LocalVenue("paradex", seed=7, paused=True, start_ns=START_NS, all_products=True) as local,
        ParadexTestClient.session_of(local) as client,
    ):
        await client.login()
        yield client


async def test_markets_say_what_they_are(trader: ParadexTestClient) -> None:
    rows = {row["symbol"]: row for row in (await trader.get("/markets"))["results"]}
    kinds = {symbol: rows[symbol]["asset_kind"] for symbol in (SPOT, DATED, ENDLESS)}
    assert kinds == {SPOT: "SPOT", DATED: "OPTION", ENDLESS: "PERP_OPTION"}
    assert [rows[symbol]["expiry_at"] for symbol in (DATED, ENDLESS)] == [1_861_689_600_000, 0]
    assert (rows[DATED]["option_type"], rows[DATED]["strike_price"]) == ("CALL", "100000")
    (only,) = (await trader.get("/markets?asset_kind=SPOT"))["results"]
    assert only["symbol"] == SPOT
    for symbol in kinds:
        book = await trader.get(f"/orderbook/{symbol}?depth=3")
        assert len(book["bids"]) == len(book["asks"]) == 3


async def test_a_token_is_paid_for_and_is_a_balance(trader: ParadexTestClient) -> None:
    bought = await trader.placed(SPOT, "BUY", "2")
    assert (bought["status"], bought["remaining_size"]) == ("CLOSED", "0")
    cash, token = (await trader.get("/balance"))["results"]
    assert (cash["token"], token["token"], token["size"]) == ("USDC", "ETH", "2")
    assert float(cash["size"]) + float(token["cost"]) == pytest.approx(100_000, abs=5)
    assert (await trader.get("/positions"))["results"] == []
    account = await trader.get("/account")
    assert float(account["free_collateral"]) == pytest.approx(float(cash["size"]), rel=0.001)
    short = await trader.placed(SPOT, "SELL", "3")
    assert (short["cancel_reason"], short["remaining_size"]) == ("NOT_ENOUGH_MARGIN", "3")
    await trader.placed(SPOT, "SELL", "2")
    assert (await trader.get("/balance"))["results"][1]["size"] == "0"


@pytest.mark.parametrize(
    "extra", [{"flags": ["REDUCE_ONLY"]}, {"type": "STOP_LIMIT", "trigger_price": "3300"}], ids=["reduce", "stop"]
)
async def test_spot_has_no_reduce_only_and_no_stops(trader: ParadexTestClient, extra: dict[str, object]) -> None:
    body = trader.order(SPOT, "SELL", "1", "3300", **extra)
    status, answer = await trader.request("POST", "/orders", body)
    assert (status, answer["error"]) == (400, "VALIDATION_ERROR")


async def test_an_option_is_worth_what_it_is_on_where_the_least_value_counts(trader: ParadexTestClient) -> None:
    await trader.control("price", {"symbol": DATED, "price": "100"})
    bought = await trader.placed(DATED, "BUY", "0.01")  # one dollar
    assert (bought["status"], bought["remaining_size"]) == ("CLOSED", "0")
    (position,) = (await trader.get("/positions"))["results"]
    assert (position["market"], position["size"]) == (DATED, "0.01")


async def test_only_what_has_no_end_pays_funding(trader: ParadexTestClient) -> None:
    await trader.control("clock", {"step_ms": 3_000})
    paid = {
        symbol: (await trader.get(f"/funding/data?market={symbol}"))["results"] for symbol in (SPOT, DATED, ENDLESS)
    }
    assert [bool(rows) for rows in paid.values()] == [False, False, True]
