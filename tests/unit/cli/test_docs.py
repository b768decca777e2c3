"""The pages under docs/ are all reachable, link to what exists, and agree with the code where both list something."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import click
import pytest
from nautilus_trader.config import TradingNodeConfig

from hedgewire.cli.main import COMMANDS, cli
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.venues import nado, paradex
from hedgewire.venues.nado.config import ENDPOINT_FIELDS as NADO_ENDPOINTS
from hedgewire.venues.paradex.config import ENDPOINT_FIELDS as PARADEX_ENDPOINTS

ROOT = Path(__file__).parents[3]
BOOK = ROOT / "docs" / "src"
PAGES = sorted([*BOOK.rglob("*.md"), *(ROOT / "docs" / "adr").glob("*.md"), ROOT / "ARCHITECTURE.md"])
CONFIGURATIONS: dict[str, list[Any]] = {
    "nado": [NADO_ENDPOINTS, nado.NadoDataClientConfig, nado.NadoExecClientConfig],
    "paradex": [PARADEX_ENDPOINTS, paradex.ParadexDataClientConfig, paradex.ParadexExecClientConfig],
}
"""Endpoints and configurations by venue."""
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
    text = path.read_text(encoding="utf-8")
    for target in [*LINK.findall(text), *re.findall(r"\{\{#include ([^}]+)\}\}", text)]:
        assert not target or (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_summary_lists_every_page_once() -> None:
    listed = LINK.findall(page("SUMMARY.md"))
    assert sorted(listed) == sorted(
        path.relative_to(BOOK).as_posix() for path in BOOK.rglob("*.md") if path.name != "SUMMARY.md"
    )


@pytest.mark.parametrize("block", re.findall(r"```python\n([^{].*?)```", page("several-nodes.md"), re.DOTALL), ids=len)
def test_a_node_behind_redis_is_configured_as_its_page_says(block: str) -> None:
    """Its first part: nothing connects to Redis before a node is made."""
    exec(compile(block.partition("node = ")[0], "several-nodes.md", "exec"), {})


def test_every_command_and_option_is_on_the_commands_page() -> None:
    text = page("command.md")
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert f"## `hedgewire {name}" in text, name
        for option in getattr(command, "params", []):
            if isinstance(option, click.Option):
                assert f"`{option.opts[-1]}" in text, f"{name} {option.opts}"


@pytest.mark.parametrize("venue", list(CONFIGURATIONS))
def test_every_setting_of_a_venue_is_on_its_page(venue: str) -> None:
    text = page(f"venues/{venue}.md")
    endpoints, *configurations = CONFIGURATIONS[venue]
    for config in configurations:
        assert not set(config.__annotations__) - first_cells(text) - {"instrument_provider"}
    assert all(f"`{name}`" in text for name in endpoints)


def test_the_pages_of_the_venues_have_the_same_sections() -> None:
    sections = [re.findall(r"^##+ (.+)$", page(f"venues/{venue}.md"), re.MULTILINE) for venue in CONFIGURATIONS]
    assert all(one == sections[0] for one in sections)


def test_every_setting_of_the_pair_is_on_its_page() -> None:
    assert set(PairStrategyConfig.__annotations__) <= first_cells(page("pair.md"))


@pytest.mark.parametrize("venue", list(CONFIGURATIONS))
def test_the_capability_matrix_is_what_the_adapter_denies_by(venue: str) -> None:
    """`make conformance` writes it; here it must be what would be written now."""
    written = runpy.run_path(str(ROOT / "tools" / "capabilities.py"))["page"](venue)
    assert page(f"venues/{venue}-capabilities.md") == written


@pytest.mark.parametrize("venue", list(CONFIGURATIONS))
def test_the_node_that_a_venues_page_configures_by_json_is_understood(venue: str) -> None:
    [text] = re.findall(r"```json\n(.*?)```", page(f"venues/{venue}.md"), flags=re.DOTALL)
    config = TradingNodeConfig.parse(text)
    made = [client.create() for client in (*config.data_clients.values(), *config.exec_clients.values())]
    assert [type(one) for one in made] == CONFIGURATIONS[venue][1:]
    assert made[1].slippage_cap_bps == 30


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_link_into_a_page_meets_a_heading(path: Path) -> None:
    for target, anchor in re.findall(r"\]\((?![a-z]+:)([^)#]*)#([^)]+)\)", path.read_text(encoding="utf-8")):
        text = ((path.parent / target) if target else path).read_text(encoding="utf-8")
        titles = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
        assert anchor in {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}, anchor


def test_the_architecture_names_files_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for folder in ("nautilus", "pair"):
        [table] = re.findall(rf"files in `(python/hedgewire/{folder})`(.*?)\n\n", text, flags=re.DOTALL)
        named = {ROOT / table[0] / name for name in re.findall(r"`([\w/]+\.py)`", table[1])}
        assert named <= set((ROOT / table[0]).rglob("*.py")), folder
