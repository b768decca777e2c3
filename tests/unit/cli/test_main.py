"""The command's frame: help without heavy imports, errors in two lines, documented exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from hedgewire.cli import main as frame
from hedgewire.cli.exit_codes import ExitCode
from hedgewire.errors import CredentialError

ROOT = Path(__file__).parents[3]
HEAVY = {"nautilus_trader", "aiohttp", "matplotlib", "rich", "numpy", "pandas", "coincurve", "asyncio"}


@pytest.mark.parametrize("argv", [["--help"], ["sim", "--help"], ["doctor", "--help"], ["venue", "show", "--help"]])
def test_help_imports_nothing_heavy(argv: list[str]) -> None:
    program = (
        "import json, sys\n"
        "from hedgewire.cli.main import main\n"
        f"code = main({argv!r})\n"
        "print('\\x1e' + json.dumps([code, sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environ)
    code, modules = json.loads(answer.stdout.split("\x1e")[1])
    assert code == ExitCode.OK
    assert "Usage: hedgewire" in answer.stdout
    assert HEAVY.isdisjoint(modules)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.main(["--help"]) == ExitCode.OK
    printed = capsys.readouterr().out
    for name, entry in frame.COMMANDS.items():
        assert name in printed
        assert entry.summary[:30] in printed


@pytest.mark.parametrize(
    ("argv", "error", "hint"),
    [
        (["dmo"], "error: unknown command: dmo", "hint: did you mean 'demo'?"),
        (["venue", "shwo"], "error: unknown command: shwo", "hint: did you mean 'show'?"),
        (["sim", "nado", "--prt", "1"], "error: unknown option: --prt", "hint: did you mean '--port'?"),
        (["doctor", "--jsn"], "error: unknown option: --jsn", "hint: did you mean '--json'?"),
        (["sim", "nadoo"], "'nadoo' is not", "hint: one of: nado"),
        (["sim"], "error: Missing argument 'VENUE'", "hint: one of: nado"),
        (["sim", "nado", "--port", "70000"], "70000", "hint: 'hedgewire sim --help' shows what is accepted"),
        (["sim", "nado", "--port", "x"], "'x' is not a valid integer", "hint: "),
        (["demo", "--size", "abc"], "error: not a number: abc (from --size)", "hint: USD per leg"),
        (["demo", "--size", "0"], "error: size is out of range: 0 (from --size)", "hint: USD per leg"),
        (["demo", "--size", "nan"], "error: size is out of range: nan (from --size)", "hint: USD per leg"),
        (["demo", "--size", "1e400"], "error: size is out of range: 1e400 (from --size)", "hint: USD per leg"),
        (["demo", "--cycles", "0"], "error: Invalid value for '--cycles': 0", "hint: 'hedgewire demo --help'"),
        (["demo", "--policy", "x"], "'x' is not one of", "hint: one of: ioc, maker_then_taker"),
        (["demo", "--out", "/proc/none"], "error: the run's directory cannot be made", "hint: name one"),
        (["zzzzqqq"], "error: unknown command: zzzzqqq", "hint: known commands: demo, doctor"),
    ],
)
def test_bad_usage_says_what_and_how_to_mend_it(
    argv: list[str], error: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert frame.main(argv) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    first, second = captured.err.splitlines()
    assert first.startswith("error: ")
    assert error in first
    assert second.startswith(hint)


def _replace_command(monkeypatch: pytest.MonkeyPatch, failure: BaseException) -> None:
    @click.command()
    def broken() -> None:
        raise failure

    monkeypatch.setitem(frame.cli.commands, "broken", broken)


def test_our_errors_end_with_their_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _replace_command(monkeypatch, CredentialError("no private key", source="ENV", hint="set it"))
    assert frame.main(["broken"]) == ExitCode.CREDENTIALS
    assert capsys.readouterr().err == "error: no private key (from ENV)\nhint: set it\n"


def test_a_bug_ends_with_its_own_code_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HEDGEWIRE_TRACEBACK", raising=False)
    _replace_command(monkeypatch, ZeroDivisionError("oops"))
    assert frame.main(["broken"]) == ExitCode.INTERNAL
    printed = capsys.readouterr().err
    assert "ZeroDivisionError: oops" in printed
    assert "Traceback" not in printed
    monkeypatch.setenv("HEDGEWIRE_TRACEBACK", "1")
    assert frame.main(["broken"]) == ExitCode.INTERNAL
    assert "Traceback" in capsys.readouterr().err


def test_interruption_has_its_own_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _replace_command(monkeypatch, KeyboardInterrupt())
    assert frame.main(["broken"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err.strip().endswith("error: interrupted")


def test_no_arguments_is_help_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.main([]) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Usage: hedgewire" in captured.err


def test_readme_documents_every_exit_code() -> None:
    readme = (ROOT / "README.md").read_text()
    for code in ExitCode:
        assert f"| {code.value} |" in readme, code
