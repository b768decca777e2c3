"""Reading requests field by field; what is not as it should be is refused in the words of whoever reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

Json = dict[str, object]
_INTEGER = re.compile(r"-?[0-9]{1,40}")


class FieldReader:
    """``refuse`` makes the exception to raise from a text."""

    def __init__(self, refuse: Callable[[str], Exception]) -> None:
        self._refuse = refuse

    def parse_object(self, text: str | bytes) -> Json:
        """The JSON object in a request."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._refuse(f"malformed JSON: {error}") from error
        if not isinstance(value, dict):
            raise self._refuse(f"a JSON object is needed, got {type(value).__name__}")
        return value

    def parse_list(self, text: str | bytes) -> list[object]:
        """The JSON list in a request."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._refuse(f"malformed JSON: {error}") from error
        if not isinstance(value, list):
            raise self._refuse(f"a JSON list is needed, got {type(value).__name__}")
        return value

    def get_object(self, body: Mapping[str, object], key: str) -> Json:
        value = body.get(key)
        if not isinstance(value, dict):
            raise self._refuse(f"{key} must be an object, got {value!r:.80}")
        return value

    def get_list(self, body: Mapping[str, object], key: str) -> list[object]:
        value = body.get(key)
        if not isinstance(value, list):
            raise self._refuse(f"{key} must be a list, got {value!r:.80}")
        return value

    def get_text(self, body: Mapping[str, object], key: str, default: str | None = None) -> str:
        """A string; absent and null mean ``default``."""
        value = body.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self._refuse(f"{key} must be a string, got {value!r:.80}")
        return value

    def get_int(self, body: Mapping[str, object], key: str, default: int | None = None) -> int:
        """An integer that may be a number or a decimal string; absent and null mean ``default``."""
        value = body.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            return int(value)
        raise self._refuse(f"{key} must be an integer, got {value!r:.80}")

    def get_flag(self, body: Mapping[str, object], key: str) -> bool | None:
        """A boolean, or in queries its text; absent and null are ``None``."""
        value = body.get(key)
        if value is None or isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        raise self._refuse(f"{key} must be a boolean, got {value!r:.80}")
