"""The SDK has the calls that docs/src/research/nado-websocket.md lists, with those parameters."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from nado_protocol.client.apis.market import MarketAPI
from nado_protocol.engine_client import EngineClient
from nado_protocol.indexer_client import IndexerClient

PAGE = Path(__file__).parents[2] / "docs" / "src" / "research" / "nado-websocket.md"
OWNERS = {
    "client.market": MarketAPI,
    "client.context.engine_client": EngineClient,
    "client.context.indexer_client": IndexerClient,
}


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.proves("R003-042")
def test_every_listed_call_exists(owner: str) -> None:
    row = re.search(rf"^\| `{re.escape(owner)}` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert row
    calls = re.findall(r"`(\w+)\(([^)]*)\)`", row[1])
    assert calls
    for name, parameters in calls:
        known = list(inspect.signature(getattr(OWNERS[owner], name)).parameters)
        assert known[1 : 1 + len(parameters.split(", "))] == [word for word in parameters.split(", ") if word], name
