"""The README tells the truth, as far as that can be read off without a run."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DISCLAIMER = (
    "This is an independent community project. It is not affiliated with, endorsed by, or supported by "
    "Nautech Systems Pty Ltd or the official NautilusTrader project."
)
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_the_disclaimer_stands_as_it_must() -> None:
    assert DISCLAIMER in README


def test_every_verb_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = set(re.findall(r"make ([a-z-]+)", README))
    assert {"demo", "test", "help"} <= verbs
    for verb in verbs:
        assert re.search(rf"^{verb}:", makefile, flags=re.MULTILINE), verb


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists(), target


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_import_it_shows_works(block: str) -> None:
    tree = compile(block, "README.md", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert imports
    for node in imports:
        module = import_module(node.module or "")
        for alias in node.names:
            assert hasattr(module, alias.name), f"{node.module}.{alias.name}"
