"""What a person sees of a running demo, on stderr: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from hedgewire.cli.demo_legs import Pair

Show = Callable[[dict[str, Any]], None]
_PHASES = {
    "PREFLIGHT": "checking", "RESUMING": "resuming",
    "BUILD_PLACING": "building", "BUILD_WORKING": "building", "BUILD_COMPLETING": "completing",
    "BUILD_VERIFY": "verifying", "HOLDING": "holding", "UNWIND_WORKING": "unwinding", "UNWIND_COMPLETING": "unwinding",
    "UNWIND_VERIFY": "verifying", "CYCLE_DONE": "done", "EMERGENCY": "EMERGENCY", "HALTED_DIRTY": "HALTED",
}  # fmt: skip


def _short(value: str | None, digits: int = 4) -> str:
    return "" if not value else format(Decimal(value).quantize(Decimal(1).scaleb(-digits)), "f")


@contextmanager
def view(pair: Pair, cycles: int) -> Iterator[Show]:
    """Yields the function that shows one progress line."""
    if sys.stderr.isatty():
        with _live(pair, cycles) as show:
            yield show
    else:
        yield _plain


def _plain(line: dict[str, Any]) -> None:
    text = {
        "running": f"node running, {line.get('resident_mb', 0):.0f} MB resident" if line["kind"] == "running" else "",
        "cycle": f"cycle {line.get('cycle')}: {line.get('text')}",
        "halt": f"HALT {line.get('text')}",
        "warning": f"warning: {line.get('text')}",
        "fill": f"cycle {line.get('cycle')}: fill {line.get('text')}",
    }.get(line["kind"])
    if line["kind"] == "cycle" and line.get("record"):
        record = line["record"]
        text = f"{text}  volume {_short(record['volume_usd'], 2)}  net {_short(record['net_pnl_usd'])} USD"
    if text:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def _live(pair: Pair, cycles: int) -> Iterator[Show]:
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.table import Table

    progress = Progress(
        TextColumn("[bold]{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
        console=Console(stderr=True),
    )  # fmt: skip
    task = progress.add_task("starting", total=cycles)
    names = [f"{leg.coin.upper()} {leg.venue}" for leg in pair]
    rows: dict[str, tuple[str, ...]] = {}
    now: dict[str, Any] = {}

    def draw() -> Group:
        table = Table(title=f"hedgewire demo: {' / '.join(names)}", title_justify="left", header_style="dim")
        for name in ("cycle", "phase", "direction", *names, "volume $", "fees $", "net $", "s"):
            table.add_column(name, justify="left" if name in ("phase", "direction") else "right")
        for cells in list(rows.values())[-12:]:
            table.add_row(*cells)
        if now and now["state"] != "CYCLE_DONE":
            phase = _PHASES.get(now["state"], now["state"].lower())
            table.add_row(
                str(now["cycle"]), f"[yellow]{phase}", "", *now["positions"], "", "", _short(now["net_pnl_usd"]), ""
            )
        return Group(table, progress)

    with Live(draw(), console=Console(stderr=True), refresh_per_second=8) as live:

        def show(line: dict[str, Any]) -> None:
            if line["kind"] == "sample":
                now.clear()
                now.update(line)
            elif line["kind"] == "state":
                progress.update(task, description=_PHASES.get(line["text"], line["text"].lower()))
            elif line["kind"] == "cycle":
                record = line["record"]
                colour = "green" if record["outcome"] == "paired" else "red"
                if record["cycle_id"] not in rows:  # else a revised result
                    progress.advance(task)
                rows[record["cycle_id"]] = (
                    str(line["cycle"]), f"[{colour}]{record['outcome']}", record["direction"],
                    record["primary_qty"], record["hedge_qty"], _short(record["volume_usd"], 2),
                    _short(record["fees_usd"]), _short(record["net_pnl_usd"]),
                    _short(record["total_cycle_time"], 1),
                )  # fmt: skip
            elif line["kind"] in ("halt", "warning"):
                rows[line["kind"]] = ("", f"[bold red]{line['kind'].upper()} {line['text']}", *[""] * 7)
            live.update(draw())

        yield show
