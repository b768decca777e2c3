"""Every question that the unmodified SDK asks and the local venue answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import ETH, control, order
from paradex_py import Paradex
from paradex_py.api.api_client import ParadexApiClient
from test_trading import until

LISTS: dict[str, Callable[[ParadexApiClient], Any]] = {
    "markets": lambda api: api.fetch_markets(),
    "one market": lambda api: api.fetch_markets({"market": ETH}),
    "summary of one": lambda api: api.fetch_markets_summary({"market": ETH}),
    "summary of all": lambda api: api.fetch_markets_summary({"market": "ALL"}),
    "trades": lambda api: api.fetch_trades({"market": ETH}),
    "funding": lambda api: api.fetch_funding_data({"market": ETH}),
    "fills": lambda api: api.fetch_fills({}),
    "orders history": lambda api: api.fetch_orders_history({}),
    "positions": lambda api: api.fetch_positions(),
    "balances": lambda api: api.fetch_balances(),
    "account info": lambda api: api.fetch_account_info(),
    "subaccounts": lambda api: api.fetch_subaccounts(),
    "klines": lambda api: api.fetch_klines(ETH, "1", 1, 2**42),
}
EMPTY: dict[str, Callable[[ParadexApiClient], Any]] = {
    "orders": lambda api: api.fetch_orders({}),
    "trade busts": lambda api: api.fetch_tradebusts({}),
    "transactions": lambda api: api.fetch_transactions({}),
    "transfers": lambda api: api.fetch_transfers({}),
    "liquidations": lambda api: api.fetch_liquidations({}),
    "subkeys": lambda api: api.fetch_subkeys(),
    "tokens": lambda api: api.fetch_tokens(),
}


@pytest.fixture(scope="module", autouse=True)
def traded(client: Paradex, venue: dict[str, Any]) -> None:
    """A trade of our own, so that every list has something to show."""
    for side in ("BUY", "SELL"):
        client.api_client.submit_order(order(ETH, side, "0.1"))


@pytest.mark.parametrize("name", LISTS)
def test_lists_with_rows(client: Paradex, name: str) -> None:
    def rows() -> Any:
        answer = LISTS[name](client.api_client)
        return answer if isinstance(answer, list) else answer["results"]

    assert until(rows, bool)


@pytest.mark.parametrize("name", EMPTY)
def test_lists_that_are_empty_here(client: Paradex, name: str) -> None:
    assert EMPTY[name](client.api_client)["results"] == []


def test_single_answers(client: Paradex, venue: dict[str, Any]) -> None:
    api = client.api_client
    assert int(api.fetch_system_time()["server_time"]) > 1_700_000_000_000
    assert api.fetch_system_config().starknet_chain_id == venue["chain_id"]
    bbo, book = api.fetch_bbo(ETH), api.fetch_orderbook(ETH, {"depth": 5})
    assert float(bbo["bid"]) < float(bbo["ask"])
    assert len(book["bids"]) == len(book["asks"]) == 5
    assert api.fetch_insurance_fund()["settlement_asset"] == "USDC"
    with pytest.raises(ValueError, match="PORTFOLIO_MARGIN_CONFIG_NOT_FOUND"):
        api.fetch_portfolio_margin_config({"base_asset": "ETH"})


def test_a_subkey_is_registered_and_revoked(client: Paradex) -> None:
    api, key = client.api_client, "0x161523dc3f079d9daf9d97ff87ea448c93e2dc4153e7010d45203ff97f4dfbe"
    api.create_subkey({"name": "bot", "public_key": key})
    assert [row["public_key"] for row in api.fetch_subkeys()["results"]] == [key]
    api.revoke_subkey(key)
    assert api.fetch_subkeys()["results"] == []


def test_a_deposit_is_a_transfer(client: Paradex, venue: dict[str, Any]) -> None:
    control(venue, "deposit", {"account": venue["accounts"][0]["address"], "amount": "12.5"})
    transfer = client.api_client.fetch_transfers({})["results"][0]
    assert (transfer["kind"], transfer["amount"], transfer["token"]) == ("DEPOSIT", "12.5", "USDC")
