"""Import rules that need to see the compiled extension or tell pure files from `strategy.py`: read from the sources."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3] / "python" / "hedgewire"
ADAPTERS = ("alarms", "config", "record", "recovery", "restart", "strategy", "translate")
"""The hands: they speak to NautilusTrader and the journal so that nothing else has to."""
PURE_PAIR_FILES = sorted(path for path in (PACKAGE / "pair").glob("*.py") if not path.stem.startswith(ADAPTERS))
OUTSIDE_WORLD = {
    "asyncio",
    "nautilus_trader",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
}


def imported(path: Path) -> set[str]:
    """Full names of everything that a file imports, wherever in it the statement stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return names


def below(names: set[str], root: str) -> set[str]:
    """Those names that are `root` or inside it."""
    return {name for name in names if name == root or name.startswith(root + ".")}


@pytest.mark.parametrize("folder", ["simulator", "pair", "journal", "report"])
def test_only_the_client_side_loads_the_core(folder: str) -> None:
    for path in (PACKAGE / folder).rglob("*.py"):
        assert not below(imported(path), "hedgewire._core"), path


@pytest.mark.parametrize("path", PURE_PAIR_FILES, ids=lambda path: path.stem)
def test_pure_pair_files_import_only_each_other(path: Path) -> None:
    ours = below(imported(path), "hedgewire")
    assert ours == below(ours, "hedgewire.pair"), path
    assert not {name for name in ours if name.startswith(tuple(f"hedgewire.pair.{stem}" for stem in ADAPTERS))}, path
    assert not {name.split(".")[0] for name in imported(path)} & OUTSIDE_WORLD, path


def test_the_reader_sees_every_form_of_import(tmp_path: Path) -> None:
    source = tmp_path / "sample.py"
    source.write_text("import a.b\nfrom hedgewire import _core\ndef f():\n    from hedgewire._core import g\n")
    assert {"a.b", "hedgewire._core", "hedgewire._core.g"} <= imported(source)
