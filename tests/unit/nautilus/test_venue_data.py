"""Custom data: exact through dictionaries, bytes, the bus's serializer and a Parquet catalog."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.persistence.catalog import ParquetDataCatalog
from nautilus_trader.serialization.serializer import MsgSpecSerializer

from hedgewire.nautilus.venue_data import (
    VENUE_DATA,
    StreamFreshness,
    VenueHealth,
    VenueLiquidation,
    VenueOpenInterest,
)

ETH = InstrumentId.from_str("ETH-PERP.NADO")
LAST_UNIT = Decimal("123456789012345678.000000000000000001")
COUNTS = (
    "reconnects", "resubscriptions", "reconciliations", "gaps", "resnapshots", "malformed", "unknown", "stale_streams",
    "dropped_rows", "unresolved", "rate_limit_headroom", "books_wanted", "books_live",
)  # fmt: skip

EXAMPLES: list[Any] = [
    VenueOpenInterest(instrument_id=ETH, quantity=LAST_UNIT, ts_event=1, ts_init=2),
    VenueLiquidation(instrument_id=ETH, quantity=-LAST_UNIT, price=Decimal("3000.1"), ts_event=1, ts_init=2),
    VenueHealth(
        client_id="NADO", websocket="connected", rest="available", **dict.fromkeys(COUNTS, 3), rest_p50_ms=None,
        order_p50_ms=7, ts_event=1, ts_init=2,
    ),
    StreamFreshness(
        client_id="NADO", stream="Book", instrument="", param=0, state="active", age_ms=None, ts_event=1, ts_init=2
    ),
]  # fmt: skip


def same(made: Any, example: Any) -> None:
    assert type(made) is type(example)
    assert made.to_dict() == example.to_dict()
    assert (made.ts_event, made.ts_init) == (1, 2)


def test_there_is_an_example_of_each() -> None:
    assert {type(example) for example in EXAMPLES} == set(VENUE_DATA)


@pytest.mark.parametrize("example", EXAMPLES, ids=[type(example).__name__ for example in EXAMPLES])
def test_it_survives_every_way_out_and_back(example: Any, tmp_path: Path) -> None:
    same(type(example).from_dict(example.to_dict()), example)
    same(type(example).from_bytes(example.to_bytes()), example)
    serializer = MsgSpecSerializer(encoding=msgspec.msgpack)
    same(serializer.deserialize(serializer.serialize(example)), example)
    catalog = ParquetDataCatalog(str(tmp_path))
    catalog.write_data([example])
    (found,) = catalog.custom_data(type(example))
    same(found.data, example)


def test_an_amount_that_the_schema_cannot_hold_is_refused(tmp_path: Path) -> None:
    """Thirty-eight digits hold every amount of the core; one that needs a nineteenth decimal is not of the core."""
    too_fine = VenueOpenInterest(instrument_id=ETH, quantity=Decimal("1e-19"), ts_event=1, ts_init=2)
    with pytest.raises(Exception, match="(?i)decimal|rescal|precision"):
        ParquetDataCatalog(str(tmp_path)).write_data([too_fine])
