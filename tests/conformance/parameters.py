"""What differs between venues, as data. Everything else under this directory is the same for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nautilus_trader.model.enums import ContingencyType
from nautilus_trader.model.identifiers import InstrumentId

from hedgewire.nautilus.v1.order_terms import VenueRules
from hedgewire.simulator.orders import Order
from hedgewire.simulator.server import LocalVenue


@dataclass(frozen=True, slots=True)
class Conditional:
    """An order that waits, or has waited, at the venue for its price; ``price`` x18."""

    order: Order
    above: bool
    price: int
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueParameters:
    """``name``: of the local venue. ``account_field``, ``key_field``: of an account in its descriptor.
    ``order_name``: what the node calls the order of an id of the exchange. ``record``: what the venue has of an order,
    by that name, whose book may never have seen it. ``told``: an amount x18 as the venue writes it. ``client``: of the
    node's clients.
    ``size``: of an order, base units; ``display``: the shown part of an iceberg. ``offset_ticks``: a limit so far from
    the market never trades; ``cross_ticks``: one that surely does. ``requests``: operation (``submit``, ``batch``,
    ``cancel``, ``cancel_batch``, ``cancel_all``, ``modify`` if offered) to the name that the local venue's faults use
    for it; ``counted``: how many of that name it was asked; ``order_stream``: the stream that tells the end of orders.
    ``capabilities``: what the adapter's tables say; a card whose need is not among them must be refused.
    ``order_params``: what the field of that name may carry, and the attributes of the order in the venue's books that
    prove its arrival. ``book_levels``: how many of a side the streams tell. ``halt``: control call and its body.
    ``public_streams``: market data channels of the instrument that somebody listens to. ``conditional``: orders by what
    the node calls them. ``reference_prices``: mark and index. ``funding_rate``: hourly, now; ``funding_history``:
    hourly ones with their seconds. ``history_s``: how much past the venue starts with."""

    name: str
    account_field: str
    key_field: str
    client: str
    order_name: Callable[[LocalVenue, str], str]
    record: Callable[[LocalVenue, str], Order | None]
    told: Callable[[int], int]
    instrument_id: InstrumentId
    number: int
    size: Decimal
    display: Decimal
    quote_size: Decimal
    offset_ticks: int
    cross_ticks: int
    data_factory: type
    exec_factory: type
    data_config: Callable[[Mapping[str, Any]], Any]
    exec_config: Callable[[Mapping[str, Any], str], Any]
    requests: Mapping[str, str]
    counted: Callable[[LocalVenue, str], int]
    order_stream: str
    capabilities: frozenset[str]
    order_params: Mapping[str, Any]
    order_params_held: Mapping[str, object]
    book_levels: int
    halt: tuple[str, Mapping[str, Any]]
    public_streams: Callable[[LocalVenue], list[str]]
    conditional: Callable[[LocalVenue], Mapping[str, Conditional]]
    reference_prices: Callable[[LocalVenue], tuple[Decimal, Decimal]]
    funding_rate: Callable[[LocalVenue], Decimal]
    funding_history: Callable[[LocalVenue], list[tuple[int, Decimal]]]
    history_s: int


def capabilities(rules: VenueRules, facts: Mapping[str, Any]) -> frozenset[str]:
    """The two tables that the adapter itself lives by, as the words that cards need: ``type:stop_market``,
    ``limit:day``, ``stream:book``..."""
    words = {f"type:{order_type.name.lower()}" for order_type, _, _ in rules.kinds}
    words |= {f"{order_type.name.lower()}:{tif.name.lower()}" for order_type, tif, _ in rules.kinds}
    words |= {f"stream:{name}" for name in facts["capabilities"]["streams"]}
    offered = {
        "modify": rules.modify,
        "amend": facts["capabilities"]["amend"],
        "modify:conditional": rules.amend and bool(rules.trigger_sources),
        "display_qty": rules.display_quantity,
        "quote_quantity": rules.quote_quantity,
        "bracket": {ContingencyType.OTO, ContingencyType.OUO} <= rules.contingencies,
    }
    return frozenset(words | {name for name, value in offered.items() if value})
