"""``hedgewire sim``: serve a local venue in the foreground."""

from __future__ import annotations

from pathlib import Path

import click

VENUES = ("nado", "paradex")
DEFAULT_SEED = 1


@click.command()
@click.argument("venue", metavar="VENUE", type=click.Choice(VENUES))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="Port on 127.0.0.1; 0 takes a free one."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=DEFAULT_SEED,
    show_default=True,
    help="Same seed, same keys, same market.",
)
@click.option("--json", "json_output", is_flag=True, help="Print one JSON line when ready, for scripts.")
@click.option(
    "--faults",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Faults to arm at the start: [[fault]] tables in TOML, or a JSON list.",
)
@click.option(
    "--chaos",
    type=click.IntRange(min=0),
    metavar="SEED",
    help="Faults without end, drawn anew every minute; the same seed plays the same ones.",
)
@click.option("--all-products", is_flag=True, help="List spot and options beside the perpetuals (paradex).")
@click.option("--list-faults", is_flag=True, help="Print every fault with its parameters, and exit.")
def sim(
    venue: str,
    port: int,
    seed: int,
    json_output: bool,
    faults: Path | None,
    chaos: int | None,
    all_products: bool,
    list_faults: bool,
) -> int:
    """Serve a local VENUE that checks every signature, until Ctrl-C or SIGTERM; then exit 0."""
    if list_faults:
        from hedgewire.simulator import listing

        click.echo(listing.as_json(venue) if json_output else listing.as_text(venue))
        return 0
    from hedgewire.simulator import server

    return server.main(
        venue=venue,
        port=port,
        seed=seed,
        json_output=json_output,
        faults=faults,
        chaos=chaos,
        all_products=all_products,
    )
