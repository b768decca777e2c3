"""The numbers of a run, from its journal: real fills and real fees, decimals as strings."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from statistics import median_low
from typing import Any

from hedgewire.journal import FillRecord, Journal
from hedgewire.pair.metrics import COLUMNS
from hedgewire.pair.vocabulary import Side, plain

CENT = Decimal("0.0001")


def _text(value: Decimal) -> str:
    return format(value.quantize(CENT), "f")


def ended_without_result(status: int | None) -> dict[str, Any]:
    """In place of the last line of a trading process that could not say it. ``status`` as of ``Popen.returncode``."""
    return {
        "halted": True,
        "halt_reason": f"process_ended: the trading process ended without a result (status {status}); "
        "hint: node.log and node.stderr are in the run's directory",
        "ws_fill_latency_p50_ms": None,
        "order_latency_p50_ms": None,
        "resident_mb": None,
    }


def _held(fills: list[FillRecord]) -> dict[str, str]:
    held: dict[str, Decimal] = {}
    for fill in fills:
        symbol = fill.instrument.rpartition(".")[0]
        held[symbol] = held.get(symbol, Decimal(0)) + fill.qty * Side(fill.side).sign
    return {symbol: plain(qty) for symbol, qty in sorted(held.items())}


def is_flat(summary: dict[str, Any]) -> bool:
    """Only the venue can say so."""
    positions = summary["end_positions"]
    return positions is not None and not any(Decimal(held) for held in positions.values())


def positions_text(summary: dict[str, Any]) -> str:
    """What is known to be open, and from whom."""
    if is_flat(summary):
        return "flat (as the venue says)"
    if summary["end_positions"] is not None:
        return f"OPEN: {_listed(summary['end_positions'])} (as the venue says)"
    return f"UNKNOWN: the venue does not answer; by the fills in the journal: {_listed(summary['journal_positions'])}"


def _listed(held: dict[str, str]) -> str:
    return ", ".join(f"{symbol} {qty}" for symbol, qty in held.items() if Decimal(qty)) or "flat"


def summarise(
    run_dir: Path, requested: int, end: dict[str, Any], end_positions: dict[str, str] | None, duration_s: float
) -> dict[str, Any]:
    """The keys that scripts rely on. A number that was not measured is None, never zero, and so are ``end_positions``
    of a venue that does not answer: then ``journal_positions``, the sum of the fills, is the best that is known."""
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
        "journal_positions": _held(fills),
        "halted": bool(end["halted"]),
        "halt_reason": end["halt_reason"] or None,
        "last_reason": f"{cycles[-1]['outcome']}: {cycles[-1]['reason']}" if cycles else None,
        "duration_s": f"{duration_s:.1f}",
        "cycle_time_p50_s": _text(median_low(times)) if times else None,
        "ws_fill_latency_p50_ms": end["ws_fill_latency_p50_ms"],
        "order_latency_p50_ms": end["order_latency_p50_ms"],
        "trading_process_resident_mb": None if end["resident_mb"] is None else str(end["resident_mb"]),
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
