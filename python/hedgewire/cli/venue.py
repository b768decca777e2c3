"""``hedgewire venue``: what the core knows about a venue, straight from the tables it trades by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from hedgewire.cli.lazy import LazyGroup
from hedgewire.cli.output import print_json, print_table
from hedgewire.errors import HedgewireError

VENUES = ("nado", "paradex")
"""Those that the core trades on."""


@click.group(cls=LazyGroup)
def venue() -> None:
    """Show what hedgewire knows about a venue."""


@venue.command("list")
@click.option("--json", "json_output", is_flag=True, help="Print JSON.")
def list_venues(json_output: bool) -> None:
    """Name every venue."""
    if json_output:
        print_json(list(VENUES))
    else:
        for name in VENUES:
            click.echo(name)


@venue.command()
@click.argument("name", metavar="VENUE", type=click.Choice(VENUES))
@click.option("--json", "json_output", is_flag=True, help="Print JSON.")
def show(name: str, json_output: bool) -> None:
    """Endpoints, capabilities, limits and constants of VENUE."""
    facts = venue_facts(name)
    if json_output:
        print_json(facts)
        return
    plain = [[key, _cell(value)] for key, value in facts.items() if not isinstance(value, dict | list)]
    if plain:
        print_table(name, ["fact", "value"], plain)
    for key, value in facts.items():
        if isinstance(value, dict | list):
            _print_section(key, value)


def venue_facts(name: str) -> dict[str, Any]:
    """The core's tables for one venue. Raises ``HedgewireError`` when the extension is missing or answers nonsense."""
    try:
        from hedgewire import _core
    except ImportError as error:
        raise HedgewireError(
            "the Rust extension could not be loaded", error, "hedgewire._core", "run 'make setup'", exit_code=2
        ) from error
    facts = json.loads(_core.venue_facts(name))
    if not isinstance(facts, dict):
        raise HedgewireError(
            "the core's table is not an object", type(facts).__name__, f"venue_facts({name!r})", exit_code=7
        )
    return facts


def _print_section(title: str, value: dict[str, Any] | list[Any]) -> None:
    """A list of objects becomes a table with their keys as columns; anything else becomes key and value lines."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        columns = list(dict.fromkeys(key for item in value for key in item))
        print_table(title, columns, [[_cell(item.get(key)) for key in columns] for item in value])
        return
    print_table(title, ["name", "value"], [[key, text] for key, text in _flatten("", value)])


def _flatten(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flatten(f"{prefix}.{key}" if prefix else str(key), inner)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for index, inner in enumerate(value):
            yield from _flatten(f"{prefix}[{index}]", inner)
    else:
        yield prefix, _cell(value)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}={_cell(inner)}" for key, inner in value.items())
    return str(value)
