"""Every coroutine of NautilusTrader 1.231's contract is ours, and nothing secret reaches a base class."""

from __future__ import annotations

import inspect

import pytest
from nautilus_trader.live.data_client import LiveMarketDataClient
from nautilus_trader.live.execution_client import LiveExecutionClient

from hedgewire.nautilus.v1 import data, execution
from hedgewire.nautilus.v1.data import VenueDataClient
from hedgewire.nautilus.v1.execution import VenueExecutionClient
from hedgewire.venues.nado import NadoLiveDataClientFactory, NadoLiveExecClientFactory

DATA = [name for name, _ in inspect.getmembers(LiveMarketDataClient, inspect.iscoroutinefunction) if name[0] == "_"]
EXECUTION = [
    "_connect", "_disconnect", "_submit_order", "_submit_order_list", "_modify_order", "_cancel_order",
    "_cancel_all_orders", "_batch_cancel_orders", "_query_account", "generate_order_status_report",
    "generate_order_status_reports", "generate_fill_reports", "generate_position_status_reports",
]  # fmt: skip


def test_the_contract_has_the_size_we_know() -> None:
    assert len(DATA) == 41


@pytest.mark.parametrize("name", DATA)
def test_every_data_coroutine_is_overridden(name: str) -> None:
    assert getattr(VenueDataClient, name) is not getattr(LiveMarketDataClient, name)


@pytest.mark.parametrize("name", EXECUTION)
def test_every_execution_method_is_overridden(name: str) -> None:
    assert getattr(VenueExecutionClient, name) is not getattr(LiveExecutionClient, name, None)


@pytest.mark.parametrize("module", [data, execution])
def test_no_configuration_goes_to_a_base_class(module: object) -> None:
    source = inspect.getsource(module)  # type: ignore[arg-type]
    assert "config=config" not in source


@pytest.mark.parametrize("factory", [NadoLiveDataClientFactory, NadoLiveExecClientFactory])
def test_a_factory_instance_has_a_name(factory: type) -> None:
    assert factory().__name__ == factory.__name__
