"""Nado."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from nautilus_trader.model.identifiers import InstrumentId

from conformance.parameters import Conditional, VenueParameters, capabilities
from hedgewire import _core
from hedgewire.simulator.orders import Order
from hedgewire.simulator.server import LocalVenue
from hedgewire.simulator.wire.nado.rest import NadoApp
from hedgewire.venues.nado import (
    NADO,
    NadoDataClientConfig,
    NadoExecClientConfig,
    NadoLiveDataClientFactory,
    NadoLiveExecClientFactory,
)
from hedgewire.venues.nado.constants import RULES

ETH_ID = 4
OWN = {"funding_payment"}
"""Market streams that the execution client itself listens to, for the account's funding."""


def _place(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    place = {name: descriptor[name] for name in ("endpoints", "chain_id", "endpoint_address")}
    return place | {"environment": "local", "connect_timeout_s": 20.0}


def _app(local: LocalVenue) -> NadoApp:
    assert isinstance(local.app, NadoApp)
    return local.app


def _public_streams(local: LocalVenue) -> list[str]:
    own = [key for key in _app(local).hub.subscribers if key.subaccount is None and key.product_id in (None, ETH_ID)]
    return sorted(key.kind for key in own if key.kind not in OWN)


def _conditional(local: LocalVenue) -> dict[str, Conditional]:
    return {
        digest: Conditional(held.order, held.requirement[0].endswith("_above"), held.requirement[1], held.pending)
        for digest, held in _app(local).trigger.orders.items()
        if held.requirement is not None
    }


def _record(local: LocalVenue, name: str) -> Order | None:
    waiting = _conditional(local).get(name)
    return None if waiting is None else waiting.order


def _reference_prices(local: LocalVenue) -> tuple[Decimal, Decimal]:
    """Between the best bid and ask; the oracle's."""
    book = local.state.exchange.books[ETH_ID]
    (bid, _), (ask, _) = (side.levels(1)[0] for side in (book.bids, book.asks))
    oracle = local.state.ledger.markets[ETH_ID].oracle_price
    return Decimal((bid + ask) // 2) / 10**18, Decimal(oracle) / 10**18


def _hourly(daily_x18: int) -> Decimal:
    return Decimal(daily_x18) / 24 / 10**18


VENUE = VenueParameters(
    name="nado",
    account_field="subaccount",
    key_field="private_key",
    order_name=lambda local, order_id: order_id,
    record=_record,
    told=lambda amount_x18: amount_x18,
    client=NADO,
    instrument_id=InstrumentId.from_str("ETH-PERP.NADO"),
    number=ETH_ID,
    size=Decimal("40"),  # several levels of the book
    display=Decimal("0.1"),
    quote_size=Decimal("1750"),
    offset_ticks=500,
    cross_ticks=50,
    data_factory=NadoLiveDataClientFactory,
    exec_factory=NadoLiveExecClientFactory,
    data_config=lambda descriptor: NadoDataClientConfig(**_place(descriptor), reference_poll_s=0.2),
    exec_config=lambda descriptor, key: NadoExecClientConfig(**_place(descriptor), private_key_ref=key),
    requests={
        "submit": "place_order",
        "batch": "place_orders",
        "cancel": "cancel_orders",
        "cancel_batch": "cancel_orders",
        "cancel_all": "cancel_product_orders",
        "modify": "cancel_and_place",
    },
    counted=lambda local, name: local.state.log.counts[f"execute_{name}"],
    order_stream="order_update",
    capabilities=capabilities(RULES, json.loads(_core.venue_facts("nado"))),
    order_params={"isolated_margin": "10000"},
    order_params_held={"isolated": True, "isolated_margin": 10_000 * 10**18},
    book_levels=100,
    halt=("halt", {"product_id": ETH_ID}),
    public_streams=_public_streams,
    conditional=_conditional,
    reference_prices=_reference_prices,
    funding_rate=lambda local: _hourly(_app(local).funding.rate_x18(ETH_ID)),
    funding_history=lambda local: [(at, _hourly(rate)) for at, rate in _app(local).funding.history[ETH_ID]],
    history_s=2 * 3600,
)
