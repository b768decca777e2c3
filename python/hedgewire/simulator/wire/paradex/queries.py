"""Answers to GET requests (Paradex reference 2.1 to 2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import ONE, mul, plain
from hedgewire.simulator.orders import Quote
from hedgewire.simulator.wire.paradex.auth import Session, hex_number
from hedgewire.simulator.wire.paradex.book_feeds import best_json
from hedgewire.simulator.wire.paradex.errors import WireError
from hedgewire.simulator.wire.paradex.keys import account_address
from hedgewire.simulator.wire.paradex.messages import get_decimal, get_int
from hedgewire.simulator.wire.paradex.pages import History, page
from hedgewire.simulator.wire.paradex.products import (
    ACCOUNT_HASH,
    LISTED_AT_MS,
    PROXY_HASH,
    SETTLEMENT,
    market_json,
    system_config,
)
from hedgewire.simulator.wire.paradex.streams import bbo_json

if TYPE_CHECKING:
    from hedgewire.simulator.wire.paradex.rest import ParadexApp

Query = Mapping[str, str]
Public = Callable[["ParadexApp", Query, Mapping[str, str]], object]
Private = Callable[["ParadexApp", Session, Query, Mapping[str, str]], object]
"""Both get the query and the variable parts of the path."""

MAX_TRADES_PAGE = 1000
MAX_KLINES = 1000
DEFAULT_DEPTH = 20
RESOLUTIONS = {"1": 60, "3": 180, "5": 300, "15": 900, "30": 1800, "60": 3600}


def _product(app: ParadexApp, symbol: str | None, *, http_status: int = 400) -> int:
    product_id = app.state.products.get(symbol or "")
    if product_id is None:
        raise WireError("MARKET_NOT_FOUND", f"there is no market {symbol!r:.80}", http_status=http_status)
    return product_id


def _results(rows: list[Json]) -> Json:
    return {"results": rows}


# --- system ----------------------------------------------------------------------------------------------------------


def get_config(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    return system_config()


def get_time(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    return {"server_time": str(app.state.clock.now_ms())}


def get_state(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    faults = app.state.faults
    maintenance = faults.peek("maintenance") is not None or faults.take("engine_status") is not None
    return {"status": "maintenance" if maintenance else app.state.system_status}


def get_announcements(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    return {"next": None, "prev": None, "results": []}


def get_portfolio_margin(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    raise WireError("PORTFOLIO_MARGIN_CONFIG_NOT_FOUND", "there is no portfolio margin here", http_status=404)


def get_volume_tiers(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    return _results([])


def get_onboarding(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    if query.get("account_signer_type") != "starknet":
        raise WireError("VALIDATION_ERROR", "account_signer_type must be starknet here")
    key = hex_number(query.get("public_key"), "public_key", "PUBLIC_KEY_INVALID")
    address = hex(account_address(key, ACCOUNT_HASH, PROXY_HASH))
    info = {"class_hash": hex(ACCOUNT_HASH), "proxy_class_hash": hex(PROXY_HASH)}
    exists = address in app.state.signers
    return {"address": address, "exists": exists, "account_signer_type": "starknet", "derivation_info": info}


def get_insurance(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    at_ms = app.state.clock.now_ms()
    return {"account": "0x1", "account_value": "1000000", "settlement_asset": SETTLEMENT, "updated_at": at_ms}


# --- markets ---------------------------------------------------------------------------------------------------------


def get_markets(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    wanted = query.get("market")
    if wanted:
        _product(app, wanted, http_status=404)
    rows = [market_json(listing) for listing in app.state.rules.listings.values()]
    kind, base = query.get("asset_kind"), query.get("base_asset")
    return _results(
        [
            row
            for row in rows
            if wanted in (None, "", row["symbol"])
            and kind in (None, row["asset_kind"])
            and base in (None, row["base_currency"])
        ]
    )


def get_markets_history(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    product_id = _product(app, query.get("market"))
    row: Json = {"symbol": app.state.symbol(product_id), "event_type": "CREATED", "updated_at": LISTED_AT_MS}
    return _results([row | {"changed_fields": {}}])


def get_summary(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    wanted = query.get("market")
    if not wanted:
        raise WireError("VALIDATION_ERROR", "market is required: a symbol or ALL")
    products = list(app.state.products.values()) if wanted == "ALL" else [_product(app, wanted)]
    return _results([app.hub.summary(product_id) for product_id in products])


def get_bbo(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    product_id = _product(app, path["market"])
    quote = Quote(app.state.clock.now_ns(), product_id, *app.state.exchange.quote(product_id))
    return bbo_json(app.state, quote)


def get_orderbook(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    """``depth`` levels of each side; the fault ``stale_snapshot`` answers as the question before saw it."""
    product_id = _product(app, path["market"])
    depth = get_int(dict(query), "depth", DEFAULT_DEPTH)
    if depth < 1:
        raise WireError("VALIDATION_ERROR", f"depth={depth} is not above 0")
    book = app.state.exchange.books[product_id]
    bids, asks = dict(book.bids.levels(depth)), dict(book.asks.levels(depth))
    shown: Json = {
        "market": app.state.symbol(product_id),
        "seq_no": app.state.book_seq[product_id],
        "last_updated_at": app.state.clock.now_ms(),
        "asks": [[plain(price), plain(size)] for price, size in asks.items()],
        "bids": [[plain(price), plain(size)] for price, size in bids.items()],
    } | best_json((bids, asks))
    before = app.last_books.get(product_id)
    app.last_books[product_id] = shown
    stale = before is not None and app.state.faults.take("stale_snapshot", product_id=product_id)
    return before if stale else shown


def get_impact_price(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    product_id, wanted = _product(app, path["market"]), get_decimal(dict(query), "size")
    left, spent = wanted, 0
    for price, size in app.state.exchange.books[product_id].asks.levels(1000):
        taken = min(left, size)
        left, spent = left - taken, spent + mul(taken, price)
    price = spent * ONE // (wanted - left) if wanted > left else 0
    shown: Json = {"market": path["market"], "side": "BUY", "size": plain(wanted)}
    return shown | {"impact_price": plain(price) if left == 0 else ""}


def get_klines(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    product_id, resolution = _product(app, query.get("symbol")), query.get("resolution", "")
    if resolution not in RESOLUTIONS:
        raise WireError("VALIDATION_ERROR", f"resolution={resolution!r:.20} is none of {', '.join(RESOLUTIONS)}")
    start_ms, end_ms = get_int(dict(query), "start_at"), get_int(dict(query), "end_at")
    bars = [
        bar
        for bar in app.hub.candles.bars(product_id, RESOLUTIONS[resolution])
        if start_ms <= bar.start_s * 1000 <= end_ms
    ]
    return {
        "results": [
            [bar.start_s * 1000, *(_number(value) for value in (bar.open, bar.high, bar.low, bar.close, bar.volume))]
            for bar in bars[-MAX_KLINES:]
        ]
    }


def _number(value_x18: int) -> int | float:
    """A JSON number: klines are the one place where the venue has no decimal texts."""
    return value_x18 // ONE if value_x18 % ONE == 0 else float(plain(value_x18))


def get_trades(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    market, base = query.get("market"), query.get("baseAsset")
    if bool(market) is bool(base):
        raise WireError("VALIDATION_ERROR", "either market or baseAsset is needed")
    symbol = app.state.symbol(_product(app, market or f"{base}-USD-PERP"))
    return _page(app, app.archive.trades[symbol], query, f"trades/{symbol}", max_page=MAX_TRADES_PAGE)


def get_funding_data(app: ParadexApp, query: Query, path: Mapping[str, str]) -> object:
    symbol = app.state.symbol(_product(app, query.get("market")))
    return _page(app, app.archive.funding[symbol], query, f"funding/{symbol}")


def _page(
    app: ParadexApp,
    history: History,
    query: Query,
    scope: str,
    wanted: Callable[[Json], bool] = lambda row: True,
    max_page: int = 5000,
) -> Json:
    return page(history, query, wanted, secret=app.state.secret, scope=scope, max_page=max_page)


# --- account ---------------------------------------------------------------------------------------------------------


def get_account(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    return app.positions.account_json(session.account)


def get_account_summary(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    return _results([app.positions.account_json(session.account)])


def get_account_info(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    instrument = next(iter(app.state.ledger.markets.values())).instrument
    maker, taker = plain(instrument.maker_fee_rate), plain(instrument.taker_fee_rate)
    kinds = ("", "spot_", "dated_option_", "perp_option_")
    fees = {f"{kind}{side}_rate": rate for kind in kinds for side, rate in (("maker", maker), ("taker", taker))}
    return _results(
        [
            {
                "account": session.account,
                "kind": "main",
                "parent_account": "",
                "public_key": next(iter(app.state.signers[session.account])),
                "derivation_path": "",
                "isolated_market": "",
                "username": "local",
                "created_at": app.state.started_s * 1000,
                "has_ecosystem_nft": False,
                "fees": {**fees, "commission_rate": "0", "discount_rate": "0"},
                "volume_tiers": {},
            }
        ]
    )


def get_margin(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    product_id = _product(app, query.get("market"))
    most = ONE // app.state.rules.listings[product_id].imf
    leverage = app.state.account(session.account).leverage.get(product_id, most)
    config = {"market": query["market"], "leverage": leverage, "margin_type": "CROSS", "isolated_margin_leverage": 0}
    return {"account": session.account, "margin_methodology": "cross_margin", "configs": [config]}


def get_balance(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    return _results(app.positions.balances(session.account))


def get_positions(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    return _results(app.positions.of(session.account))


def get_subkeys(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    rows: list[Json] = []
    for number, (key, name) in enumerate(app.state.signers[session.account].items()):
        if number:
            row: Json = {"id": number, "account_id": session.account, "public_key": key, "name": name}
            times = {"created_at": 0, "updated_at": 0, "revoked_at": 0}
            rows.append({**row, "state": "active", "allowed_cidrs": [], **times})
    return _results(rows)


def get_nothing(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    """Lists that stay empty here: sub-accounts, tokens, trade busts, transactions, liquidations."""
    return {"next": None, "prev": None, "results": []}


def _mine(session: Session, query: Query, *keys: str) -> Callable[[Json], bool]:
    wanted = {"account": session.account, **{key: query[key] for key in keys if query.get(key)}}
    return lambda row: all(row.get(key) == value for key, value in wanted.items())


def get_fills(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    wanted = _mine(session, query, "market")
    return _page(app, app.archive.fills, query, f"fills/{session.account}/{query.get('market')}", wanted)


def get_funding_payments(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    _product(app, query.get("market"))
    wanted = _mine(session, query, "market")
    return _page(app, app.archive.funding_payments, query, f"payments/{session.account}/{query['market']}", wanted)


def get_transfers(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    wanted = _mine(session, query, "status")
    return _page(app, app.archive.transfers, query, f"transfers/{session.account}", wanted)


# --- orders ----------------------------------------------------------------------------------------------------------


def get_orders(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    market = query.get("market")
    if market:
        _product(app, market)
    return _results([app.desk.show(placed) for placed in app.desk.of(session.account, market or None)])


def get_order(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    placed = app.desk.find(session.account, path["order_id"])
    if placed is None:
        raise WireError("ORDER_ID_NOT_FOUND", f"there is no order {path['order_id']:.40}")
    return app.desk.show(placed)


def get_order_by_client_id(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    placed = app.desk.by_client_id(session.account, path["client_id"])
    if placed is None or placed.order_id not in app.desk.open:
        raise WireError("CLIENT_ORDER_ID_NOT_FOUND", f"there is no open order with client_id {path['client_id']:.80}")
    return app.desk.show(placed)


def get_orders_history(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    """Open and closed, by the time of their creation."""
    history, keys = History(), ("client_id", "market", "side", "status", "type")
    both = (*app.desk.closed.values(), *app.desk.open.values())
    for placed in sorted(both, key=lambda each: each.order_id):
        if placed.account == session.account:
            history.append(app.desk.show(placed))
    scope = "/".join(["orders", session.account, *(query.get(key) or "" for key in keys)])
    return _page(app, history, query, scope, _mine(session, query, *keys))


def get_algo_orders(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    return _results(app.algos.of(session.account, closed=False))


def get_algo_history(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    return {"next": None, "prev": None, "results": app.algos.of(session.account, closed=True)}


def get_algo_order(app: ParadexApp, session: Session, query: Query, path: Mapping[str, str]) -> object:
    return app.algos.to_json(app.algos.find(session.account, path["algo_id"]))


PUBLIC: dict[str, tuple[str, Public]] = {
    "system_config": ("/system/config", get_config),
    "system_time": ("/system/time", get_time),
    "status": ("/system/state", get_state),
    "announcements": ("/system/announcements", get_announcements),
    "portfolio_margin": ("/system/portfolio-margin-config", get_portfolio_margin),
    "volume_tiers": ("/system/volume-tiers", get_volume_tiers),
    "get_onboarding": ("/onboarding", get_onboarding),
    "insurance": ("/insurance", get_insurance),
    "markets": ("/markets", get_markets),
    "markets_history": ("/markets/history", get_markets_history),
    "markets_summary": ("/markets/summary", get_summary),
    "klines": ("/markets/klines", get_klines),
    "bbo": ("/bbo/{market}", get_bbo),
    "bbo_interactive": ("/bbo/{market}/interactive", get_bbo),
    "orderbook": ("/orderbook/{market}", get_orderbook),
    "orderbook_interactive": ("/orderbook/{market}/interactive", get_orderbook),
    "impact_price": ("/orderbook/{market}/impact-price", get_impact_price),
    "trades": ("/trades", get_trades),
    "funding_data": ("/funding/data", get_funding_data),
}
PRIVATE: dict[str, tuple[str, Private]] = {
    "account": ("/account", get_account),
    "account_summary": ("/account/summary", get_account_summary),
    "account_info": ("/account/info", get_account_info),
    "subaccounts": ("/account/subaccounts", get_account_info),
    "margin": ("/account/margin", get_margin),
    "subkeys": ("/account/keys/subkeys", get_subkeys),
    "tokens": ("/account/tokens", get_nothing),
    "balance": ("/balance", get_balance),
    "positions": ("/positions", get_positions),
    "liquidations": ("/liquidations", get_nothing),
    "tradebusts": ("/tradebusts", get_nothing),
    "transactions": ("/transactions", get_nothing),
    "transfers": ("/transfers", get_transfers),
    "fills": ("/fills", get_fills),
    "funding_payments": ("/funding/payments", get_funding_payments),
    "orders": ("/orders", get_orders),
    "orders_history": ("/orders-history", get_orders_history),
    "order": ("/orders/{order_id}", get_order),
    "order_by_client_id": ("/orders/by_client_id/{client_id}", get_order_by_client_id),
    "algo_orders": ("/algo/orders", get_algo_orders),
    "algo_orders_history": ("/algo/orders-history", get_algo_history),
    "algo_order": ("/algo/orders/{algo_id}", get_algo_order),
}
