"""A private key goes into the core and nowhere else: not into a dump, a log, a bus message, a repr or an error."""

from __future__ import annotations

import asyncio
import base64
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nautilus_trader.model.enums import OrderStatus
from node_on_nado import Bench, running, until

from hedgewire.errors import HedgewireError
from hedgewire.nautilus.secrets import SecretRef, hold
from hedgewire.nautilus.truth import Notice
from hedgewire.simulator.server import LocalVenue
from hedgewire.venues.nado import NadoDataClientConfig, NadoExecClientConfig


def faces(private_key: str) -> dict[str, bytes]:
    """Every form in which a key could be read back."""
    raw = bytes.fromhex(private_key.removeprefix("0x"))
    return {
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "decimal": str(int.from_bytes(raw, "big")).encode(),
        "little-endian decimal": str(int.from_bytes(raw, "little")).encode(),
        "base64": base64.b64encode(raw).rstrip(b"="),
        "url-safe base64": base64.urlsafe_b64encode(raw).rstrip(b"="),
        "base64 of the text": base64.b64encode(private_key.encode())[:40],
        "bytes": raw,
        "list of bytes": ", ".join(map(str, raw)).encode(),
    }


def found(private_key: str, haystack: bytes) -> list[str]:
    return [name for name, face in faces(private_key).items() if face in haystack]


@pytest.fixture
def key(venue: LocalVenue) -> str:
    return str(venue.descriptor["accounts"][0]["private_key"])  # type: ignore[index]


@pytest.mark.parametrize("wrap", ["{}", "{!r}", "config={}", "b'{}'"])
def test_the_search_finds_what_is_there(wrap: str, key: str) -> None:
    """A scan that cannot fail proves nothing."""
    raw = bytes.fromhex(key[2:])
    for text in (key, key[2:], key.upper(), str(int(key, 16)), base64.b64encode(raw).decode(), str(list(raw))):
        assert found(key, wrap.format(text).encode()), text
    assert found(key, b"\x00" + raw)
    assert not found(key, b"0x" + b"ab" * 32)


def texts_of(value: Any) -> Iterator[bytes]:
    for show in (repr, str, msgspec.json.encode, pickle.dumps, lambda it: it.json(), lambda it: repr(it.dict())):
        try:
            shown = show(value)
        except Exception as error:  # noqa: BLE001  not everything can be shown in every way; the refusal is shown too
            shown = repr(error)
        yield shown if isinstance(shown, bytes) else str(shown).encode()


@pytest.mark.proves("R003-065")
def test_nothing_that_a_running_node_says_holds_the_key(tmp_path: Path) -> None:
    """In a process of its own: NautilusTrader opens its log once in a process."""
    run = subprocess.run([sys.executable, __file__, str(tmp_path)], capture_output=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    (log,) = tmp_path.glob("*.log")
    written = log.read_bytes() + run.stdout + run.stderr
    assert b"OrderFilled" in written
    assert b"[DEBUG]" in written
    key = (tmp_path / "key").read_text()
    assert not found(key, written)


async def scan(directory: Path) -> None:
    heard: list[Any] = []  # turned into text afterwards: six ways for each message would hold up the node's loop

    def listen(node: Any) -> None:
        node.kernel.msgbus.subscribe("*", heard.append)

    async with LocalVenue("nado", seed=7) as venue:
        key = str(venue.descriptor["accounts"][0]["private_key"])  # type: ignore[index]
        (directory / "key").write_text(key)
        async with running(venue, prepare=listen, log_to=directory) as bench:
            await trade_a_little(bench)
            held = [text for thing in things_of(bench) for text in texts_of(thing)]
    assert len(heard) > 50
    for text in (*held, *(text for message in heard for text in texts_of(message))):
        assert not found(key, text), found(key, text)


def things_of(bench: Bench) -> Iterator[Any]:
    """Whatever of ours somebody may print."""
    for client in (bench.execution, bench.data):
        link = client.link
        yield from (client, vars(client.provider), link, vars(link), link.core, link.core.health(), link.secret)
    config = bench.node._config
    yield from (config, *config.exec_clients.values(), *config.data_clients.values())


async def trade_a_little(bench: Bench) -> None:
    """Fills, a cancel, a modify, a rejection, a lost reply, a broken socket: each says something of its own."""
    order = bench.hand.ioc()
    bench.hand.submit_order(order)
    await until(lambda: order.status == OrderStatus.FILLED, "fill")
    resting = await bench.rest()
    bench.hand.modify_order(resting, price=bench.cache.instrument(resting.instrument_id).make_price(resting.price - 1))
    await bench.told(resting, "OrderUpdated")
    crossing = bench.hand.limit(None, post_only=True)
    bench.hand.submit_order(crossing)
    await bench.told(crossing, "OrderRejected")
    await bench.fault("reply_lost", request="cancel_orders", count=1)
    bench.hand.cancel_order(resting)
    await bench.told(resting, "OrderCanceled")
    await bench.fault("disconnect", socket="all")
    await until(lambda: any(notice.notice is Notice.RESTORED for notice in bench.hand.notices), "the sockets again")


def test_a_key_in_a_configuration_is_refused_and_the_refusal_does_not_repeat_it(key: str) -> None:
    for wrong in (key, key[2:], key.upper().replace("0X", "0x")):
        with pytest.raises(HedgewireError) as caught:
            SecretRef(NadoExecClientConfig(private_key_ref=wrong).private_key_ref or "")
        assert not found(key, caught.value.render().encode() + repr(caught.value).encode())
        assert not found(key, repr(caught.value.__cause__).encode())
    assert not found(key, repr(SecretRef(hold(key))).encode())


def test_configurations_hold_references_only(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NADO_PRIVATE_KEY", key)
    for config in (NadoExecClientConfig(environment="local"), NadoDataClientConfig(environment="local")):
        for text in texts_of(config):
            assert not found(key, text)


if __name__ == "__main__":
    asyncio.run(scan(Path(sys.argv[1])))
