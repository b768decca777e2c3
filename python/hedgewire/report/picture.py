"""The picture of a run: prices with fills, exposure, result and volume, one band of colour a phase.

Floats appear here and only here: they are pixels, not money.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hedgewire.report.run import Run

INK, MUTED, GRID = "#1f2933", "#7b8794", "#e4e7eb"
LEG_COLOURS = ("#3e63dd", "#8e4ec6")
BUY, SELL = "#18794e", "#cd2b31"
PHASE_COLOURS = {"build": "#f5b83d", "hold": "#46a758", "unwind": "#4a9eda", "trouble": "#e5484d"}
STYLE: Any = {
    "font.family": "DejaVu Sans", "font.size": 9.5, "axes.edgecolor": GRID, "axes.labelcolor": MUTED,
    "xtick.color": MUTED, "ytick.color": MUTED, "text.color": INK, "axes.grid": True, "grid.color": GRID,
    "grid.linewidth": 0.7, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
}  # fmt: skip


def draw(run: Run, path: Path) -> None:
    """Write the PNG."""
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(
            6, 1, figsize=(12.5, 12.4), sharex=True, height_ratios=(0.34, 2.2, 2.2, 1.5, 1.5, 1.2), dpi=120
        )
        figure.subplots_adjust(left=0.085, right=0.965, top=0.868, bottom=0.05, hspace=0.17)
        _header(figure, run)
        _phases(axes[0], run)
        for axis in axes[1:]:
            _shade(axis, run)
        _prices(axes[1], run, 0)
        _prices(axes[2], run, 1)
        _exposure(axes[3], run)
        _result(axes[4], run)
        _volume(axes[5], run)
        axes[-1].set_xlabel("seconds since start")
        if run.moments:
            axes[-1].set_xlim(-0.012 * run.moments[-1].at_s, 1.008 * run.moments[-1].at_s)
        figure.savefig(path, facecolor="white")
        pyplot.close(figure)


def _money(text: Any, digits: int = 2) -> str:
    if text is None:
        return "–"
    value = Decimal(str(text))
    return f"{'-' if value < 0 else ''}${abs(value):,.{digits}f}"


def _places(run: Run) -> str:
    """The venues of the fills, in the order of the legs."""
    venues = dict.fromkeys(fill.instrument.rpartition(".")[2].capitalize() for _, fill in run.fills)
    return f"local {' and '.join(venues) or 'venue'}"


def _header(figure: Any, run: Run) -> None:
    summary = run.summary
    held = summary["end_positions"]
    first, second = (leg.split("-")[0] for leg in run.legs)
    coins = first if first == second else f"{first} / {second}"
    figure.text(0.085, 0.966, f"{coins} delta-neutral cycles", fontsize=18, fontweight="bold")
    if held is None:
        ending = "POSITIONS UNKNOWN"
    else:
        ending = "NOT FLAT" if any(Decimal(qty) for qty in held.values()) else "ended flat"
    if summary["halted"]:
        ending += f", halted: {summary['halt_reason']}"
    figure.text(
        0.085, 0.949, f"{_places(run)} over real sockets, every signature verified · {ending}", color=MUTED, fontsize=10
    )
    facts = (
        (f"{summary['cycles_paired']} / {summary['cycles_requested']}", "cycles paired"),
        (_money(summary["volume_usd"], 0), "volume"),
        (_money(summary["fees_usd"]), "fees"),
        (_money(summary["net_pnl_usd"]), "net result"),
        (_money(summary["cost_per_million_usd"], 0), "cost per $1M"),
        (f"{_round(summary['cycle_time_p50_s'])} s", "cycle time p50"),
    )
    for index, (value, label) in enumerate(facts):
        x = 0.085 + index * 0.112
        figure.text(x, 0.920, value, fontsize=14, fontweight="bold")
        figure.text(x, 0.906, label, fontsize=8.5, color=MUTED)


def _round(text: str | None) -> str:
    return "–" if text is None else f"{Decimal(text):.1f}"


def _phases(axis: Any, run: Run) -> None:
    axis.set_ylim(0, 1)
    axis.set_yticks([])
    axis.grid(False)
    axis.spines["left"].set_visible(False)
    axis.spines["bottom"].set_visible(False)
    for span in run.spans:
        axis.axvspan(span.start_s, span.end_s, 0.1, 0.9, color=PHASE_COLOURS[span.phase], lw=0)
    for cycle in sorted({span.cycle for span in run.spans}):
        start = min(span.start_s for span in run.spans if span.cycle == cycle)
        outcome = run.cycles[cycle - 1]["direction"].replace("_", " ").lower() if cycle <= len(run.cycles) else ""
        axis.text(start, 1.08, f"{cycle}  {outcome}", fontsize=8.5, color=INK, va="bottom", clip_on=False)
    handles = [
        Patch(color=colour, label=name)
        for name, colour in PHASE_COLOURS.items()
        if any(span.phase == name for span in run.spans)
    ]
    axis.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.55), ncols=4, frameon=False, fontsize=8.5,
        handlelength=1.2,
    )  # fmt: skip


def _shade(axis: Any, run: Run) -> None:
    for span in run.spans:
        axis.axvspan(span.start_s, span.end_s, color=PHASE_COLOURS[span.phase], alpha=0.09, lw=0)


def _title(axis: Any, text: str) -> None:
    axis.set_title(text, loc="left", fontsize=10, fontweight="bold", color=INK, pad=5)


def _prices(axis: Any, run: Run, leg: int) -> None:
    times = [moment.at_s for moment in run.moments]
    axis.plot(times, [float(moment.mids[leg]) for moment in run.moments], color=LEG_COLOURS[leg], lw=1.3)
    for at_s, fill in run.fills:
        if fill.instrument != run.legs[leg]:
            continue
        buying = fill.side == "BUY"
        colour = BUY if buying else SELL
        axis.scatter(
            at_s, float(fill.price), marker="^" if buying else "v", s=62, zorder=4, linewidths=1.4,
            facecolors=("white" if fill.is_maker else colour), edgecolors=colour,
        )  # fmt: skip
    _title(axis, f"{run.legs[leg].split('.')[0]}  mid and fills, USD")
    axis.margins(y=0.15)
    axis.yaxis.get_major_formatter().set_useOffset(False)
    if leg == 0:
        axis.legend(handles=_fill_legend(), loc="lower right", bbox_to_anchor=(1.0, 0.99), ncols=4, frameon=False,
                    fontsize=8.5, handletextpad=0.2, columnspacing=1.2)  # fmt: skip


def _fill_legend() -> list[Line2D]:
    return [
        Line2D([], [], marker=marker, ls="", ms=7, mfc="white" if maker else colour, mec=colour, mew=1.4,
               label=f"{name} {'maker' if maker else 'taker'}")
        for name, marker, colour in (("buy", "^", BUY), ("sell", "v", SELL))
        for maker in (False, True)
    ]  # fmt: skip


def _exposure(axis: Any, run: Run) -> None:
    times = [moment.at_s for moment in run.moments]
    for leg in (0, 1):
        values = [float(moment.values_usd[leg]) for moment in run.moments]
        axis.step(times, values, where="post", color=LEG_COLOURS[leg], lw=1.2, label=run.legs[leg].split(".")[0])
        axis.fill_between(times, values, step="post", color=LEG_COLOURS[leg], alpha=0.12, lw=0)
    net = [float(sum(moment.values_usd)) for moment in run.moments]
    axis.step(times, net, where="post", color=INK, lw=1.6, label="net delta")
    _title(axis, "Exposure and net delta, USD")
    axis.legend(loc="lower right", bbox_to_anchor=(1.0, 0.98), ncols=3, frameon=False, fontsize=8.5)


def _result(axis: Any, run: Run) -> None:
    times = [moment.at_s for moment in run.moments]
    net = [float(moment.net_pnl_usd) for moment in run.moments]
    axis.step(times, net, where="post", color=INK, lw=1.5)
    axis.fill_between(times, net, step="post", color=INK, alpha=0.07, lw=0)
    axis.axhline(0, color=MUTED, lw=0.8)
    _title(axis, "Cumulative net result, USD (after fees, open positions at mid)")


def _volume(axis: Any, run: Run) -> None:
    times = [moment.at_s for moment in run.moments]
    volume = [float(moment.volume_usd) for moment in run.moments]
    axis.step(times, volume, where="post", color=PHASE_COLOURS["unwind"], lw=1.5)
    axis.fill_between(times, volume, step="post", color=PHASE_COLOURS["unwind"], alpha=0.15, lw=0)
    axis.set_ylim(bottom=0)
    _title(axis, "Cumulative volume, USD")
