"""``demo --faults``: names, and parameters behind them."""

from __future__ import annotations

import pytest

from hedgewire.cli.demo_faults import parse_faults
from hedgewire.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", []),
        ("disconnect", [{"name": "disconnect"}]),
        (" disconnect , reply_lost ,", [{"name": "disconnect"}, {"name": "reply_lost"}]),
        (
            "reply_lost:request=place_order,after=1,disconnect:socket=all",
            [{"name": "reply_lost", "request": "place_order", "after": 1}, {"name": "disconnect", "socket": "all"}],
        ),
        ("drop_private:probability=0.5,count=3", [{"name": "drop_private", "probability": 0.5, "count": 3}]),
    ],
)
def test_names_and_parameters(text: str, faults: list[dict[str, object]]) -> None:
    assert parse_faults(text) == faults


@pytest.mark.parametrize("text", ["request=place_order", "reply_lost:request", "reply_lost:=x", "reply_lost:request="])
def test_what_has_not_that_form_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_faults(text)
    assert text in refused.value.render()
    assert "name:key=value" in refused.value.render()
