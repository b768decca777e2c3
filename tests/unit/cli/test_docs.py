"""The pages under docs/ are all reachable, link to what exists, and agree with the code where both list something."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from hedgewire.cli.main import COMMANDS, cli
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.venues.nado.config import ENDPOINT_FIELDS, NadoDataClientConfig, NadoExecClientConfig

ROOT = Path(__file__).parents[3]
BOOK = ROOT / "docs" / "src"
PAGES = sorted([*BOOK.rglob("*.md"), *(ROOT / "docs" / "adr").glob("*.md"), ROOT / "ARCHITECTURE.md"])
LINK = re.compile(r"\]\((?![a-z]+:)([^)#]*)(?:#[^)]*)?\)")


def page(name: str) -> str:
    return (BOOK / name).read_text(encoding="utf-8")


def first_cells(text: str) -> set[str]:
    """Every `name` in the first column of the page's tables."""
    return {
        name
        for line in text.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert not target or (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_summary_lists_every_page_once() -> None:
    listed = LINK.findall(page("SUMMARY.md"))
    assert sorted(listed) == sorted(
        path.relative_to(BOOK).as_posix() for path in BOOK.rglob("*.md") if path.name != "SUMMARY.md"
    )


def test_every_command_and_option_is_on_the_commands_page() -> None:
    text = page("command.md")
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert f"## `hedgewire {name}" in text, name
        for option in getattr(command, "params", []):
            if isinstance(option, click.Option):
                assert f"`{option.opts[-1]}" in text, f"{name} {option.opts}"


@pytest.mark.parametrize("config", [NadoDataClientConfig, NadoExecClientConfig])
def test_every_setting_of_nado_is_on_its_page(config: type) -> None:
    text = page("venues/nado.md")
    missing = set(config.__annotations__) - first_cells(text) - {"instrument_provider"}
    assert not missing
    assert all(f"`{name}`" in text for name in ENDPOINT_FIELDS)


def test_every_setting_of_the_pair_is_on_its_page() -> None:
    assert set(PairStrategyConfig.__annotations__) <= first_cells(page("pair.md"))
