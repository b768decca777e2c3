"""Gateway v2 GET routes: assets, pairs, apr, orderbook (Nado reference 2.4.4). Numbers are floats, for display only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import ONE
from hedgewire.simulator.wire.nado.products import QUOTE_SYMBOL, SPOTS
from hedgewire.simulator.wire.nado.state import NadoState

if TYPE_CHECKING:
    from hedgewire.simulator.wire.nado.rest import NadoApp


def shown(value_x18: int) -> float:
    """JSON number of an x18 value; v2 routes are floats by the venue's own definition."""
    return value_x18 / ONE


def ticker_id(symbol: str) -> str:
    return f"{symbol}_{QUOTE_SYMBOL}"


def product_by_ticker(state: NadoState, ticker: str) -> int | None:
    for product_id, market in state.ledger.markets.items():
        if ticker_id(market.instrument.symbol) == ticker:
            return product_id
    return None


def assets(state: NadoState) -> list[Json]:
    rows: list[Json] = []
    for spot in SPOTS:
        quote = spot.product_id == 0
        rows.append(
            {
                "product_id": spot.product_id,
                "ticker_id": None if quote else ticker_id(spot.symbol),
                "market_type": None if quote else "spot",
                "name": spot.symbol,
                "symbol": spot.symbol,
                "maker_fee": None if quote else 0.0,
                "taker_fee": None if quote else 0.0,
                "can_withdraw": True,
                "can_deposit": True,
            }
        )
    for product_id, market in sorted(state.ledger.markets.items()):
        rows.append(
            {
                "product_id": product_id,
                "ticker_id": ticker_id(market.instrument.symbol),
                "market_type": "perp",
                "name": market.instrument.symbol,
                "symbol": market.instrument.symbol,
                "maker_fee": shown(market.instrument.maker_fee_rate),
                "taker_fee": shown(market.instrument.taker_fee_rate),
                "can_withdraw": False,
                "can_deposit": False,
            }
        )
    return rows


def pairs(state: NadoState, market: str | None) -> list[Json]:
    rows: list[Json] = [
        {
            "product_id": p,
            "ticker_id": ticker_id(m.instrument.symbol),
            "base": m.instrument.symbol,
            "quote": QUOTE_SYMBOL,
        }
        for p, m in sorted(state.ledger.markets.items())
        if market in (None, "perp")
    ]
    spots: list[Json] = [
        {"product_id": s.product_id, "ticker_id": ticker_id(s.symbol), "base": s.symbol, "quote": QUOTE_SYMBOL}
        for s in SPOTS
        if s.product_id and market in (None, "spot")
    ]
    return [*rows, *spots]


def orderbook(state: NadoState, product_id: int, ticker: str, depth: int) -> Json:
    book = state.exchange.books[product_id]
    return {
        "product_id": product_id,
        "ticker_id": ticker,
        "bids": [[shown(p), shown(s)] for p, s in book.bids.levels(depth)],
        "asks": [[shown(p), shown(s)] for p, s in book.asks.levels(depth)],
        "timestamp": state.clock.now_ms(),
    }


def add_routes(app: web.Application, nado: NadoApp) -> None:
    async def get_assets(request: web.Request) -> web.Response:
        return web.json_response(assets(nado.state))

    async def get_pairs(request: web.Request) -> web.Response:
        return web.json_response(pairs(nado.state, request.query.get("market")))

    async def get_apr(request: web.Request) -> web.Response:
        rows = [
            {
                "name": s.symbol,
                "symbol": s.symbol,
                "product_id": s.product_id,
                "deposit_apr": 0.0,
                "borrow_apr": 0.0,
                "tvl": 0.0,
            }
            for s in SPOTS
        ]
        return web.json_response(rows)

    async def get_orderbook(request: web.Request) -> web.Response:
        ticker, depth = request.query.get("ticker_id", ""), request.query.get("depth", "10")
        product_id = product_by_ticker(nado.state, ticker)
        if product_id is None or not depth.isdecimal():
            return web.json_response({"error": f"unknown ticker {ticker!r} or depth {depth!r}"}, status=400)
        return web.json_response(orderbook(nado.state, product_id, ticker, min(int(depth), 100)))

    app.router.add_get("/v2/assets", get_assets)
    app.router.add_get("/v2/pairs", get_pairs)
    app.router.add_get("/v2/apr", get_apr)
    app.router.add_get("/v2/orderbook", get_orderbook)
