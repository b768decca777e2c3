"""Settings from a ``production_config.json``, the file that earlier Nado bots were configured with (row R003-064).

What such a file claims about products becomes an expectation that the venue must not contradict, never a fact.
"""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hedgewire.errors import ConfigError

_PRODUCT = re.compile(r"([A-Z0-9]+)_(PRODUCT_ID|TICK_SIZE)")
_FIXED = {
    "WEBSOCKET_ENABLED": (True, "order updates come over the WebSocket; REST alone is only the fallback"),
    "WEBSOCKET_AUTH_METHOD": ("eip712", "the venue knows no other way to log in"),
    "CONNECTION_PRIORITY": ("websocket_primary", "REST audits and catches up"),
}
_ENDPOINT = "WEBSOCKET_ENDPOINT"
_KNOWN = ("ETH_PRODUCT_ID", "SOL_PRODUCT_ID", "ETH_TICK_SIZE", "SOL_TICK_SIZE", _ENDPOINT, *_FIXED)


def production_settings(path: str | Path) -> dict[str, Any]:
    """Fields for both of Nado's configurations: ``products`` and, where the file names one, ``endpoints``.

    Raises ``ConfigError`` for a file that cannot be read, an unknown name, a wrong type, or a choice we do not have.
    """
    source = str(path)
    products: dict[str, dict[str, str | int]] = {}
    fields: dict[str, Any] = {}
    for name, value in _read(source).items():
        product = _PRODUCT.fullmatch(name)
        if product:
            entry = products.setdefault(product[1], {"symbol": f"{product[1]}-PERP"})
            entry.update(_expectation(name, product[2], value, source))
        elif name == _ENDPOINT:
            fields["endpoints"] = {"subscriptions_ws": _text(name, value, source)}
        elif name in _FIXED:
            wanted, why = _FIXED[name]
            if type(value) is not type(wanted) or str(value).lower() != str(wanted).lower():
                raise ConfigError(f"{name} cannot be chosen", json.dumps(value), source, f"{json.dumps(wanted)}: {why}")
        else:
            near = get_close_matches(name, _KNOWN, n=1, cutoff=0.5)
            raise ConfigError(
                "unknown configuration key",
                name,
                source,
                f"did you mean {near[0]}?" if near else f"known are {', '.join(_KNOWN)}",
            )
    return {"products": list(products.values()) or None, **fields}


def _read(source: str) -> dict[str, Any]:
    try:
        document = json.loads(Path(source).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError("the configuration file cannot be read", error, source, "give a JSON object") from None
    if not isinstance(document, dict):
        raise ConfigError("not a JSON object", type(document).__name__, source, "names and values in { }")
    return document


def _expectation(name: str, kind: str, value: Any, source: str) -> dict[str, str | int]:
    if kind == "TICK_SIZE":
        return {"price_increment": _text(name, value, source)}
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigError(f"{name} has the wrong type", json.dumps(value), source, "a product id is a whole number")
    return {"product_id": value}


def _text(name: str, value: Any, source: str) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{name} has the wrong type", json.dumps(value), source, 'give it as text, such as "0.1"')
    return value
