"""What README and examples/ show runs as it stands there, on local venues, and leaves the account flat."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from hedgewire.journal import Journal
from hedgewire.simulator.server import LocalVenue

ROOT = Path(__file__).parents[2]
README_STRATEGY = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[-1]
END_TIMEOUT_S = 90


def assert_flat(venue: LocalVenue) -> None:
    for account in venue.state.ledger.accounts.values():
        if not account.background:
            assert not any(position.amount for position in account.positions.values())
            assert not list(venue.state.exchange.orders_of(account.account_id))


async def run(venue: LocalVenue, folder: Path, *arguments: str) -> list[str]:
    """The lines that a program prints in ``folder``, where ``venue.json`` lies. It must end well and flat."""
    (folder / "venue.json").write_text(json.dumps(venue.descriptor))
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=END_TIMEOUT_S,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert_flat(venue)
    return [line for line in done.stdout.splitlines() if not line.startswith("\x1b")]


async def test_the_strategy_of_the_readme(venue: LocalVenue, tmp_path: Path) -> None:
    (tmp_path / "buy_once.py").write_text(README_STRATEGY)
    [line] = await run(venue, tmp_path, "buy_once.py")
    bought = re.fullmatch(r"bought 0\.100 at (\d+\.\d), fee (\d+\.\d{8}) USDT0", line)
    assert bought, line
    assert Decimal(bought[1]) > 0 < Decimal(bought[2])


async def test_it_trades_on_until_ctrl_c(venue: LocalVenue, tmp_path: Path) -> None:
    (tmp_path / "venue.json").write_text(json.dumps(venue.descriptor))
    (tmp_path / "buy_once.py").write_text(README_STRATEGY.replace('self.shutdown_system("done")', "pass"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "buy_once.py", cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(END_TIMEOUT_S):
            assert (await process.stdout.readline()).startswith(b"bought 0.100 at ")
            process.send_signal(signal.SIGINT)
            rest = await process.stdout.read()
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert b"Traceback" not in rest and b"destroyed" not in rest, rest
    assert_flat(venue)


@pytest.mark.parametrize(("name", "currency"), [("nado", "USDT0"), ("paradex", "USD")])
async def test_in_and_out(name: str, currency: str, tmp_path: Path) -> None:
    async with LocalVenue(name, seed=7) as local:
        [line] = await run(local, tmp_path, str(ROOT / "examples" / "plain_strategy.py"), "venue.json")
    assert re.fullmatch(rf"flat again, realised -?\d+\.\d+ {currency}", line)


async def test_the_quick_start(venue: LocalVenue, tmp_path: Path) -> None:
    program = ROOT / "examples" / "quick_start.py"
    assert len([line for line in program.read_text(encoding="utf-8").split('"""')[2].splitlines() if line]) < 25
    lines = await run(venue, tmp_path, str(program))
    seen = [line for line in lines if line.startswith("bid ")]
    assert seen and re.fullmatch(r"bid \d+\.\d, ask \d+\.\d", seen[0]), lines


@pytest.mark.proves("R003-030", "R003-031", "R000-70")
async def test_the_pair_in_a_node_of_ones_own(venue: LocalVenue, tmp_path: Path) -> None:
    lines = await run(venue, tmp_path, str(ROOT / "examples" / "pair_strategy.py"), "venue.json")
    assert [line.split(": ")[1] for line in lines if line.startswith("cycle: ")] == ["paired", "paired"], lines
    assert lines[-1] == "finished: completed"
    with Journal(tmp_path / "pair.sqlite", readonly=True) as journal:
        assert len(journal.fills()) >= 8
        assert not journal.unresolved()


async def test_one_coin_at_two_venues_in_a_node_of_ones_own(venue: LocalVenue, tmp_path: Path) -> None:
    async with LocalVenue("paradex", seed=8) as second:
        (tmp_path / "second.json").write_text(json.dumps(second.descriptor))
        lines = await run(venue, tmp_path, str(ROOT / "examples" / "pair_two_venues.py"), "venue.json", "second.json")
        assert_flat(second)
    assert [line.split(": ")[1] for line in lines if line.startswith("cycle: ")] == ["paired", "paired"], lines
    assert lines[-1] == "finished: completed"


@pytest.mark.proves("R001-34")
def test_every_example_is_run_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    for example in (ROOT / "examples").iterdir():
        assert f'"{example.name}"' in here, example
