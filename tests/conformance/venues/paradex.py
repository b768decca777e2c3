"""Paradex."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from nautilus_trader.model.identifiers import InstrumentId

from conformance.parameters import Conditional, VenueParameters, capabilities
from hedgewire import _core
from hedgewire.simulator.fixed import x18
from hedgewire.simulator.orders import Order, SelfTrade
from hedgewire.simulator.server import LocalVenue
from hedgewire.simulator.wire.paradex.messages import shown
from hedgewire.simulator.wire.paradex.order_entry import ABOVE
from hedgewire.simulator.wire.paradex.orders import UNTRIGGERED, Placed
from hedgewire.simulator.wire.paradex.products import FUNDING_PERIOD_H
from hedgewire.simulator.wire.paradex.rest import ParadexApp
from hedgewire.venues.paradex import (
    PARADEX,
    ParadexDataClientConfig,
    ParadexExecClientConfig,
    ParadexLiveDataClientFactory,
    ParadexLiveExecClientFactory,
)
from hedgewire.venues.paradex.constants import RULES

ETH_ID = 2


def _place(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    place = {name: descriptor[name] for name in ("endpoints", "chain_id")}
    return place | {"environment": "local", "connect_timeout_s": 20.0}


def _app(local: LocalVenue) -> ParadexApp:
    assert isinstance(local.app, ParadexApp)
    return local.app


def _orders(local: LocalVenue) -> dict[str, Placed]:
    desk = _app(local).desk
    return {**desk.closed, **desk.open}


def _order_name(local: LocalVenue, order_id: str) -> str:
    """The client id, which the adapter knows before the venue numbers the order."""
    placed = _orders(local).get(order_id)
    return order_id if placed is None else placed.client_id or order_id


def _as_order(placed: Placed) -> Order:
    return replace(placed).for_book(placed.price, placed.size)


def _record(local: LocalVenue, name: str) -> Order | None:
    named = [placed for placed in _orders(local).values() if name in (placed.client_id, placed.order_id)]
    return _as_order(named[-1]) if named else None


def _public_streams(local: LocalVenue) -> list[str]:
    state = local.state
    symbol = state.ledger.markets[ETH_ID].instrument.symbol
    named = [channel for name, held in _app(local).hub.subscribers.items() for channel in held.values()]
    return sorted({channel.name for channel in named if not channel.is_private and channel.market in (None, symbol)})


def _conditional(local: LocalVenue) -> dict[str, Conditional]:
    return {
        placed.client_id or placed.order_id: Conditional(
            _as_order(placed),
            ABOVE in placed.flags,
            placed.trigger_price,
            placed.status == UNTRIGGERED,
        )
        for placed in _orders(local).values()
        if placed.waits_for_trigger
    }


def _reference_prices(local: LocalVenue) -> tuple[Decimal, Decimal]:
    summary = _app(local).hub.summary(ETH_ID)
    return Decimal(summary["mark_price"]), Decimal(summary["underlying_price"])


def _hourly(rate_x18: int) -> Decimal:
    return Decimal(rate_x18) / FUNDING_PERIOD_H / 10**18


def _funding_history(local: LocalVenue) -> list[tuple[int, Decimal]]:
    """Of every second, oldest first."""
    rows = [row for _, row in _app(local).archive.funding[local.state.symbol(ETH_ID)].rows]
    return [(int(row["created_at"]) // 1000, Decimal(row["funding_rate"]) / FUNDING_PERIOD_H) for row in rows]


VENUE = VenueParameters(
    name="paradex",
    account_field="address",
    key_field="l2_private_key",
    order_name=_order_name,
    record=_record,
    told=lambda amount_x18: x18(shown(amount_x18)),
    client=PARADEX,
    instrument_id=InstrumentId.from_str("ETH-USD-PERP.PARADEX"),
    number=ETH_ID,
    size=Decimal("20"),  # several levels of the book
    display=Decimal("0.1"),
    quote_size=Decimal("1750"),
    offset_ticks=5_000,
    cross_ticks=500,
    data_factory=ParadexLiveDataClientFactory,
    exec_factory=ParadexLiveExecClientFactory,
    data_config=lambda descriptor: ParadexDataClientConfig(**_place(descriptor), reference_poll_s=0.2),
    exec_config=lambda descriptor, key: ParadexExecClientConfig(**_place(descriptor), private_key_ref=key),
    requests={
        "submit": "place_order",
        "batch": "place_orders",
        "cancel": "cancel_by_client_id",
        "cancel_batch": "cancel_orders",
        "cancel_all": "cancel_all_orders",
        "modify": "modify_order",
    },
    counted=lambda local, name: local.state.log.counts[name],
    order_stream="orders",
    capabilities=capabilities(RULES, json.loads(_core.venue_facts("paradex"))),
    order_params={"stp": "EXPIRE_BOTH"},
    order_params_held={"self_trade": SelfTrade.EXPIRE_BOTH},
    book_levels=15,
    halt=("faults", {"name": "system_status", "status": "maintenance"}),
    public_streams=_public_streams,
    conditional=_conditional,
    reference_prices=_reference_prices,
    funding_rate=lambda local: _hourly(_app(local).funding.rates[ETH_ID]),
    funding_history=_funding_history,
    history_s=2 * 3600,
)
