"""The one error a user of hedgewire ever has to read: what failed, the value, where it came from, and what to do."""

from __future__ import annotations


class HedgewireError(Exception):
    """A failure explained to the person who can fix it.

    ``what`` says what failed, ``value`` is the offending value already masked if it is secret, ``source`` says where
    the value came from (an environment variable, a file and key, an endpoint), ``hint`` says what to do next.
    ``exit_code`` is what the command line ends with; the numbers stand in ``hedgewire.cli.exit_codes``.
    """

    exit_code: int = 2

    def __init__(
        self,
        what: str,
        value: object | None = None,
        source: str | None = None,
        hint: str | None = None,
        *,
        exit_code: int | None = None,
    ) -> None:
        self.what = what
        self.value = value
        self.source = source
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code
        super().__init__(self.message if hint is None else f"{self.message}\nhint: {hint}")

    @property
    def message(self) -> str:
        """One line without the hint: ``what: value (from source)``."""
        text = self.what
        if self.value is not None:
            text += f": {self.value}"
        if self.source is not None:
            text += f" (from {self.source})"
        return text

    def render(self) -> str:
        """The text the command line prints on stderr: an ``error:`` line and, when there is one, a ``hint:`` line."""
        lines = [f"error: {self.message}"]
        if self.hint is not None:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class ConfigError(HedgewireError):
    """A setting, option or argument is wrong. Nothing was sent."""

    exit_code = 2


class VenueUnreachableError(HedgewireError):
    """The venue could not be reached, or answered with nothing usable."""

    exit_code = 3


class CredentialError(HedgewireError):
    """A key is missing, malformed or refused. The key itself never stands in the message."""

    exit_code = 4


class RiskStopError(HedgewireError):
    """A guard stopped trading, or a run did not end flat."""

    exit_code = 5
