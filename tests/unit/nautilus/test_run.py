"""A node as a program: what its configuration gets wrong ends it in two lines, with a code, and cleanly."""

import asyncio
import json

import pytest
from nautilus_trader.common.config import ImportableConfig, ImportableFactoryConfig
from nautilus_trader.config import LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode

from hedgewire.cli.exit_codes import ExitCode
from hedgewire.nautilus.v1.run import run_node


def node(**settings: object) -> TradingNode:
    """A node described in JSON, as a file would."""
    client = {
        "path": "hedgewire.venues.nado.config:NadoDataClientConfig",
        "config": settings,
        "factory": {"path": "hedgewire.venues.nado.factories:NadoLiveDataClientFactory"},
    }
    taken = json.loads(json.dumps(client))
    config = ImportableConfig(taken["path"], taken["config"], ImportableFactoryConfig(**taken["factory"]))
    described = TradingNodeConfig(logging=LoggingConfig(log_level="OFF"), data_clients={"NADO": config})
    return TradingNode(described, loop=asyncio.new_event_loop())


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"enviroment": "local"}, "unknown field `enviroment`"),
        ({"connect_timeout_s": "soon"}, "Expected `float`, got `str` - at `$.connect_timeout_s`"),
        ({"environment": "prod"}, "unknown environment: prod (from NadoDataClientConfig)"),
        ({"environment": "testnet", "chain_id": 57073}, "chain id of another network: 57073"),
        ({"connect_timeout_s": 0}, "connect_timeout_s is out of range: 0"),
    ],
    ids=["key", "type", "value", "contradiction", "range"],
)
def test_a_mistake_in_json(settings: dict[str, object], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_node(node(**settings))
    assert ended.value.code == ExitCode.USAGE
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ") and says in error
    assert hint.startswith("hint: ")
    if "enviroment" in settings:
        assert hint == "hint: did you mean environment?"
