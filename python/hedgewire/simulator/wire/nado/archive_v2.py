"""Archive v2 GET routes: tickers, contracts, trades, symbols (Nado reference 7.2). Floats, for display only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import mul
from hedgewire.simulator.wire.nado.errors import WireError
from hedgewire.simulator.wire.nado.gateway_v2 import product_by_ticker, shown, ticker_id
from hedgewire.simulator.wire.nado.products import QUOTE_SYMBOL
from hedgewire.simulator.wire.nado.queries import symbol_rows

if TYPE_CHECKING:
    from hedgewire.simulator.wire.nado.rest import NadoApp

DAY_S = 86_400


def ticker(app: NadoApp, product_id: int) -> Json:
    """24 h figures from the hourly bars kept by the venue."""
    market = app.state.ledger.markets[product_id]
    since_s = app.state.clock.now_s() - DAY_S
    bars = [b for b in app.candles.bars(product_id, 3600) if b.start_s > since_s]
    last = app.state.last_trade_price.get(product_id, market.oracle_price)
    first = bars[0].open if bars else last
    return {
        "product_id": product_id,
        "ticker_id": ticker_id(market.instrument.symbol),
        "base_currency": market.instrument.symbol,
        "quote_currency": QUOTE_SYMBOL,
        "last_price": shown(last),
        "base_volume": shown(sum(b.volume for b in bars)),
        "quote_volume": shown(sum(mul(b.volume, b.close) for b in bars)),
        "price_change_percent_24h": (last - first) * 100 / first,
    }


def contract(app: NadoApp, product_id: int) -> Json:
    market = app.state.ledger.markets[product_id]
    bid, _, ask, _ = app.state.exchange.quote(product_id)
    return {
        **ticker(app, product_id),
        "product_type": "perpetual",
        "contract_price": shown(market.oracle_price),
        "contract_price_currency": "USD",
        "open_interest": shown(market.open_interest),
        "open_interest_usd": shown(mul(market.open_interest, market.oracle_price)),
        "index_price": shown(market.oracle_price),
        "mark_price": shown((bid + ask) // 2),
        "funding_rate": shown(app.funding.rate_x18(product_id)),
        "next_funding_rate_timestamp": (app.state.clock.now_s() // 3600 + 1) * 3600,
    }


def add_routes(app: web.Application, nado: NadoApp) -> None:
    async def get_tickers(request: web.Request) -> web.Response:
        products = [] if request.query.get("market") == "spot" else sorted(nado.state.ledger.markets)
        rows = [ticker(nado, product_id) for product_id in products]
        return web.json_response({str(row["ticker_id"]): row for row in rows})

    async def get_contracts(request: web.Request) -> web.Response:
        rows = [contract(nado, product_id) for product_id in sorted(nado.state.ledger.markets)]
        return web.json_response({str(row["ticker_id"]): row for row in rows})

    async def get_trades(request: web.Request) -> web.Response:
        name = request.query.get("ticker_id", "")
        product_id, limit = product_by_ticker(nado.state, name), request.query.get("limit", "100")
        if product_id is None or not limit.isdecimal():
            return web.json_response({"error": f"unknown ticker {name!r} or limit {limit!r}"}, status=400)
        newest = list(nado.archive.trades[product_id])[::-1]
        oldest_id = request.query.get("max_trade_id")
        if oldest_id is not None and oldest_id.isdecimal():
            newest = [t for t in newest if t.submission_idx <= int(oldest_id)]
        rows = [
            {
                "product_id": product_id,
                "ticker_id": name,
                "trade_id": trade.submission_idx,
                "price": shown(trade.price),
                "base_filled": shown(trade.quantity if trade.is_taker_buyer else -trade.quantity),
                "quote_filled": shown(mul(trade.quantity, trade.price) * (-1 if trade.is_taker_buyer else 1)),
                "timestamp": trade.timestamp_ns // 10**9,
                "trade_type": "buy" if trade.is_taker_buyer else "sell",
            }
            for trade in newest[: min(int(limit), 500)]
        ]
        return web.json_response(rows)

    async def get_symbols(request: web.Request) -> web.Response:
        try:
            rows = symbol_rows(nado.state, dict(request.query))
        except WireError as error:
            return web.json_response({"error": error.text, "error_code": error.code}, status=400)
        hours = {"is_open": True, "reason": None, "next_close": None, "next_open": None}
        return web.json_response({str(row["symbol"]): {**row, "market_hours": hours} for row in rows})

    app.router.add_get("/archive/v2/tickers", get_tickers)
    app.router.add_get("/archive/v2/contracts", get_contracts)
    app.router.add_get("/archive/v2/trades", get_trades)
    app.router.add_get("/archive/v2/symbols", get_symbols)
