"""Instruments as the venue lists them, and the numbers the hot path needs for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nautilus_trader.common.providers import InstrumentProvider
from nautilus_trader.config import InstrumentProviderConfig
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CryptoPerpetual, CurrencyPair, Instrument
from nautilus_trader.model.objects import Currency

from hedgewire._core import DeltaLane
from hedgewire.nautilus.link import Link, Row
from hedgewire.nautilus.rows import RowKind
from hedgewire.nautilus.v1 import convert, fast_lane


@dataclass(frozen=True, slots=True)
class Traded:
    """One instrument by its venue number: what a row is converted with."""

    number: int
    instrument: Instrument
    instrument_id: InstrumentId
    price_precision: int
    size_precision: int
    settlement: Currency
    """What fees are paid and results counted in."""
    info_status: str
    lane: DeltaLane | None


class VenueInstrumentProvider(InstrumentProvider):
    """Fed by the link's INSTRUMENT rows; shared by the data and the execution client of one link. ``settlement``: what
    the venue settles in; None: each instrument in its quote currency."""

    def __init__(
        self, link: Link, venue: Venue, config: InstrumentProviderConfig | None = None, settlement: str | None = None
    ) -> None:
        super().__init__(config=config)
        self._settlement = settlement
        self.venue = venue
        self.link = link
        self.by_number: dict[int, Traded] = {}
        self.by_id: dict[InstrumentId, Traded] = {}
        link.on(RowKind.INSTRUMENT, self.add_row)

    def add_row(self, row: Row) -> None:
        """Take one INSTRUMENT row (fields: see ``rows.RowKind``)."""
        traded = instrument_of(row, self.venue, self._settlement)
        self.by_number[traded.number] = traded
        self.by_id[traded.instrument_id] = traded
        self.add_currency(traded.instrument.quote_currency)
        self.add_currency(traded.settlement)
        self.add(traded.instrument)

    async def load_all_async(self, filters: dict[str, Any] | None = None) -> None:
        """The link's bootstrap has delivered every listed instrument; nothing more to fetch."""
        for row in self.link.instruments:
            if row[1] not in self.by_number:
                self.add_row(row)

    def traded(self, instrument_id: InstrumentId) -> Traded:
        """Raises ``KeyError`` with the nearest facts for an instrument the venue does not list."""
        found = self.by_id.get(instrument_id)
        if found is None:
            listed = ", ".join(sorted(str(known.symbol) for known in self.by_id)[:8])
            raise KeyError(f"{instrument_id} is not listed at {self.venue}. hint: listed are {listed or 'none yet'}")
        return found


def instrument_of(row: Row, venue: Venue, settlement: str | None = None) -> Traded:
    """A NautilusTrader instrument from an INSTRUMENT row (Nado reference 9.1, Paradex reference 8.1)."""
    (
        number,
        symbol,
        kind,
        base,
        quote,
        price_precision,
        size_precision,
        tick_x18,
        lot_x18,
        min_notional_x18,
        maker_x18,
        taker_x18,
        init_x18,
        maint_x18,
        status,
        isolated_only,
    ) = row[1:17]
    instrument_id = InstrumentId(Symbol(symbol), venue)
    quote_currency = convert.currency(quote)
    settled_in = convert.currency(settlement or quote)
    common: dict[str, Any] = {
        "instrument_id": instrument_id,
        "raw_symbol": Symbol(symbol),
        "base_currency": convert.currency(base),
        "quote_currency": quote_currency,
        "price_precision": price_precision,
        "size_precision": size_precision,
        "price_increment": convert.price_x18(tick_x18, price_precision),
        "size_increment": convert.quantity_x18(lot_x18, size_precision),
        "min_quantity": convert.quantity_x18(lot_x18, size_precision),
        "min_notional": convert.money_x18(min_notional_x18, quote_currency) if min_notional_x18 else None,
        "margin_init": convert.decimal_x18(init_x18 or 0),
        "margin_maint": convert.decimal_x18(maint_x18 or 0),
        "maker_fee": convert.decimal_x18(maker_x18 or 0),
        "taker_fee": convert.decimal_x18(taker_x18 or 0),
        "ts_event": 0,
        "ts_init": 0,
        "info": {"product_id": number, "status": status, "isolated_only": bool(isolated_only)},
    }
    if kind == "perpetual":
        instrument = CryptoPerpetual(settlement_currency=settled_in, is_inverse=False, **common)
    else:
        instrument = CurrencyPair(**common)
    lane = fast_lane.lane_of(instrument_id, (price_precision, size_precision))
    return Traded(number, instrument, instrument_id, price_precision, size_precision, settled_in, str(status), lane)
