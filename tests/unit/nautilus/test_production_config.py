"""The names of an earlier bot's ``production_config.json`` are understood, and its claims become expectations."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hedgewire.errors import ConfigError
from hedgewire.nautilus.link import Link
from hedgewire.venues.nado.config import NadoExecClientConfig, core_settings
from hedgewire.venues.nado.production import production_settings

DOCUMENT = {
    "ETH_PRODUCT_ID": 4,
    "SOL_PRODUCT_ID": 8,
    "ETH_TICK_SIZE": "0.1",
    "SOL_TICK_SIZE": "0.01",
    "WEBSOCKET_ENABLED": True,
    "WEBSOCKET_ENDPOINT": "wss://gateway.test.nado.xyz/v1/subscribe",
    "WEBSOCKET_AUTH_METHOD": "EIP712",
    "CONNECTION_PRIORITY": "websocket_primary",
}


def read(folder: Path, document: Any) -> dict[str, Any]:
    path = folder / "production_config.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return production_settings(path)


@pytest.mark.proves("R003-064", "R003-4.0.2", "R003-4.0.3", "R003-4.0.5", "R003-4.0.7")
def test_every_name_of_it_is_taken_by_the_core(tmp_path: Path) -> None:
    fields = read(tmp_path, DOCUMENT)
    assert fields == {
        "products": [
            {"symbol": "ETH-PERP", "product_id": 4, "price_increment": "0.1"},
            {"symbol": "SOL-PERP", "product_id": 8, "price_increment": "0.01"},
        ],
        "endpoints": {"subscriptions_ws": "wss://gateway.test.nado.xyz/v1/subscribe"},
    }
    settings = core_settings(NadoExecClientConfig(environment="testnet", **fields))
    loop = asyncio.new_event_loop()
    Link(loop, "nado", settings, None, None).check()
    loop.close()


def test_an_empty_file_expects_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, {}) == {"products": None}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ETH_PRODUCT": 4}, "unknown configuration key: ETH_PRODUCT"),
        ({"ETH_PRODUCT_ID": "4"}, "ETH_PRODUCT_ID has the wrong type"),
        ({"ETH_PRODUCT_ID": True}, "ETH_PRODUCT_ID has the wrong type"),
        ({"SOL_TICK_SIZE": 0.01}, "SOL_TICK_SIZE has the wrong type: 0.01"),
        ({"WEBSOCKET_ENDPOINT": None}, "WEBSOCKET_ENDPOINT has the wrong type"),
        ({"WEBSOCKET_ENABLED": False}, "WEBSOCKET_ENABLED cannot be chosen: false"),
        ({"WEBSOCKET_ENABLED": "true"}, "WEBSOCKET_ENABLED cannot be chosen"),
        ({"WEBSOCKET_AUTH_METHOD": "jwt"}, 'WEBSOCKET_AUTH_METHOD cannot be chosen: "jwt"'),
        ({"CONNECTION_PRIORITY": "rest_primary"}, "CONNECTION_PRIORITY cannot be chosen"),
    ],
    ids=str,
)
@pytest.mark.proves("R003-064")
def test_what_it_cannot_mean_is_refused(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, DOCUMENT | change)
    assert caught.value.message.startswith(says)
    assert caught.value.source == str(tmp_path / "production_config.json")
    assert caught.value.hint


@pytest.mark.parametrize("document", ["{", "[]"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, document: str) -> None:
    with pytest.raises(ConfigError):
        read(tmp_path, document)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        production_settings(tmp_path / "none.json")
