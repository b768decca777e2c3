"""How reading commands print: JSON on request, aligned tables on a terminal, tab-separated lines into a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click


def print_json(data: object) -> None:
    """One JSON document on stdout, keys in the order given."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A titled table for people; into a pipe, the title as a comment line and tabs between cells."""
    if not sys.stdout.isatty():
        click.echo(f"# {title}")
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table, "")
