"""Configurations that answer a mistake at once and by name: an unknown field, a missing one, one of a wrong type.

NautilusTrader's own configurations take any type in Python and complain, if at all, deep inside a running node.
"""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from typing import Any, get_type_hints

import msgspec

from hedgewire.errors import ConfigError


class Named(msgspec.StructMeta):
    """Metaclass of our configurations: raises ``ConfigError`` for an unknown or a missing field, with the nearest name.

    Decoding from JSON does not come through here: there msgspec itself names the field.
    """

    def __call__(cls, *args: Any, **values: Any) -> Any:
        known = cls.__struct_fields__
        for name in values:
            if name not in known:
                near = get_close_matches(name, known, n=1, cutoff=0.5)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(cls.__annotations__)}"
                raise ConfigError("unknown configuration key", name, cls.__name__, hint)
        try:
            return super().__call__(*args, **values)
        except TypeError as error:
            missing = str(error).removeprefix("Missing required argument ").strip("'")
            raise ConfigError(
                "configuration key missing", missing, cls.__name__, f"give {missing}; there is no safe default"
            ) from None


def check_types(config: msgspec.Struct) -> None:
    """Raises ``ConfigError`` for a field of ours (not of NautilusTrader's bases) whose value has another type than
    declared, or is a Decimal without a value. A float is no Decimal. Values of fields named ``*key*`` are not shown."""
    kind = type(config)
    declared = get_type_hints(kind)
    for name in kind.__annotations__:
        value = getattr(config, name)
        try:
            taken = msgspec.convert(value, declared[name])
            if isinstance(taken, Decimal) and not isinstance(value, Decimal):
                raise msgspec.ValidationError(f"Expected `Decimal`, got `{type(value).__name__}`")
        except msgspec.ValidationError as error:
            shown = "<not shown>" if "key" in name else repr(value)
            wanted = kind.__annotations__[name]
            seen = str(error).replace("Expected", "expected", 1)
            raise ConfigError(
                f"{name} has the wrong type", shown, kind.__name__, f"{seen}; {name} takes {wanted}"
            ) from None
        if isinstance(value, Decimal) and not value.is_finite():
            raise ConfigError(f"{name} is not a number", value, kind.__name__, "give a finite decimal")
