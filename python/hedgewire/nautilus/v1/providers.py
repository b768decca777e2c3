"""Instruments as the venue lists them, and the numbers the hot path needs for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nautilus_trader.common.providers import InstrumentProvider
from nautilus_trader.config import InstrumentProviderConfig
from nautilus_trader.model.enums import OptionKind
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CryptoFuture, CryptoOption, CryptoPerpetual, CurrencyPair, Instrument
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
        self._unmapped: set[int] = set()
        self.venue = venue
        self.link = link
        self.by_number: dict[int, Traded] = {}
        self.by_id: dict[InstrumentId, Traded] = {}
        link.on(RowKind.INSTRUMENT, self.add_row)

    def add_row(self, row: Row) -> None:
        """Take one INSTRUMENT row (fields: see ``rows.RowKind``)."""
        traded = instrument_of(row, self.venue, self._settlement)
        if traded is None:
            if row[1] not in self._unmapped:
                self._unmapped.add(row[1])
                self._log.warning(
                    f"{row[2]} is listed and not traded here: NautilusTrader has no type for it ({row[3]})"
                )
            return
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


def instrument_of(row: Row, venue: Venue, settlement: str | None = None) -> Traded | None:
    """A NautilusTrader instrument from an INSTRUMENT row (Nado reference 9.1, Paradex reference 8.1). None: it has no
    type for such a one, as for options that do not expire."""
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
    terms = row[17] if len(row) > 17 else None
    instrument = _made(kind, terms, settled_in, common)
    if instrument is None:
        return None
    lane = fast_lane.lane_of(instrument_id, (price_precision, size_precision))
    return Traded(number, instrument, instrument_id, price_precision, size_precision, settled_in, str(status), lane)


def _made(kind: str, terms: Any, settled_in: Currency, common: dict[str, Any]) -> Instrument | None:
    if kind == "perpetual":
        return CryptoPerpetual(settlement_currency=settled_in, is_inverse=False, **common)
    if kind == "spot":
        return CurrencyPair(**common)
    right, strike_x18, opens_ns, expires_ns = terms or ("", 0, 0, None)
    if kind not in ("future", "option") or expires_ns is None:
        return None
    dated = common | {"activation_ns": opens_ns, "expiration_ns": expires_ns, "is_inverse": False}
    dated |= {"underlying": dated.pop("base_currency"), "settlement_currency": settled_in}
    if kind == "future":
        return CryptoFuture(**dated)
    # Its minimum counts at the price of what it is on (Paradex reference 2.2); the engine would take the option's own.
    dated["min_notional"] = None
    right_of = {"call": OptionKind.CALL, "put": OptionKind.PUT}
    strike = convert.price_x18(strike_x18, common["price_precision"])
    return CryptoOption(option_kind=right_of[right], strike_price=strike, **dated)
