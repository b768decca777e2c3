"""``hedgewire demo``: a local venue, a trading process, five cycles, a picture. Everything on this machine."""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from hedgewire.cli.demo_faults import Fault, parse_faults
from hedgewire.cli.demo_legs import Pair, neutral_of, parse_pair, venues_of
from hedgewire.cli.demo_processes import LocalVenueProcess, TradingProcess, render_report
from hedgewire.cli.demo_summary import ended_without_result, is_flat, positions_text, summarise, write_files
from hedgewire.cli.demo_view import view
from hedgewire.cli.exit_codes import ExitCode
from hedgewire.errors import ConfigError, HedgewireError, VenueUnreachableError

POLICIES = ("ioc", "maker_then_taker")
RUN_BUDGET_S = 600
LARGEST_USD = 10**8


def _usd(_context: click.Context, parameter: click.Parameter, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ConfigError("not a number", text, f"--{parameter.name}", "USD per leg, e.g. 500") from None
    if not value.is_finite() or not 0 < value <= LARGEST_USD:
        raise ConfigError("size is out of range", text, f"--{parameter.name}", "USD per leg, e.g. 500")
    return value


@click.command()
@click.option(
    "--pair",
    "pair_text",
    default="eth:nado,sol:nado",
    show_default=True,
    metavar="LEGS",
    help="COIN:VENUE,COIN:VENUE. Two coins hedge by value; one coin at two venues (eth:nado,eth:paradex) by quantity.",
)
@click.option("--cycles", type=click.IntRange(1, 1000), default=5, show_default=True, help="Cycles to trade.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Seed of market and keys.")
@click.option("--size", default="500", show_default=True, callback=_usd, metavar="USD", help="Target value per leg.")
@click.option(
    "--policy",
    type=click.Choice(POLICIES),
    default="maker_then_taker",
    show_default=True,
    help="How a pair is entered.",
)
@click.option("--hold-ms", type=click.IntRange(0, 600_000), default=2_000, show_default=True, help="Time held.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Directory of the run's files.")
@click.option(
    "--faults",
    default="",
    metavar="FAULTS",
    help="The first venue's faults, one a cycle: NAME[:KEY=VALUE,...],...; another's: VENUE/NAME.",
)
@click.option("--json", "json_output", is_flag=True, help="Print summary.json on stdout.")
def demo(
    pair_text: str,
    cycles: int,
    seed: int,
    size: Decimal,
    policy: str,
    hold_ms: int,
    out: Path | None,
    faults: str,
    json_output: bool,
) -> int:
    """Trade pair cycles on local venues that check every signature, then draw the run.

    Exit code 0: the venue itself says that the account is flat, and at least one cycle held a pair (how many did is
    in summary.json, cycles_paired). 1: flat, but no cycle held a pair; the last line says why. 5: a guard stopped the
    run, or something is still open.
    """
    pair = parse_pair(pair_text)
    wanted_faults = _by_venue(parse_faults(faults), venues_of(pair))
    run_dir = out or Path("hedgewire-runs") / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    if (run_dir / "journal.sqlite").exists():
        raise ConfigError("the directory holds another run", str(run_dir), "--out", "name a new one")
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        (run_dir / "node.stderr").touch()
    except OSError as error:
        raise ConfigError(
            "the run's directory cannot be made or written", error, "--out", "name one that you may write"
        ) from None
    started = time.monotonic()
    with ExitStack() as stack:
        # Seeds differ: the same coin has not the same price everywhere.
        venues = {
            name: stack.enter_context(LocalVenueProcess(seed + place, name))
            for place, name in enumerate(venues_of(pair))
        }
        for name, venue in venues.items():
            venue.check_faults([fault for where, fault in wanted_faults if where == name])
        order = {
            "instruments": [leg.instrument for leg in pair],
            "neutral": neutral_of(pair),
            "venues": {name: venue.told() for name, venue in venues.items()},
            "run_dir": str(run_dir.resolve()),
            "cycles": cycles,
            "size_usd": str(size),
            "policy": policy,
            "hold_ms": hold_ms,
        }
        faults_at = [(venues[name], fault) for name, fault in wanted_faults]
        end = _trade(pair, order, faults_at, cycles, run_dir)
        positions = _last_word(pair, venues, run_dir)
    summary = {"pair": pair_text} | summarise(run_dir, cycles, end, positions, time.monotonic() - started)
    pictures = _write(run_dir, summary)
    _print(summary, run_dir, pictures, json_output)
    return _verdict(summary)


def _by_venue(faults: list[Fault], names: list[str]) -> list[tuple[str, Fault]]:
    """``paradex/disconnect`` is of that venue, ``disconnect`` of the first."""
    placed = []
    for fault in faults:
        name, slash, rest = fault["name"].partition("/")
        if slash and name not in names:
            raise ConfigError("not a venue of the pair", name, "--faults", f"one of {', '.join(names)}")
        placed.append((name if slash else names[0], fault | {"name": rest if slash else name}))
    return placed


def _last_word(pair: Pair, venues: dict[str, LocalVenueProcess], run_dir: Path) -> dict[str, str] | None:
    """Positions as the venues have them, None when one does not answer."""
    positions = {leg.symbol: "0" for leg in pair}
    for venue in venues.values():
        try:
            positions |= venue.end_positions()
            venue.save_last_word(run_dir)
        except VenueUnreachableError as error:
            click.echo(error.render(), err=True)
            return None
        except OSError as error:
            click.echo(f"warning: {venue.venue}.json could not be written: {error}", err=True)
    return positions


def _write(run_dir: Path, summary: dict[str, Any]) -> list[Path]:
    """The run's files. A run that was halted is reported even when they cannot be written."""
    try:
        write_files(run_dir, summary)
        return render_report(run_dir)
    except (OSError, HedgewireError) as error:
        if not summary["halted"]:
            raise
        click.echo(f"warning: not every file of the run could be written: {error}", err=True)
        return []


def _verdict(summary: dict[str, Any]) -> int:
    if not is_flat(summary):
        click.echo(f"positions at the end: {positions_text(summary)}", err=True)
    if summary["halted"] or not is_flat(summary):
        return ExitCode.RISK_STOP
    if not summary["cycles_paired"]:
        click.echo(f"no cycle held a pair: {summary['last_reason'] or 'none was started'}", err=True)
        return ExitCode.NEGATIVE
    return ExitCode.OK


def _trade(
    pair: Pair, order: dict[str, Any], faults: list[tuple[LocalVenueProcess, Fault]], cycles: int, run_dir: Path
) -> dict[str, Any]:
    """Run the trading process to its end; Ctrl-C asks it to close everything first."""
    end: dict[str, Any] = {}
    pending = list(faults)
    due: list[tuple[LocalVenueProcess, Fault]] = []
    with view(pair, cycles) as show, TradingProcess(order, run_dir) as process:
        for line in process.lines(RUN_BUDGET_S):
            if line["kind"] == "end":
                end = line
            elif line["kind"] == "state" and line["text"] == "BUILD_PLACING" and pending:
                due.append(pending.pop(0))
            # A cancel by the venue needs a resting order: asked again with each line until it hits one.
            try:
                due = [(venue, fault) for venue, fault in due if not venue.arm(fault)]
            except VenueUnreachableError:
                pending, due = [], []  # the trading process will say what that means
            show(line)
    if not end and (run_dir / "journal.sqlite").is_file():
        return ended_without_result(process.process.returncode)
    if not end:
        raise HedgewireError(
            "the trading process ended without a result", source=str(run_dir / "node.stderr"),
            hint="its log is node.log in the same directory", exit_code=int(ExitCode.INTERNAL),
        )  # fmt: skip
    return end


def _or_none(before: str, value: str | None, after: str = "") -> str:
    return "not measured: nothing was filled" if value is None else f"{before}{value}{after}"


def _print(summary: dict[str, Any], run_dir: Path, pictures: list[Path], json_output: bool) -> None:
    if json_output:
        click.echo(json.dumps(summary, indent=2))
        return
    lines = [
        f"cycles     {summary['cycles_paired']} paired, {summary['cycles_failed']} failed of "
        f"{summary['cycles_requested']} in {summary['duration_s']} s",
        f"volume     ${summary['volume_usd']}   fees ${summary['fees_usd']}   net ${summary['net_pnl_usd']}"
        f"   cost per $1M {_or_none('$', summary['cost_per_million_usd'])}",
        f"latency    fills over WebSocket p50 {_or_none('', summary['ws_fill_latency_p50_ms'], ' ms')}",
        f"positions  {positions_text(summary)}",
    ]
    if summary["halted"]:
        lines.append(f"halted     {summary['halt_reason']}")
    if "journal_lost" in (summary["halt_reason"] or ""):
        lines.append("numbers    up to where the journal ends; what closed the pair is not in them")
    lines += [f"files      {run_dir}/summary.json, cycles.csv, {', '.join(path.name for path in pictures)}"]
    click.echo("\n".join(lines))
    sys.stdout.flush()
