"""Totals of a run, and the lines an operator reads after each cycle and at the end. Pair reference 1.11, 1.12."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .metrics import percentile
from .vocabulary import CycleResult, Halt, LegResult, plain


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals over cycles; times are nearest-rank percentiles, ``None`` when nothing was measured."""

    cycles: int
    paired: int
    gross: Decimal
    fees: Decimal
    funding: Decimal
    net: Decimal
    volume: Decimal
    maker_share: Decimal | None
    repricings: int
    emergencies: int
    order_to_fill_p50_ms: Decimal | None
    order_to_fill_p95_ms: Decimal | None
    cycle_p50_s: Decimal | None

    @property
    def average_bps(self) -> Decimal | None:
        return self.net / self.volume * 10_000 if self.volume > 0 else None

    @property
    def cost_per_million(self) -> Decimal | None:
        return -self.net / self.volume * 1_000_000 if self.volume > 0 else None


def summarise(results: Sequence[CycleResult]) -> Summary:
    zero = Decimal(0)
    legs: list[LegResult] = [leg for result in results for leg in result.legs]
    waits = [Decimal(leg.entry_order_to_fill_ms) for leg in legs if leg.entry_order_to_fill_ms is not None]
    times = [Decimal(r.ended_ns - r.started_ns) / 1_000_000_000 for r in results if r.volume > 0]
    volume = sum((r.volume for r in results), zero)
    return Summary(
        cycles=len(results),
        paired=sum(r.outcome == "paired" for r in results),
        gross=sum((r.gross for r in results), zero),
        fees=sum((r.fees for r in results), zero),
        funding=sum((r.funding for r in results), zero),
        net=sum((r.net for r in results), zero),
        volume=volume,
        maker_share=sum((leg.maker_volume for leg in legs), zero) / volume if volume > 0 else None,
        repricings=sum(r.repricing_count for r in results),
        emergencies=sum(bool(r.emergency_reason) for r in results),
        order_to_fill_p50_ms=percentile(waits, Decimal("0.5")),
        order_to_fill_p95_ms=percentile(waits, Decimal("0.95")),
        cycle_p50_s=percentile(times, Decimal("0.5")),
    )


def cycle_lines(results: Sequence[CycleResult]) -> list[str]:
    """What the last cycle did, and the run so far."""
    result, total = results[-1], summarise(results)
    lines = [f"CYCLE {len(results)} COMPLETE ({result.outcome}: {result.reason})"]
    for leg in result.legs:
        lines.append(
            f"  {leg.name}: {leg.entry_side} {leg.entry_qty:f} @ {_price(leg.entry_price)}, "
            f"{leg.entry_side.opposite} {leg.exit_qty:f} @ {_price(leg.exit_price)}"
        )
    lines.append(
        f"  gross {_usd(result.gross)} ({_bps(result.gross, result.volume)}), fees {_usd(result.fees)}, "
        f"funding {_usd(result.funding)}, cycle PnL {_usd(result.net)}"
    )
    lines.append(f"CUMULATIVE {total.cycles} cycles | PnL {_usd(total.net)} | Avg {_bps(total.net, total.volume)}")
    return lines


def final_lines(results: Sequence[CycleResult]) -> list[str]:
    """The whole run."""
    total = summarise(results)
    share = "-" if total.maker_share is None else f"{total.maker_share:.1%}"
    return [
        f"FINAL {total.paired} of {total.cycles} cycles paired, volume ${total.volume:.2f}",
        f"  gross {_usd(total.gross)}, fees {_usd(total.fees)}, funding {_usd(total.funding)}, net {_usd(total.net)}",
        f"  average edge {_bps(total.net, total.volume)}, cost per $1M "
        f"{'-' if total.cost_per_million is None else f'${total.cost_per_million:.2f}'}",
        f"  maker share {share}, repricings {total.repricings}, emergencies {total.emergencies}",
        f"  order to fill p50 {_ms(total.order_to_fill_p50_ms)}, p95 {_ms(total.order_to_fill_p95_ms)}, "
        f"cycle p50 {'-' if total.cycle_p50_s is None else f'{total.cycle_p50_s:.1f} s'}",
    ]


def _price(value: Decimal | None) -> str:
    return "-" if value is None else f"${value:.3f}"


def _usd(value: Decimal) -> str:
    return f"${value:+.4f}"


def _bps(amount: Decimal, volume: Decimal) -> str:
    """Of turnover, signed; a dash where nothing traded."""
    return "- bps" if not volume else f"{amount / volume * 10_000:+.2f} bps"


def _ms(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"


def left_open(halt: Halt) -> str:
    """What a halt leaves, in words."""
    positions = ", ".join(f"{held.name} {plain(held.qty)}" for held in halt.open_positions)
    return positions or ("positions unknown" if halt.dirty else "flat")
