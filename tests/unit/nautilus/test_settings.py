"""Configurations that cannot work: refused where they are written down, or when the node is built; no socket opens."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hedgewire.errors import ConfigError, CredentialError, HedgewireError
from hedgewire.nautilus.link import Link
from hedgewire.nautilus.secrets import SecretRef
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.venues.nado import config as nado
from hedgewire.venues.nado.config import NadoDataClientConfig, NadoExecClientConfig
from hedgewire.venues.paradex import config as paradex
from hedgewire.venues.paradex.config import ParadexDataClientConfig, ParadexExecClientConfig

KEY = "0x" + "5e" * 32
LOCAL = {"gateway_v1": "http://127.0.0.1:9/v1", "archive_v1": "http://127.0.0.1:9/archive/v1"}
LOCAL_PARADEX = {"rest": "http://127.0.0.1:9/v1", "rest_v2": "http://127.0.0.1:9/v2", "ws": "ws://127.0.0.1:9/v1"}
PAIR = {
    "instruments": ("ETH-PERP.NADO", "SOL-PERP.NADO"),
    "target_notional_usd": Decimal(500),
    "max_position_usd": Decimal(1500),
    "max_daily_loss_usd": Decimal(100),
    "journal_path": "journal.sqlite",
}
LIMITS = ("target_notional_usd", "max_position_usd", "max_daily_loss_usd")


def pair(**changes: Any) -> PairStrategyConfig:
    return PairStrategyConfig(**PAIR | changes)


def refusal(make: Callable[..., Any], **values: Any) -> HedgewireError:
    """The error of ``make``, which says what, where from, and what to do."""
    with pytest.raises(HedgewireError) as caught:
        make(**values)
    error = caught.value
    assert error.source
    assert error.hint
    assert "\nhint: " in str(error)
    return error


def test_what_these_tests_change_is_accepted_unchanged() -> None:
    assert pair().cycles == 1
    assert NadoDataClientConfig().environment == "mainnet"
    assert NadoExecClientConfig().transport == "rest"
    assert ParadexDataClientConfig().encoding == "sbe"
    assert ParadexExecClientConfig().cancel_on_disconnect


@pytest.mark.parametrize(
    ("make", "wrong", "near"),
    [
        (pair, "max_positon_usd", "max_position_usd"),
        (NadoDataClientConfig, "enviroment", "environment"),
        (NadoExecClientConfig, "recv_window", "recv_window_ms"),
        (NadoExecClientConfig, "private_key", "private_key_ref"),
        (ParadexDataClientConfig, "enviroment", "environment"),
        (ParadexExecClientConfig, "cancel_on_disconect", "cancel_on_disconnect"),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_name(make: Callable[..., Any], wrong: str, near: str) -> None:
    error = refusal(make, **{wrong: KEY})
    assert error.message.startswith(f"unknown configuration key: {wrong} (from ")
    assert error.hint == f"did you mean {near}?"
    assert KEY not in str(error)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize(
    "value", [Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("Infinity"), Decimal("1e400"), 500.0, "500", None]
)
@pytest.mark.proves("R003-4.0.6")
def test_a_limit_that_limits_nothing(name: str, value: Any) -> None:
    assert refusal(pair, **{name: value}).what.startswith(name)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.proves("R003-4.0.6")
def test_an_absent_limit(name: str) -> None:
    error = refusal(PairStrategyConfig, **{key: value for key, value in PAIR.items() if key != name})
    assert error.message == f"configuration key missing: {name} (from PairStrategyConfig)"


@pytest.mark.parametrize(
    "changes",
    [
        {"delta_warn": Decimal(0)},
        {"delta_block": Decimal(-1)},
        {"delta_emergency": Decimal(2)},
        {"cycles": 0},
        {"max_failures": 0},
        {"sample_ms": 0},
        {"hold_ms": -1},
        {"hold_ms": "1 s"},
        {"pause_ms": -1},
        {"unwind_maker_wait_ms": -1},
        {"slippage_cap_bps": Decimal(-1)},
        {"maker_leg": 2},
        {"policy": "market"},
        {"direction": "LEFT"},
        {"instruments": ("ETH-PERP.NADO",)},
        {"instruments": ("ETH-PERP", "SOL-PERP")},
        {"instruments": ("ETH-PERP.NADO", "ETH-PERP.NADO")},
    ],
    ids=str,
)
@pytest.mark.proves("R003-4.0.6")
def test_other_values_of_the_pair_that_cannot_work(changes: dict[str, Any]) -> None:
    error = refusal(pair, **changes)
    assert isinstance(error, ConfigError)
    assert error.source == "PairStrategyConfig"
    shown = next(iter(changes.values()))
    assert str(shown[0] if isinstance(shown, tuple) else shown) in str(error)


@pytest.mark.parametrize(
    "changes",
    [
        {"recv_window_ms": "10 s"},
        {"slippage_cap_bps": 50.0},
        {"slippage_cap_bps": Decimal(0)},
        {"slippage_cap_bps": Decimal(10_000)},
        {"connect_timeout_s": 0},
        {"connect_timeout_s": float("nan")},
        {"endpoints": "http://127.0.0.1"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [NadoExecClientConfig, ParadexExecClientConfig])
def test_values_of_any_venues_configuration_that_cannot_work(kind: type, changes: dict[str, Any]) -> None:
    check_refused(kind, **changes)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (NadoExecClientConfig, {"chain_id": "57073"}),
        (NadoExecClientConfig, {"products": {"symbol": "ETH-PERP"}}),
        (ParadexExecClientConfig, {"chain_id": 57073}),
        (ParadexExecClientConfig, {"markets": {"symbol": "ETH-USD-PERP"}}),
        (ParadexExecClientConfig, {"cancel_on_disconnect": "yes"}),
        (ParadexDataClientConfig, {"book_interval_ms": "50"}),
        (ParadexDataClientConfig, {"reference_poll_s": 0}),
    ],
    ids=str,
)
def test_values_of_a_venues_own_fields_that_cannot_work(kind: type, changes: dict[str, Any]) -> None:
    check_refused(kind, **changes)


def check_refused(kind: type, **changes: Any) -> None:
    [(name, value)] = changes.items()
    error = refusal(kind, **changes)
    assert error.what.startswith(name)
    assert str(value) in error.message
    assert error.source == kind.__name__


@pytest.mark.parametrize("kind", [NadoExecClientConfig, ParadexExecClientConfig])
@pytest.mark.proves("R003-065")
def test_a_key_in_place_of_a_reference_is_refused_and_not_shown(kind: Callable[..., Any]) -> None:
    error = refusal(kind, private_key_ref=KEY)
    assert isinstance(error, CredentialError)
    assert "5e5e" not in str(error)


def build(**changes: Any) -> None:
    """What a factory does before there is a client, for Nado."""
    config = NadoExecClientConfig(**{"environment": "local", "endpoints": LOCAL} | changes)
    check("nado", nado.core_settings(config))


def build_paradex(kind: Callable[..., Any], **changes: Any) -> None:
    """The same for one of Paradex's clients."""
    config = kind(**{"environment": "local", "endpoints": LOCAL_PARADEX} | changes)
    check("paradex", paradex.core_settings(config))


def check(venue: str, settings: dict[str, object]) -> None:
    loop = asyncio.new_event_loop()
    try:
        Link(loop, venue, settings, None, None).check()
    finally:
        loop.close()


def test_a_configuration_without_mistakes_is_built() -> None:
    build()
    build(environment="testnet", endpoints=None, chain_id=763373)
    build(products=[{"symbol": "ETH-PERP", "product_id": 4, "price_increment": "0.1", "size_increment": "0.001"}])


@pytest.mark.parametrize(
    ("changes", "what", "hint"),
    [
        ({"environment": "prod"}, "unknown environment: prod", "mainnet, testnet, local"),
        ({"endpoints": {"gateway": "http://h"}}, "unknown endpoint: gateway", "gateway_v1"),
        ({"endpoints": {**LOCAL, "gateway_v1": "127.0.0.1:80"}}, "gateway_v1 is not an address", "https://"),
        ({"endpoints": None}, "endpoint missing: gateway_v1", "local venue prints them"),
        ({"environment": "testnet", "chain_id": 57073}, "another network: 57073", "testnet is chain 763373"),
        ({"environment": "mainnet", "endpoints": None, "chain_id": 763373}, "763373", "mainnet is chain 57073"),
        (
            {"endpoints": {**LOCAL, "gateway_v1": "https://gateway.test.nado.xyz/v1"}},
            "gateway_v1 is of another network (testnet)",
            "set environment to testnet",
        ),
        (
            {"environment": "testnet", "endpoints": {"archive_v2": "https://archive.prod.nado.xyz/v2"}},
            "archive_v2 is of another network (mainnet)",
            "set environment to mainnet",
        ),
        ({"endpoint_address": "0x12"}, "endpoint_address is not an address", "40 hex digits"),
        ({"account_address": "0x" + "0" * 40}, "account_address is not an address", "not zero"),
        ({"subaccount_name": "longer than twelve"}, "subaccount_name is not usable", "12 printable"),
        ({"transport": "udp"}, "unknown transport: udp", "rest, ws"),
        ({"recv_window_ms": 100_001}, "recv_window_ms out of range: 100001", "10000"),
        ({"max_clock_skew_ms": 10_001}, "max_clock_skew_ms out of range: 10001", "recv_window_ms"),
        ({"products": [{"symbl": "ETH-PERP"}]}, "unknown configuration key: symbl", "did you mean symbol?"),
        ({"products": [{"symbol": "ETH-PERP", "price_increment": "0"}]}, "price_increment is not a positive", "0.1"),
        ({"products": [{"symbol": "ETH-PERP", "product_id": 70_000}]}, "product_id is not", "65535"),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.proves("R003-4.0.2", "R003-4.0.3", "R003-4.0.5", "R003-4.0.7")
def test_settings_that_the_core_refuses_never_reach_a_socket(changes: dict[str, Any], what: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(**changes)
    assert what in caught.value.message
    assert "(from " in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("kind", "changes", "what", "hint"),
    [
        (
            ParadexExecClientConfig,
            {"environment": "prod"},
            "unknown environment: prod",
            "mainnet, testnet, nightly, local",
        ),
        (ParadexExecClientConfig, {"endpoints": {"gateway": "http://h"}}, "unknown endpoint: gateway", "rest, ws"),
        (ParadexExecClientConfig, {"endpoints": None}, "endpoint missing: rest", "local venue prints them"),
        (
            ParadexExecClientConfig,
            {"environment": "mainnet", "endpoints": None, "chain_id": "PRIVATE_SN_POTC_SEPOLIA"},
            "chain id of another network: PRIVATE_SN_POTC_SEPOLIA",
            "PRIVATE_SN_PARACLEAR_MAINNET",
        ),
        (
            ParadexExecClientConfig,
            {"environment": "testnet", "endpoints": {"rest": "https://api.prod.paradex.trade/v1"}},
            "rest is of another network (mainnet)",
            "set environment to mainnet",
        ),
        (ParadexExecClientConfig, {"account_address": "51328b"}, "account_address", "0x and up to 64 hex digits"),
        (ParadexExecClientConfig, {"key": "l3"}, "key", "l2, subkey, l1"),
        (ParadexExecClientConfig, {"key_derivation": "long"}, "unknown key_derivation: long", "shortest, fixed"),
        (ParadexExecClientConfig, {"transport": "udp"}, "transport", "rest, ws"),
        (ParadexExecClientConfig, {"recv_window_ms": 9}, "recv_window_ms out of range: 9", "10 to 300000"),
        (ParadexExecClientConfig, {"max_clock_skew_ms": 10_001}, "max_clock_skew_ms out of range: 10001", "10000"),
        (ParadexDataClientConfig, {"encoding": "xml"}, "encoding", "sbe, json"),
        (ParadexDataClientConfig, {"book_feed": "all"}, "book_feed", "snapshots, every"),
        (ParadexDataClientConfig, {"book_interval_ms": 60}, "book_interval_ms is not offered: 60", "50 or 100"),
        (ParadexDataClientConfig, {"markets": [{"symbl": "ETH-USD-PERP"}]}, "symbl", "did you mean symbol?"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_settings_of_paradex_that_the_core_refuses_never_reach_a_socket(
    kind: Callable[..., Any], changes: dict[str, Any], what: str, hint: str
) -> None:
    build_paradex(kind)
    with pytest.raises(ConfigError) as caught:
        build_paradex(kind, **changes)
    assert what in caught.value.message
    assert "(from " in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("value", ["0x" + "ab" * 20, KEY[:-1], KEY[:-1] + "g", "0x" + "0" * 64, "0x" + "f" * 64, ""])
@pytest.mark.proves("R003-4.0.1")
def test_a_malformed_key_is_refused_where_it_is_found_and_never_shown(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEDGEWIRE_TEST_KEY", value)
    error = refusal(SecretRef("HEDGEWIRE_TEST_KEY").reveal)
    assert error.source == "HEDGEWIRE_TEST_KEY"
    assert not value or value not in str(error)


@pytest.mark.parametrize(
    ("venue", "base", "kind"),
    [
        ("nado", NadoDataClientConfig, NadoDataClientConfig),
        ("nado", NadoDataClientConfig, NadoExecClientConfig),
        ("paradex", ParadexDataClientConfig, ParadexDataClientConfig),
        ("paradex", ParadexDataClientConfig, ParadexExecClientConfig),
    ],
)
def test_every_field_is_explained_where_it_is_defined_and_in_the_docs(venue: str, base: type, kind: type) -> None:
    page = (Path(__file__).parents[3] / f"docs/src/venues/{venue}.md").read_text()
    table = page[page.index("## Configuration") :]
    explained = (base.__doc__ or "") + (kind.__doc__ or "")
    for field in kind.__annotations__:
        assert f"``{field}``" in explained, field
        assert f"| `{field}`" in table or f", `{field}`" in table or field == "instrument_provider", field
