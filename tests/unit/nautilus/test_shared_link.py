"""One connection for the two clients of an account, whichever is made first and whatever only one of them says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from hedgewire.nautilus import link as link_module
from hedgewire.nautilus.link import Link, shared_link
from hedgewire.nautilus.secrets import SecretRef

PLACE = {"environment": "testnet"}
DATA = {"book_check_every": 50}
ACCOUNT = {"subaccount_name": "default", "transport": "rest", "recv_window_ms": 10_000}
KEY = SecretRef("HEDGEWIRE_TEST_KEY_THAT_IS_NOT_SET")


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.AbstractEventLoop]:
    monkeypatch.setattr(link_module, "_LINKS", [])
    made = asyncio.new_event_loop()
    yield made
    made.close()


def shared(
    loop: asyncio.AbstractEventLoop, own: dict[str, Any], secret: SecretRef | None, place: dict[str, Any] = PLACE
) -> Link:
    return shared_link(loop, "nado", place, own, secret, None)


@pytest.mark.proves("R003-029")
@pytest.mark.parametrize("order", [(DATA, ACCOUNT), (ACCOUNT, DATA)])
def test_both_clients_share_a_link_that_knows_what_each_of_them_said(
    loop: asyncio.AbstractEventLoop, order: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    first, second = (shared(loop, own, KEY if own is ACCOUNT else None) for own in order)
    assert first is second
    assert first.settings == {**PLACE, **DATA, **ACCOUNT}
    assert first.secret == KEY


def test_another_account_or_network_has_a_link_of_its_own(loop: asyncio.AbstractEventLoop) -> None:
    first = shared(loop, ACCOUNT, KEY)
    assert shared(loop, {**ACCOUNT, "subaccount_name": "other"}, KEY) is not first
    assert shared(loop, DATA, None, {"environment": "mainnet"}) is not first
    assert shared(loop, ACCOUNT, KEY) is first
