"""The numbers of a run, from its journal: real fills and real fees, decimals as strings."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from hedgewire.journal import Journal
from hedgewire.pair.metrics import COLUMNS

CENT = Decimal("0.0001")


def _text(value: Decimal) -> str:
    return format(value.quantize(CENT), "f")


def _median(values: list[Decimal]) -> Decimal | None:
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def summarise(
    run_dir: Path, requested: int, end: dict[str, Any], end_positions: dict[str, str], duration_s: float
) -> dict[str, Any]:
    """The keys that scripts rely on. A number that was not measured is None, never zero."""
    with Journal(run_dir / "journal.sqlite", readonly=True) as journal:
        fills, intents, cycles = journal.fills(), journal.intents(), journal.cycles()
        payments = journal.funding_payments()
    volume = sum((fill.qty * fill.price for fill in fills), Decimal(0))
    fees = sum((fill.fee for fill in fills), Decimal(0))
    net = sum((Decimal(cycle["net_pnl_usd"]) for cycle in cycles), Decimal(0))
    # Funding that came when no cycle held anything is in no cycle's result.
    net += sum((payment.amount for payment in payments if not payment.cycle_id), Decimal(0))
    paired = sum(cycle["outcome"] == "paired" for cycle in cycles)
    times = [Decimal(cycle["total_cycle_time"]) for cycle in cycles if cycle["outcome"] == "paired"]
    median = _median(times)
    return {
        "cycles_requested": requested,
        "cycles_paired": paired,
        "cycles_failed": len(cycles) - paired,
        "orders": len(intents),
        "fills": len(fills),
        "volume_usd": _text(volume),
        "fees_usd": _text(fees),
        "funding_usd": _text(sum((payment.amount for payment in payments), Decimal(0))),
        "net_pnl_usd": _text(net),
        "cost_per_million_usd": _text(-net / volume * 1_000_000) if volume else None,
        "end_positions": end_positions,
        "halted": bool(end["halted"]),
        "halt_reason": end["halt_reason"] or None,
        "last_reason": f"{cycles[-1]['outcome']}: {cycles[-1]['reason']}" if cycles else None,
        "duration_s": f"{duration_s:.1f}",
        "cycle_time_p50_s": None if median is None else _text(median),
        "ws_fill_latency_p50_ms": end["ws_fill_latency_p50_ms"],
        "order_latency_p50_ms": end["order_latency_p50_ms"],
        "trading_process_resident_mb": str(end["resident_mb"]),
    }


def write_files(run_dir: Path, summary: dict[str, Any]) -> None:
    """``summary.json`` and ``cycles.csv`` (V4's 21 columns first)."""
    (run_dir / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    with Journal(run_dir / "journal.sqlite", readonly=True) as journal:
        cycles = journal.cycles()
    with (run_dir / "cycles.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(cycles)
