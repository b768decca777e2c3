"""Data that NautilusTrader has no type for, as custom data: publish it, persist it to a Parquet catalog, read it back.

Subscribe with ``subscribe_data(DataType(VenueOpenInterest), instrument_id=...)`` for one instrument, or with
``client_id=`` for all of a venue's. Amounts are exact decimals with 18 places in the schema too; times are ns.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
from nautilus_trader.core.data import Data
from nautilus_trader.model.custom import customdataclass
from nautilus_trader.model.identifiers import InstrumentId

EXACT = pa.decimal128(38, 18)
"""Every amount of the core: an integer with 18 decimals (rows ``*_x18``)."""


def _schema(**fields: pa.DataType) -> pa.Schema:
    ends = {"type": pa.string(), "ts_event": pa.int64(), "ts_init": pa.int64()}
    return pa.schema([*fields.items(), *ends.items()])


def _parsed(cls: Any, values: dict[str, Any]) -> Any:
    """From what ``to_dict`` made, directly or through a serialization that turned decimals into text."""
    given = {name: value for name, value in values.items() if name not in ("type", "data_type")}
    for name, value in given.items():
        if value is None:
            continue
        if name == "instrument_id":
            given[name] = InstrumentId.from_str(value)
        elif name in cls._schema.names and cls._schema.field(name).type == EXACT:
            given[name] = Decimal(value)
    return cls(**given)


@customdataclass
class VenueOpenInterest(Data):
    """``quantity``: open interest of a perpetual in base units, both sides counted as the venue counts them."""

    instrument_id: InstrumentId
    quantity: Decimal

    _schema = _schema(instrument_id=pa.string(), quantity=EXACT)
    from_dict = classmethod(_parsed)


@customdataclass
class VenueLiquidation(Data):
    """A position was liquidated: ``quantity`` in base units as the venue signs it, ``price`` in quote units."""

    instrument_id: InstrumentId
    quantity: Decimal
    price: Decimal

    _schema = _schema(instrument_id=pa.string(), quantity=EXACT, price=EXACT)
    from_dict = classmethod(_parsed)


@customdataclass
class VenueHealth(Data):
    """The connection to a venue, as the core counts since it was opened. Latencies are ms, None before the first one.

    ``websocket``: connected or disconnected; ``rest``: available or unavailable; ``resubscriptions``: streams that were
    confirmed again; ``reconciliations``: order events by which the engine corrected its cache; ``unresolved``: commands
    whose outcome is unknown; ``rate_limit_headroom``: weight that the venue's tightest limit still admits;
    ``books_live`` of ``books_wanted`` are in step with the venue.
    """

    client_id: str
    websocket: str
    rest: str
    reconnects: int
    resubscriptions: int
    reconciliations: int
    gaps: int
    resnapshots: int
    malformed: int
    unknown: int
    stale_streams: int
    dropped_rows: int
    unresolved: int
    rate_limit_headroom: int
    books_wanted: int
    books_live: int
    rest_p50_ms: int | None
    order_p50_ms: int | None

    _schema = _schema(
        client_id=pa.string(),
        websocket=pa.string(),
        rest=pa.string(),
        **dict.fromkeys(
            ("reconnects", "resubscriptions", "reconciliations", "gaps", "resnapshots", "malformed", "unknown",
             "stale_streams", "dropped_rows", "unresolved", "rate_limit_headroom", "books_wanted", "books_live",
             "rest_p50_ms", "order_p50_ms"),
            pa.int64(),
        ),
    )  # fmt: skip
    from_dict = classmethod(_parsed)


@customdataclass
class StreamFreshness(Data):
    """One stream of a venue: its state and, once it has spoken, the age of its last message in ms.

    ``instrument`` is the instrument's id as text, empty for a stream of the whole account; ``param`` is the stream's
    own (bars: seconds).
    """

    client_id: str
    stream: str
    instrument: str
    param: int
    state: str
    age_ms: int | None

    _schema = _schema(
        client_id=pa.string(), stream=pa.string(), instrument=pa.string(), param=pa.int64(), state=pa.string(),
        age_ms=pa.int64(),
    )  # fmt: skip
    from_dict = classmethod(_parsed)


VENUE_DATA = (VenueOpenInterest, VenueLiquidation, VenueHealth, StreamFreshness)

__all__ = ["VENUE_DATA", "StreamFreshness", "VenueHealth", "VenueLiquidation", "VenueOpenInterest"]
