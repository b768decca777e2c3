"""Every public query of the unmodified SDK against the local Nado: gateway, v2 routes, edge cache, archive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from nado_protocol.client import NadoClient
from nado_protocol.engine_client.edge import EngineEdgeQueryClient
from nado_protocol.engine_client.types import EngineClientOpts
from nado_protocol.engine_client.types.query import QueryMaxOrderSizeParams
from nado_protocol.engine_client.web import EngineWebClient
from nado_protocol.indexer_client.types.query import (
    IndexerAccountSnapshotsParams,
    IndexerCandlesticksParams,
    IndexerEventsParams,
    IndexerEventsRawLimit,
    IndexerMarketSnapshotInterval,
    IndexerMarketSnapshotsParams,
    IndexerMatchesParams,
    IndexerProductSnapshotsParams,
    IndexerSubaccountHistoricalOrdersParams,
)
from nado_protocol.utils.exceptions import QueryFailedException
from test_trading import ETH, IOC, ONE, SOL, oracle, order

Call = Callable[[NadoClient, str], Any]


def edge(client: NadoClient) -> EngineEdgeQueryClient:
    return EngineEdgeQueryClient(EngineClientOpts(url=client.context.engine_client.url))


def web(client: NadoClient) -> EngineWebClient:
    return EngineWebClient(client.context.engine_client.url)


GATEWAY: dict[str, Call] = {
    "status": lambda c, s: c.context.engine_client.get_status(),
    "contracts": lambda c, s: c.context.engine_client.get_contracts(),
    "nonces": lambda c, s: c.context.engine_client.get_nonces(s[:42]),
    "subaccount_info": lambda c, s: c.context.engine_client.get_subaccount_info(s),
    "orders": lambda c, s: c.market.get_subaccount_multi_products_open_orders([ETH, SOL], s),
    "market_liquidity": lambda c, s: c.market.get_market_liquidity(ETH, 20),
    "symbols": lambda c, s: c.context.engine_client.get_symbols(),
    "get_symbols": lambda c, s: c.market.get_all_product_symbols(),
    "all_products": lambda c, s: c.market.get_all_engine_markets(),
    "market_price": lambda c, s: c.market.get_latest_market_price(ETH),
    "market_prices": lambda c, s: c.market.get_latest_market_prices([ETH, SOL]),
    "insurance": lambda c, s: c.context.engine_client.get_insurance(),
    "edge_all_products": lambda c, s: c.context.engine_client.get_edge_all_products(),
    "nlp_pool_info": lambda c, s: c.context.engine_client.get_nlp_pool_info(),
    "nlp_locked_balances": lambda c, s: c.context.engine_client.get_nlp_locked_balances(s),
    "max_nlp_burnable": lambda c, s: c.context.engine_client.get_max_nlp_burnable(s),
    "max_withdrawable": lambda c, s: c.context.engine_client.get_max_withdrawable(0, s),
    "fee_rates": lambda c, s: c.context.engine_client.get_fee_rates(s),
    "health_groups": lambda c, s: c.context.engine_client.get_health_groups(),
    "linked_signer": lambda c, s: c.context.engine_client.get_linked_signer(s),
    "isolated_positions": lambda c, s: c.market.get_isolated_positions(s),
    "assets": lambda c, s: c.context.engine_client.get_assets(),
    "pairs": lambda c, s: c.context.engine_client.get_pairs(),
    "apr": lambda c, s: c.context.engine_client.get_spots_apr(),
    "orderbook": lambda c, s: c.context.engine_client.get_orderbook("ETH-PERP_USDT0", 10),
    "cached_prices": lambda c, s: edge(c).get_cached_market_prices([ETH]),
    "cached_symbols": lambda c, s: edge(c).get_cached_symbols(),
    "cached_contracts": lambda c, s: edge(c).get_cached_contracts(),
    "cached_all_products": lambda c, s: edge(c).get_cached_all_products(),
    "cached_health_groups": lambda c, s: edge(c).get_cached_health_groups(),
    "edge_ping": lambda c, s: edge(c).ping("1", 2),
    "edge_time": lambda c, s: edge(c).time(3),
    "cached_bbo_history": lambda c, s: edge(c).get_cached_bbo_history([ETH]),
    "time": lambda c, s: web(c).get_time(),
    "ip": lambda c, s: web(c).get_country_code(),
}

ARCHIVE: dict[str, Call] = {
    "orders": lambda c, s: c.market.get_subaccount_historical_orders(
        IndexerSubaccountHistoricalOrdersParams(subaccounts=[s], limit=5)
    ).orders[0],
    "matches": lambda c, s: c.context.indexer_client.get_matches(
        IndexerMatchesParams(subaccounts=[s], product_ids=[ETH], limit=5)
    ).matches[0],
    "events": lambda c, s: c.context.indexer_client.get_events(
        IndexerEventsParams(subaccounts=[s], limit=IndexerEventsRawLimit(raw=5))
    ).events[0],
    "candlesticks": lambda c, s: c.market.get_candlesticks(
        IndexerCandlesticksParams(product_id=ETH, granularity=60)
    ).candlesticks[0],
    "funding_rate": lambda c, s: c.market.get_perp_funding_rate(ETH),
    "funding_rates": lambda c, s: c.market.get_perp_funding_rates([ETH, SOL]),
    "price": lambda c, s: c.perp.get_prices(ETH),
    "perp_prices": lambda c, s: c.context.indexer_client.get_multi_perp_prices([ETH, SOL]),
    "oracle_price": lambda c, s: c.context.indexer_client.get_oracle_prices([ETH]),
    "subaccounts": lambda c, s: c.subaccount.get_subaccounts(address=s[:42]),
    "linked_signer_rate_limit": lambda c, s: c.subaccount.get_subaccount_linked_signer_rate_limits(s),
    "interest_and_funding": lambda c, s: c.subaccount.get_interest_and_funding_payments(s, [ETH], 5),
    "quote_price": lambda c, s: c.context.indexer_client.get_quote_price(),
    "liquidation_feed": lambda c, s: c.context.indexer_client.get_liquidation_feed(),
    "tickers": lambda c, s: c.context.indexer_client.get_tickers(),
    "contracts": lambda c, s: c.context.indexer_client.get_perp_contracts_info(),
    "trades": lambda c, s: c.context.indexer_client.get_historical_trades("ETH-PERP_USDT0", 5),
    "v2_symbols": lambda c, s: c.context.indexer_client.get_v2_symbols(),
    "product_snapshots": lambda c, s: c.context.indexer_client.get_product_snapshots(
        IndexerProductSnapshotsParams(product_id=ETH, limit=1)
    ).products[0],
    "multi_product_snapshots": lambda c, s: c.context.indexer_client.get_multi_product_snapshots([ETH, SOL]),
    "market_snapshots": lambda c, s: c.context.indexer_client.get_market_snapshots(
        IndexerMarketSnapshotsParams(interval=IndexerMarketSnapshotInterval(count=2, granularity=60))
    ).snapshots[1],
    "edge_candlesticks": lambda c, s: c.context.indexer_client.get_edge_candlesticks(ETH, 60).candlesticks[0],
    "subaccount_snapshots": lambda c, s: c.context.indexer_client.get_multi_subaccount_snapshots(
        IndexerAccountSnapshotsParams(subaccounts=[s], timestamps=[2**32])
    ).snapshots[s],
}


@pytest.fixture(scope="module", autouse=True)
def traded(client: NadoClient, sender: str) -> None:
    """One trade, so that the archive has something to show."""
    client.market.place_order(order(sender, "0.1", oracle(client, 102), IOC))
    client.market.place_order(order(sender, "-0.1", oracle(client, 98), IOC))


@pytest.mark.parametrize("name", GATEWAY)
def test_gateway_query(client: NadoClient, sender: str, name: str) -> None:
    assert GATEWAY[name](client, sender) is not None


@pytest.mark.parametrize("name", ARCHIVE)
def test_archive_query(client: NadoClient, sender: str, name: str) -> None:
    assert ARCHIVE[name](client, sender) is not None


def test_max_order_size_is_accepted_by_the_venue_itself(client: NadoClient, sender: str) -> None:
    price = oracle(client, 100)
    size = client.market.get_max_order_size(
        QueryMaxOrderSizeParams(sender=sender, product_id=ETH, price_x18=price, direction="long")
    )
    assert int(size.max_order_size) > 100 * ONE


def test_the_clients_own_faults_are_still_its_own(client: NadoClient, sender: str) -> None:
    """Reference 11.3: it expects another field; its cached status calls a method that an enumeration has not."""
    with pytest.raises(QueryFailedException, match="max_quote_amount"):
        client.context.engine_client.get_max_nlp_mintable(1, sender)
    with pytest.raises(AttributeError, match="model_validate"):
        edge(client).get_cached_status()


@pytest.mark.proves("R003-014", "R003-015", "R003-043", "R003-044")
def test_products_are_listed_with_ids_ticks_lots_and_a_two_sided_market(client: NadoClient) -> None:
    """SOL's price tick is 0.01; the 0.1 that older notes name is its size increment."""
    listed = {row.symbol: row for row in client.market.get_all_product_symbols()}
    assert {name: int(listed[name].product_id) for name in ("ETH-PERP", "SOL-PERP")} == {
        "ETH-PERP": ETH,
        "SOL-PERP": SOL,
    }
    books = {p.product_id: p.book_info for p in client.market.get_all_engine_markets().perp_products}
    rules = {p: (int(b.price_increment_x18), int(b.size_increment), int(b.min_size)) for p, b in books.items()}
    assert rules[ETH] == (ONE // 10, ONE // 1000, 100 * ONE)
    assert rules[SOL] == (ONE // 100, ONE // 10, 100 * ONE)
    for product_id in (ETH, SOL):
        price = client.market.get_latest_market_price(product_id)
        assert 0 < int(price.bid_x18) < int(price.ask_x18)
        book = client.market.get_market_liquidity(product_id, 5)
        assert min(len(book.bids), len(book.asks)) == 5
