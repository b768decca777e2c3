"""Binary frames of schema 1, versions 1 to 3 (Paradex reference 5.6): a header, a block, groups, texts.

Everything is made from the JSON payload, so both encodings say the same. Decimals are cut to 8 places.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from hedgewire.simulator.fields import Json

SCHEMA_ID = 1
VERSIONS = (1, 2, 3)
NULL = -(2**63)
BOUND = 2**63 - 1
HEARTBEAT, NEVER_HEARD_OF = 40, 99
_HEADER = struct.Struct("<HHHH")
_GROUP = struct.Struct("<HH")
_LEVEL = struct.Struct("<qq")

SIDES = {"BUY": 1, "SELL": 2, "LONG": 1, "SHORT": 2}
TYPES = {
    "LIMIT": 1,
    "MARKET": 2,
    "STOP_LIMIT": 3,
    "STOP_MARKET": 4,
    "TAKE_PROFIT_LIMIT": 5,
    "TAKE_PROFIT_MARKET": 6,
    "STOP_LOSS_LIMIT": 7,
    "STOP_LOSS_MARKET": 8,
}
STATUSES = {"NEW": 1, "UNTRIGGERED": 2, "OPEN": 3, "CLOSED": 4}
INSTRUCTIONS = {"GTC": 1, "IOC": 2, "POST_ONLY": 3, "RPI": 4}
FILL_TYPES = {"FILL": 1, "LIQUIDATION": 2, "UNWIND_TRANSFER": 3, "SETTLE_MARKET": 4, "RPI": 5, "BLOCK_TRADE": 6}
LIQUIDITY = {"MAKER": 1, "TAKER": 2}
STP = {"EXPIRE_MAKER": 1, "EXPIRE_TAKER": 2, "EXPIRE_BOTH": 3}
POSITION_STATUSES = {"OPEN": 1, "CLOSED": 2}
ACCOUNT_STATUSES = {"ACTIVE": 1, "LIQUIDATION": 2}
REQUEST_STATUSES = {"PENDING": 1, "PROCESSED": 2, "REJECTED": 3, "SUCCESS": 4}
REQUEST_TYPES = {"MODIFY_ORDER": 1}
ORDER_FLAGS = (
    "REDUCE_ONLY",
    "STOP_CONDITION_BELOW_TRIGGER",
    "STOP_CONDITION_ABOVE_TRIGGER",
    "INTERACTIVE",
    "TARGET_STRATEGY_VWAP",
    "MMP",
)
FILL_FLAGS = ("interactive", "rpi", "fastfill")
NOT_REPRESENTABLE = 254


class _Block:
    """The fixed part of one message, field after field."""

    def __init__(self, now_us: int, seq_no: int) -> None:
        self.data = struct.pack("<qq", now_us, seq_no)

    def numbers(self, data: Json, *keys: str, places: int = 8) -> _Block:
        self.data += struct.pack(f"<{len(keys)}q", *(mantissa(data.get(key), places) for key in keys))
        return self

    def nulls(self, count: int) -> _Block:
        self.data += struct.pack(f"<{count}q", *[NULL] * count)
        return self

    def micros(self, *times_ms: object) -> _Block:
        self.data += struct.pack(f"<{len(times_ms)}q", *(_integer(time_ms) * 1000 for time_ms in times_ms))
        return self

    def octets(self, *values: int) -> _Block:
        self.data += bytes(values)
        return self

    def account(self, address: object) -> _Block:
        self.data += int(str(address), 16).to_bytes(32)
        return self


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0


def mantissa(value: object, places: int = 8) -> int:
    """A decimal text in units of 10^-places, cut; empty and absent are null; what is too large saturates."""
    if not isinstance(value, str) or not value:
        return NULL
    negative, (whole, _, fraction) = value.startswith("-"), value.lstrip("-").partition(".")
    units = min(BOUND, int(whole + fraction[:places].ljust(places, "0")))
    return -units if negative else units


def _code(codes: dict[str, int], value: object) -> int:
    return codes.get(str(value), NOT_REPRESENTABLE)


def _bits(names: Sequence[str], value: object) -> int:
    given = value if isinstance(value, list) else []
    return sum(1 << bit for bit, name in enumerate(names) if name in given)


def frame(template: int, version: int, block: bytes, groups: bytes = b"", texts: Sequence[object] = ()) -> bytes:
    tail = b"".join(bytes([len(text)]) + text for text in (str(each).encode()[:255] for each in texts))
    return _HEADER.pack(len(block), template, SCHEMA_ID, version) + block + groups + tail


def heartbeat(version: int, now_us: int) -> bytes:
    return frame(HEARTBEAT, version, struct.pack("<qq", now_us, 0))


def unknown(version: int, now_us: int) -> bytes:
    """Of a template that no schema has."""
    return frame(NEVER_HEARD_OF, version, struct.pack("<qq", now_us, 0), b"", ["never_heard_of"])


def _trade(data: Json, version: int, now_us: int, seq_no: int) -> bytes:
    low = int(str(data["id"])) % 2**64
    block = _Block(now_us, seq_no)
    block.data += struct.pack("<q", low - 2**64 if low >= 2**63 else low)
    block.octets(_code(SIDES, data["side"])).numbers(data, "price", "size").micros(data["created_at"])
    block.octets(_code(FILL_TYPES, data["trade_type"]))
    return frame(1, version, block.data, b"", [data["market"], data["id"]] if version >= 2 else [data["market"]])


def _bbo(data: Json, version: int, now_us: int, seq_no: int) -> bytes:
    block = _Block(now_us, seq_no).numbers(data, "bid", "bid_size", "ask", "ask_size")
    return frame(2, version, block.data, b"", [data["market"]])


def _book(data: Json, version: int, now_us: int, seq_no: int) -> bytes:
    block = _Block(now_us, seq_no).octets(0 if data["update_type"] == "s" else 1)
    best: Json = {}
    for kind in ("interactive", "api"):
        for side in ("bid", "ask"):
            pair = data.get(f"best_{side}_{kind}")
            best[f"{side}_{kind}"], best[f"{side}_{kind}_size"] = pair if isinstance(pair, list) and pair else ("", "")
    interactive = ("bid_interactive", "bid_interactive_size", "ask_interactive", "ask_interactive_size")
    block.numbers(best, *interactive).numbers(data, "relative_spread")
    block.numbers(best, "bid_api", "bid_api_size", "ask_api", "ask_api_size")
    levels = [level for key in ("deletes", "inserts", "updates") for level in _list(data.get(key))]
    groups = b""
    for side in ("BUY", "SELL"):
        rows = [_LEVEL.pack(mantissa(row["price"]), mantissa(row["size"])) for row in levels if row["side"] == side]
        groups += _GROUP.pack(_LEVEL.size, len(rows)) + b"".join(rows)
    return frame(3, version, block.data, groups, [data["market"]])


def _list(value: object) -> list[Json]:
    return value if isinstance(value, list) else []


def _summary(data: Json, version: int, now_us: int, seq_no: int) -> bytes:
    block = _Block(now_us, seq_no)
    block.numbers(data, "mark_price", "underlying_price", "last_traded_price", "volume_24h", "open_interest")
    block.numbers(data, "funding_rate", "bid", "ask", "total_volume", "price_change_rate_24h")
    block.nulls(12).numbers(data, "external_fair_price", "bid_size", "ask_size")
    block.nulls(2).numbers(data, "funding_rate", places=12)
    if version >= 3:
        block.nulls(1)
    return frame(4, version, block.data, b"", [data["symbol"]])


def _funding(data: Json, version: int, now_us: int, seq_no: int) -> bytes:
    block = _Block(now_us, seq_no).numbers(data, "funding_rate", "funding_index").micros(data["created_at"])
    block.numbers(data, "funding_premium", "funding_rate_8h")
    block.data += struct.pack("<h", _integer(data["funding_period_hours"]))
    return frame(5, version, block.nulls(1).data, b"", [data["market"]])


def _order(data: Json, version: int, now_us: int, seq_no: int) -> bytes:
    block = _Block(now_us, seq_no).octets(
        _code(STATUSES, data["status"]),
        _code(SIDES, data["side"]),
        _code(TYPES, data["type"]),
        _code(INSTRUCTIONS, data["instruction"]),
    )
    priced = data if data["price"] != "0" else {**data, "price": ""}
    triggered = data if data["trigger_price"] != "0" else {**data, "trigger_price": ""}
    block.numbers(priced, "price").numbers(triggered, "trigger_price").numbers(data, "size", "remaining_size")
    block.numbers(data, "avg_fill_price").micros(data["created_at"], data["last_updated_at"]).account(data["account"])
    block.micros(data["received_at"], data["published_at"])
    block.octets(_code(STP, data["stp"]), _bits(ORDER_FLAGS, data["flags"]))
    texts = [data["id"], data["client_id"], data["market"], data["cancel_reason"]]
    if version >= 2:
        info = data.get("request_info")
        given: Json = info if isinstance(info, dict) else {}
        status, kind = given.get("status"), given.get("request_type")
        block.octets(REQUEST_STATUSES.get(str(status), 0), REQUEST_TYPES.get(str(kind), 0))
        texts += [given.get("id", ""), given.get("message", "")]
    return frame(20, version, block.data, b"", texts)


def _fill(data: Json, version: int, now_us: int, seq_no: int) -> bytes:
    block = _Block(now_us, seq_no).octets(
        _code(FILL_TYPES, data["fill_type"]), _code(SIDES, data["side"]), _code(LIQUIDITY, data["liquidity"])
    )
    block.numbers(data, "price", "size", "fee", "realized_pnl").micros(data["created_at"]).account(data["account"])
    block.numbers(data, "underlying_price", "realized_funding")
    texts = [data["id"], data["order_id"], data["client_id"], data["id"], data["market"]]
    if version >= 2:
        block.octets(_bits(FILL_FLAGS, data["flags"]))
        block.data += struct.pack("<Q", _integer(data["orderbook_seq_no"]))
        texts.append(data["fee_currency"])
    return frame(21, version, block.data, b"", texts)


def _position(data: Json, version: int, now_us: int, seq_no: int) -> bytes:
    unsigned = {**data, "size": str(data["size"]).lstrip("-")}
    block = _Block(now_us, seq_no).octets(_code(SIDES, data["side"])).numbers(unsigned, "size")
    block.numbers(data, "average_entry_price", "unrealized_pnl", "realized_positional_pnl").nulls(1)
    block.numbers(data, "liquidation_price", "leverage").micros(data["last_updated_at"]).account(data["account"])
    block.numbers(data, "average_entry_price_usd", "cost", "cost_usd", "cached_funding_index", "unrealized_funding_pnl")
    block.octets(_code(POSITION_STATUSES, data["status"]))
    return frame(22, version, block.data, b"", [data["market"], data["last_fill_id"]])


def _account(data: Json, version: int, now_us: int, seq_no: int) -> bytes:
    block = _Block(now_us, seq_no).numbers(data, "total_collateral", "free_collateral", "initial_margin_requirement")
    block.numbers(data, "maintenance_margin_requirement", "account_value").nulls(1)
    block.micros(data["updated_at"]).account(data["account"]).numbers(data, "margin_cushion")
    block.octets(_code(ACCOUNT_STATUSES, data["status"]))
    if version >= 2:
        block.micros(data["last_seen_notification"])
    return frame(23, version, block.data, b"", [data["settlement_asset"]])


_ENCODERS: dict[str, Callable[[Json, int, int, int], bytes]] = {
    "trades": _trade,
    "bbo": _bbo,
    "order_book": _book,
    "markets_summary": _summary,
    "funding_data": _funding,
    "orders": _order,
    "fills": _fill,
    "positions": _position,
    "account": _account,
}


def encode(family: str, data: Json, version: int, *, now_us: int, seq_no: int) -> bytes | None:
    """One payload as a frame; ``None``: channels of that family have no template and stay JSON."""
    encoder = _ENCODERS.get(family)
    return None if encoder is None else encoder(data, version, now_us, seq_no)
