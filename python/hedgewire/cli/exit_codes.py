"""What the process ends with. Scripts may rely on these numbers; README.md repeats them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every ``hedgewire`` command."""

    OK = 0
    """The command did what was asked; a run ended flat."""
    NEGATIVE = 1
    """The command ran and the answer is no: a doctor check failed, a port is in use."""
    USAGE = 2
    """An option, argument or setting is wrong. Nothing was sent."""
    VENUE_UNREACHABLE = 3
    """The venue could not be reached or refused the connection."""
    CREDENTIALS = 4
    """A key is missing, malformed or refused."""
    RISK_STOP = 5
    """A guard stopped trading, or the run did not end flat."""
    TIMEOUT = 6
    """A deadline passed before the work was done."""
    INTERNAL = 7
    """A bug in hedgewire. HEDGEWIRE_TRACEBACK=1 shows where."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C before the work was done."""
