"""`hedgewire venue`: the core's tables, as JSON or as lines, and a clear word when there is no core."""

from __future__ import annotations

import json
import re
import sys
from types import ModuleType

import pytest

import hedgewire
from hedgewire.cli.exit_codes import ExitCode
from hedgewire.cli.main import main
from hedgewire.venues.nado.config import ENDPOINT_FIELDS

FACTS = {
    "venue": "nado",
    "modify": False,
    "note": None,
    "limits": [{"name": "query", "weight": 1}, {"name": "execute", "window_s": 10}],
    "endpoints": {"testnet": {"gateway": "https://example.invalid/v1", "ports": [1, 2]}},
    "orders": ["ioc", "fok"],
}


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("hedgewire._core")
    module.__dict__["venue_facts"] = lambda venue: json.dumps({**FACTS, "venue": venue})
    monkeypatch.setitem(sys.modules, "hedgewire._core", module)
    monkeypatch.setattr(hedgewire, "_core", module, raising=False)
    return module


def test_json_is_the_cores_table(core: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["venue", "show", "nado", "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == FACTS


def test_lines_into_a_pipe_are_tab_separated_and_complete(core: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["venue", "show", "nado"]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert "modify\tno" in lines
    assert "note\t-" in lines
    assert "query\t1\t-" in lines
    assert "execute\t-\t10" in lines
    assert "testnet.gateway\thttps://example.invalid/v1" in lines
    assert "testnet.ports\t1, 2" in lines
    assert [line for line in lines if line.startswith("#")] == ["# nado", "# limits", "# endpoints", "# orders"]


def test_without_the_extension_it_says_how_to_build_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "hedgewire._core", None)
    monkeypatch.delattr(hedgewire, "_core", raising=False)
    assert main(["venue", "show", "nado"]) == ExitCode.USAGE
    assert "hint: run 'make setup'" in capsys.readouterr().err


def test_a_table_that_is_no_object_is_a_bug(core: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    core.__dict__["venue_facts"] = lambda venue: "[]"
    assert main(["venue", "show", "nado"]) == ExitCode.INTERNAL


def test_list_names_the_venues(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["venue", "list", "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == ["nado", "paradex"]
    assert main(["venue", "list"]) == ExitCode.OK
    assert capsys.readouterr().out == "nado\nparadex\n"


def test_on_a_terminal_it_is_a_table(
    core: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hedgewire.cli.output.sys.stdout.isatty", lambda: True)
    assert main(["venue", "show", "nado"]) == ExitCode.OK
    printed = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert "\t" not in printed
    assert re.search(r"^name +weight +window_s *$", printed, re.MULTILINE), printed
    assert re.search(r"^execute +- +10 *$", printed, re.MULTILINE), printed


def test_every_environment_of_the_real_table_has_its_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["venue", "show", "nado", "--json"]) == ExitCode.OK
    environments = json.loads(capsys.readouterr().out)["environments"]
    assert {name: facts["chain_id"] for name, facts in environments.items()} == {"mainnet": 57073, "testnet": 763373}
    for facts in environments.values():
        assert set(facts["endpoints"]) == set(ENDPOINT_FIELDS)
