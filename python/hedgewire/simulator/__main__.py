"""``python -m hedgewire.simulator nado --port 0 --seed 1 --json``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hedgewire.simulator.server import VENUES, main


def run() -> int:
    parser = argparse.ArgumentParser(prog="hedgewire.simulator", description="Run a local venue until interrupted.")
    parser.add_argument("venue", choices=VENUES)
    parser.add_argument("--port", type=int, default=0, help="loopback port, 0 picks a free one")
    parser.add_argument("--seed", type=int, default=1, help="fixes keys and the background market")
    parser.add_argument("--json", action="store_true", help="print the descriptor as one JSON line")
    parser.add_argument("--faults", type=Path, help="faults to arm at the start, TOML or JSON")
    parser.add_argument("--chaos", type=int, help="seed of faults without end")
    parser.add_argument("--until-eof", action="store_true", help="also end when stdin ends: with whoever started it")
    arguments = parser.parse_args()
    return main(
        arguments.venue,
        port=arguments.port,
        seed=arguments.seed,
        json_output=arguments.json,
        faults=arguments.faults,
        chaos=arguments.chaos,
        until_eof=arguments.until_eof,
    )


if __name__ == "__main__":
    sys.exit(run())
