"""``--faults`` of the demo: ``name`` or ``name:key=value,key=value``, one after the other, separated by commas.

The words are the local venue's own (its ``/_sim/faults``), and it alone says what is wrong with them.
"""

from __future__ import annotations

import json
from typing import Any

from hedgewire.errors import ConfigError

Fault = dict[str, Any]
SOURCE = "--faults"


def parse_faults(text: str) -> list[Fault]:
    """Bodies for ``/_sim/faults``. Raises ``ConfigError`` for what has not that form.

    A piece with ``=`` and no name before it belongs to the fault before it, so commas may separate both.
    """
    faults: list[Fault] = []
    for piece in (part.strip() for part in text.split(",")):
        name, colon, parameter = piece.partition(":")
        if not colon and "=" not in piece:
            if piece:
                faults.append({"name": piece})
            continue
        if colon:
            faults.append({"name": name.strip()})
        elif not faults:
            raise ConfigError("a parameter without a fault", piece, SOURCE, "name:key=value,key=value")
        key, equals, value = (parameter if colon else piece).partition("=")
        if not equals or not key.strip() or not value.strip():
            raise ConfigError("not a parameter", piece, SOURCE, "name:key=value,key=value")
        faults[-1][key.strip()] = _value(value.strip())
    return faults


def _value(text: str) -> object:
    """A number where it is one, else the text."""
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError:
        return text
    return value if isinstance(value, int | float) else text
