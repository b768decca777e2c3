"""Every hook of the installed NautilusTrader is ours or knowingly the base's; nothing secret reaches a base class."""

from __future__ import annotations

import ast
import inspect
import re
from types import ModuleType

import pytest
from nautilus_trader.execution.client import ExecutionClient
from nautilus_trader.live.data_client import LiveMarketDataClient
from nautilus_trader.live.execution_client import LiveExecutionClient

from hedgewire.nautilus.v1 import data, execution
from hedgewire.nautilus.v1.data import VenueDataClient
from hedgewire.nautilus.v1.execution import VenueExecutionClient
from hedgewire.venues.nado import NadoLiveDataClientFactory, NadoLiveExecClientFactory

DATA = [name for name, _ in inspect.getmembers(LiveMarketDataClient, inspect.iscoroutinefunction) if name[0] == "_"]

OURS = {
    "_connect", "_disconnect", "_submit_order", "_submit_order_list", "_modify_order", "_cancel_order",
    "_cancel_all_orders", "_batch_cancel_orders", "generate_order_status_report", "generate_order_status_reports",
    "generate_fill_reports", "generate_position_status_reports", "generate_mass_status",
}  # fmt: skip
COMPOSED = {"_query_order"}
"""The base makes it of ours."""
PLUMBING = {"_await_account_registered", "cancel_pending_tasks", "run_after_delay"}

EVENTS = {
    "accepted", "cancel_rejected", "canceled", "denied", "expired", "filled", "modify_rejected", "rejected",
    "submitted", "triggered", "updated",
}  # fmt: skip


def test_the_data_contract_has_the_size_we_know() -> None:
    assert len(DATA) == 41


@pytest.mark.parametrize("name", DATA)
def test_every_data_coroutine_is_overridden(name: str) -> None:
    assert getattr(VenueDataClient, name) is not getattr(LiveMarketDataClient, name)


def test_the_execution_contract_is_the_one_we_know() -> None:
    """A hook added upstream turns this red: decide then whose it is."""
    hooks = {name for name, _ in inspect.getmembers(LiveExecutionClient, inspect.iscoroutinefunction)}
    assert hooks == OURS | COMPOSED | PLUMBING


@pytest.mark.proves("R000-48", "R000-52")
@pytest.mark.parametrize("name", sorted(OURS))
def test_every_execution_hook_is_ours_with_the_arguments_of_the_base(name: str) -> None:
    ours, base = getattr(VenueExecutionClient, name), getattr(LiveExecutionClient, name)
    assert ours is not base
    assert inspect.iscoroutinefunction(ours)
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(base).parameters)


def test_every_command_of_the_base_finds_a_coroutine() -> None:
    """`query_account` calls one that the base class does not even have, and the engine then ends the process."""
    called = set(re.findall(r"self\.(_\w+)\(command\)", inspect.getsource(LiveExecutionClient)))
    assert {"_query_account", "_submit_order", "_query_order"} <= called
    for name in called:
        assert inspect.iscoroutinefunction(getattr(VenueExecutionClient, name)), name


def test_every_event_that_a_client_can_generate_is_generated_somewhere() -> None:
    known = {
        name.removeprefix("generate_order_") for name in dir(ExecutionClient) if name.startswith("generate_order_")
    }
    assert known - {"status_report", "status_reports"} == EVENTS
    sources = "".join(
        inspect.getsource(inspect.getmodule(owner) or owner) for owner in VenueExecutionClient.__mro__
        if owner.__module__.startswith("hedgewire")
    )  # fmt: skip
    for event in EVENTS:
        assert f"generate_order_{event}" in sources, event


@pytest.mark.parametrize("module", [data, execution])
def test_no_configuration_goes_to_a_base_class(module: ModuleType) -> None:
    """The base publishes every field of it on the bus."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call)]
    given = [{word.arg for word in call.keywords} for call in calls if ast.unparse(call.func) == "super().__init__"]
    assert len(given) == 1 and "msgbus" in given[0]
    assert not {"config", None} & given[0]


@pytest.mark.parametrize("factory", [NadoLiveDataClientFactory, NadoLiveExecClientFactory])
def test_a_factory_instance_has_a_name(factory: type) -> None:
    assert factory().__name__ == factory.__name__
