"""One row per cycle: V4's 21 columns first, in their order, then ours. Pair reference 1.9, 1.10 (never reordered)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from .vocabulary import CycleResult, OrderKind

V4_COLUMNS = (
    "iteration",
    "direction",
    "primary_entry_price",
    "hedge_entry_price",
    "primary_entry_time",
    "hedge_entry_time",
    "primary_exit_price",
    "hedge_exit_price",
    "primary_exit_time",
    "hedge_exit_time",
    "order_to_fill_primary",
    "order_to_fill_hedge",
    "websocket_latency",
    "rest_latency",
    "reconciliation_time",
    "repricing_count",
    "total_cycle_time",
    "hedge_entry_order_type",
    "hedge_exit_order_type",
    "hedge_entry_fee_saved",
    "hedge_exit_fee_saved",
)
ADDED_COLUMNS = (
    "cycle_id",
    "outcome",
    "reason",
    "primary",
    "hedge",
    "primary_qty",
    "hedge_qty",
    "gross_pnl_usd",
    "fees_usd",
    "funding_usd",
    "net_pnl_usd",
    "pnl_bps",
    "cumulative_net_pnl_usd",
    "volume_usd",
    "maker_volume_usd",
    "fee_saved_usd",
    "orders",
    "fills",
    "websocket_fill_time",
    "hold_time_s",
    "emergency_reason",
    "emergency_ms",
    "fallback_reason",
    "primary_entry_slippage_bps",
    "hedge_entry_slippage_bps",
)
COLUMNS = V4_COLUMNS + ADDED_COLUMNS


@dataclass(frozen=True, slots=True)
class Latencies:
    """Measured outside the machine, in milliseconds; ``None`` (an empty cell) when it was not measured, never zero."""

    websocket_ms: Decimal | None = None
    rest_ms: Decimal | None = None
    websocket_fill_ms: Decimal | None = None


def row(
    iteration: int, result: CycleResult, cumulative_net: Decimal, latencies: Latencies | None = None
) -> dict[str, str]:
    """The CSV row of a cycle. Entry and exit follow the cycle's phases, so a SELL_FIRST row is not swapped (B7)."""
    measured = latencies or Latencies()
    primary, hedge = result.legs
    hold_ns = None
    if result.built_ns is not None and result.unwind_started_ns is not None:
        hold_ns = result.unwind_started_ns - result.built_ns
    traded = result.volume > 0
    values: dict[str, object] = {
        "iteration": iteration,
        "direction": result.direction.value,
        "primary_entry_price": primary.entry_price,
        "hedge_entry_price": hedge.entry_price,
        "primary_entry_time": _seconds(primary.entry_time_ns),
        "hedge_entry_time": _seconds(hedge.entry_time_ns),
        "primary_exit_price": primary.exit_price,
        "hedge_exit_price": hedge.exit_price,
        "primary_exit_time": _seconds(primary.exit_time_ns),
        "hedge_exit_time": _seconds(hedge.exit_time_ns),
        "order_to_fill_primary": primary.entry_order_to_fill_ms,
        "order_to_fill_hedge": hedge.entry_order_to_fill_ms,
        "websocket_latency": measured.websocket_ms,
        "rest_latency": measured.rest_ms,
        "reconciliation_time": result.reconciliation_ms,
        "repricing_count": result.repricing_count,
        "total_cycle_time": _seconds(result.ended_ns - result.started_ns),
        "hedge_entry_order_type": _order_type(hedge.entry_qty, hedge.entry_all_maker),
        "hedge_exit_order_type": _order_type(hedge.exit_qty, hedge.exit_all_maker),
        "hedge_entry_fee_saved": hedge.entry_qty > 0 and hedge.entry_all_maker,
        "hedge_exit_fee_saved": hedge.exit_qty > 0 and hedge.exit_all_maker,
        "cycle_id": result.cycle_id,
        "outcome": result.outcome.value,
        "reason": result.reason,
        "primary": primary.name,
        "hedge": hedge.name,
        "primary_qty": primary.entry_qty,
        "hedge_qty": hedge.entry_qty,
        "gross_pnl_usd": result.gross,
        "fees_usd": result.fees,
        "funding_usd": result.funding,
        "net_pnl_usd": result.net,
        "pnl_bps": result.net / result.volume * 10_000 if traded else None,
        "cumulative_net_pnl_usd": cumulative_net,
        "volume_usd": result.volume,
        "maker_volume_usd": primary.maker_volume + hedge.maker_volume,
        "fee_saved_usd": primary.fee_saved + hedge.fee_saved,
        "orders": result.orders,
        "fills": result.fills,
        "websocket_fill_time": measured.websocket_fill_ms,
        "hold_time_s": _seconds(hold_ns),
        "emergency_reason": result.emergency_reason,
        "emergency_ms": result.emergency_ms,
        "fallback_reason": result.fallback_reason,
        "primary_entry_slippage_bps": result.slippage_bps[0],
        "hedge_entry_slippage_bps": result.slippage_bps[1],
    }
    return {name: _cell(name, values[name]) for name in COLUMNS}


def to_csv(rows: Iterable[dict[str, str]]) -> str:
    """The whole file as text; the caller writes it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def file_name(primary: str, hedge: str, ticker: str, stamp_utc: str) -> str:
    """V4's name of the file; ``stamp_utc`` is YYYYMMDD_HHMMSS."""
    return f"trade_metrics_{primary}_{hedge}_{ticker}_{stamp_utc}.csv"


def percentile(values: Sequence[Decimal], share: Decimal) -> Decimal | None:
    """Nearest-rank percentile (share 0.5 is the median); ``None`` without values."""
    if not values:
        return None
    ordered = sorted(values)
    rank = int((share * len(ordered)).to_integral_value(ROUND_CEILING))
    return ordered[min(max(rank, 1), len(ordered)) - 1]


def _order_type(qty: Decimal, all_maker: bool) -> str:
    if qty == 0:
        return ""
    return OrderKind.POST_ONLY.name if all_maker else "MARKET"


def _seconds(value_ns: int | None) -> Decimal | None:
    return None if value_ns is None else Decimal(value_ns).scaleb(-9)


def _cell(name: str, value: object) -> str:
    """Ratios to 0.0001 bps, the rest as exact as a venue is (18 places); a zero has no sign."""
    if value is None:
        return ""
    if not isinstance(value, Decimal):
        return str(value)
    places = 4 if name.endswith("_bps") else 18
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        value = round(value, places)
    return format(value.copy_abs() if value.is_zero() else value, "f")
