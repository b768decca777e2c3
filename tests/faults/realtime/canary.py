"""A run through faults that says everything it can say, into the directory it is given: ``canary.py DIRECTORY VENUE``.

Whoever started it searches the directory, stdout and stderr for the key that the run traded with.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import sys
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[2] / "e2e"))

from realtime_play import play_seed
from test_node_secrets import texts_of

from hedgewire.simulator.schedule import Planned

SEED = 2
SCHEDULE = [
    Planned(100, None, "price_jump", {"move_bps": 5}),
    Planned(300, 1_000, "reply_lost", {"request": "execute", "count": 2}),
    Planned(500, 1_500, "odd_event", {"stream": "all", "form": "null_field", "count": 3}),
    Planned(700, None, "disconnect", {"socket": "all"}),
    Planned(900, 1_400, "login_refused", {"count": 1}),
    Planned(1_300, 1_900, "key_revoked", {"account": 0}),
    Planned(1_600, 2_200, "http_5xx_after", {"request": "all", "probability": 0.3}),
    Planned(1_700, 2_300, "garbled_reply", {"request": "all", "probability": 0.3}),
]


async def speak(directory: Path, venue: str) -> None:
    heard = (directory / "bus").open("wb")
    nodes: list[Any] = []

    def listen(node: Any) -> None:
        nodes.append(node)
        node.kernel.msgbus.subscribe("*", lambda message: [heard.write(text + b"\n") for text in texts_of(message)])

    verdict = await play_seed(SEED, directory / "run", pair=venue, schedule=SCHEDULE, log_to=directory, prepare=listen)
    heard.close()
    (directory / "verdict").write_text(verdict.to_json())
    with (directory / "config").open("wb") as dump:
        config = nodes[0]._config
        for thing in (config, *config.exec_clients.values(), *config.data_clients.values(), vars(nodes[0])):
            dump.writelines(text + b"\n" for text in texts_of(thing))
    crash(directory, nodes)


def crash(directory: Path, nodes: list[Any]) -> None:
    """What a crash shows: a traceback with the locals of every frame, the stacks of all threads, what is alive."""
    clients = list(nodes[0].kernel.exec_engine._clients.values())
    links = [client.link for client in clients if hasattr(client, "link")]
    secrets = [vars(link) for link in links]
    try:
        raise RuntimeError(f"a crash amid {clients} {links} {secrets}")
    except RuntimeError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        (directory / "crash").write_text("".join(shown.format()))
    with (directory / "stacks").open("w") as stacks:
        faulthandler.dump_traceback(stacks)
    alive = [thing for thing in gc.get_objects() if is_of_the_client(type(thing))]
    (directory / "alive").write_bytes(b"\n".join(repr(thing).encode(errors="replace") for thing in alive))


def is_of_the_client(kind: type) -> bool:
    """Ours, but not the local venue's: that one has made the key and may show it."""
    module = str(kind.__module__)
    return module.startswith("hedgewire.") and not module.startswith("hedgewire.simulator")


if __name__ == "__main__":
    asyncio.run(speak(Path(sys.argv[1]), sys.argv[2]))
