"""The key of a run through faults is nowhere in what the run wrote, said, dumped or would show in a crash."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_node_secrets import faces, found

from hedgewire.simulator.keys import derive_key
from hedgewire.simulator.wire.paradex.keys import funded_account

HERE = Path(__file__).parent
SEED = 2
"""That of the run."""


def key_of(venue: str) -> str:
    """That orders are signed with."""
    key = derive_key("nado", SEED, 0).private_key if venue == "nado" else funded_account(SEED, 0).l2_private_key
    return f"{int(key, 16):#066x}"


@pytest.mark.xdist_group("schedules in real time")
@pytest.mark.proves("R003-065")
@pytest.mark.parametrize("venue", ["nado", "paradex"])
def test_the_key_is_nowhere(tmp_path: Path, venue: str) -> None:
    run = subprocess.run(
        [sys.executable, str(HERE / "canary.py"), str(tmp_path), venue], capture_output=True, timeout=200, check=False
    )
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    said = {"stdout": run.stdout, "stderr": run.stderr}
    said |= {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    key = key_of(venue)
    assert {name: found(key, text) for name, text in said.items() if found(key, text)} == {}

    verdict = json.loads(said["verdict"])
    assert {"reply_lost", "disconnect", "key_revoked"} <= set(verdict["fired"]), "the run met its faults"
    assert verdict["problems"] == []
    for name, proof in {"bus": b"OrderFilled", "node.log": b"[DEBUG]", "crash": b"RuntimeError", "alive": b"Link",
                        "config": b"private_key_ref", "run/journal.sqlite": b"SQLite"}.items():  # fmt: skip
        assert proof in said[name], f"{name} was searched and is empty of what it should hold"


def test_the_search_sees_every_form_of_the_key() -> None:
    key = key_of("nado")
    for name, face in faces(key).items():
        assert found(key, b"before " + face + b" after"), name
