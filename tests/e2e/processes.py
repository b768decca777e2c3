"""The demo's two processes for tests: what the trading process is told, and what the venue itself says."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from hedgewire.cli.demo_processes import LocalVenueProcess

SYMBOLS = ("ETH-PERP", "SOL-PERP")
LEG_USD = 500
FLAT = {symbol: Decimal(0) for symbol in SYMBOLS}


def account_of(venue: LocalVenueProcess) -> dict[str, Any]:
    account: dict[str, Any] = venue.descriptor["accounts"][0]
    return account


def control(
    venue: LocalVenueProcess,
    path: str,
    body: dict[str, Any] | None = None,
    endpoint: str = "control",
    method: str | None = None,
) -> dict[str, Any]:
    """One of the local venue's own calls under ``/_sim``, or another endpoint's; a body makes it a POST."""
    data = None if body is None else json.dumps(body).encode()
    url = f"{venue.descriptor['endpoints'][endpoint]}{path}"
    request = Request(url, data=data, headers={"Content-Type": "application/json"}, method=method)
    with urlopen(request, timeout=5) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def order_for(venue: LocalVenueProcess, run_dir: Path, **changes: Any) -> dict[str, Any]:
    """What the trading process is told over stdin. The limits are wide: only one that a test narrows may fire."""
    return {
        "instruments": ["ETH-PERP.NADO", "SOL-PERP.NADO"],
        "neutral": "notional",
        "venues": {venue.venue: venue.told()},
        "run_dir": str(run_dir),
        "cycles": 3,
        "size_usd": str(LEG_USD),
        "policy": "ioc",
        "hold_ms": 200,
        "max_position_usd": "5000",
        "max_daily_loss_usd": "500",
    } | changes


def held_at(venue: LocalVenueProcess) -> dict[str, Decimal]:
    """Positions as the venue itself has them."""
    state = control(venue, "/state")["accounts"][venue.account]
    return FLAT | {symbol: Decimal(position["amount"]) for symbol, position in state["positions"].items()}


def open_orders_at(venue: LocalVenueProcess) -> list[Any]:
    orders: list[Any] = control(venue, "/state")["accounts"][venue.account]["open_orders"]
    return orders


def venue_fills(venue: LocalVenueProcess) -> dict[str, Decimal]:
    """Signed sizes by trade id, as the venue itself has them. Ends the venue's rate limits: the run may have used up
    what this question costs."""
    question = {"matches": {"subaccounts": [venue.account], "limit": 500}}
    control(venue, "/limits", {"enabled": False})
    return {
        f"{match['submission_idx']}-{match['digest'][2:14]}": Decimal(match["base_filled"]) / 10**18
        for match in control(venue, "", question, endpoint="archive_v1")["matches"]
    }
