"""The error a user reads."""

from __future__ import annotations

import pytest

from hedgewire.cli.exit_codes import ExitCode
from hedgewire.errors import ConfigError, CredentialError, HedgewireError, RiskStopError, VenueUnreachableError


def test_it_says_what_the_value_where_from_and_a_hint() -> None:
    error = HedgewireError("price is not a multiple of the tick", "1.15", "run.toml:3", "the tick is 0.1")
    assert error.render() == (
        "error: price is not a multiple of the tick: 1.15 (from run.toml:3)\nhint: the tick is 0.1"
    )


def test_missing_parts_leave_no_trace() -> None:
    assert HedgewireError("nothing works").render() == "error: nothing works"


def test_a_zero_value_is_shown() -> None:
    assert HedgewireError("the size must be positive", 0).message == "the size must be positive: 0"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (HedgewireError, ExitCode.USAGE),
        (ConfigError, ExitCode.USAGE),
        (VenueUnreachableError, ExitCode.VENUE_UNREACHABLE),
        (CredentialError, ExitCode.CREDENTIALS),
        (RiskStopError, ExitCode.RISK_STOP),
    ],
)
def test_each_kind_has_its_exit_code(kind: type[HedgewireError], code: ExitCode) -> None:
    assert kind("x").exit_code == code
    assert kind("x", exit_code=6).exit_code == ExitCode.TIMEOUT
