"""`hedgewire sim`, as a script uses it: one JSON line, serving until a signal, exit 0."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hedgewire.cli.exit_codes import ExitCode
from hedgewire.cli.main import main

ROOT = Path(__file__).parents[3]
ENDPOINTS = {
    "gateway_v1",
    "gateway_v2",
    "actions_ws",
    "actions_ws_v2",
    "subscriptions_ws",
    "trigger",
    "archive_v1",
    "archive_v2",
    "control",
}


@contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own; killed if the test did not end it."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    command = [sys.executable, "-m", "hedgewire.cli", "sim", "nado", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    descriptor = json.loads(line)
    assert isinstance(descriptor, dict)
    return descriptor


@pytest.mark.parametrize("page", ["README.md", "docs/src/own-strategy.md"])
def test_what_a_page_keeps_of_it_is_whole_when_its_commands_are_done(page: str, tmp_path: Path) -> None:
    commands = re.findall(
        r"^    (.*venue\.json\b.*(?:&|done))$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE
    )
    script = "\n".join(commands).replace(".venv/bin/hedgewire", f"{sys.executable} -m hedgewire.cli")
    script += "\ncat venue.json; kill %1; wait"
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    done = subprocess.run(
        ["bash", "-mc", script], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert json.loads(done.stdout)["venue"] == "nado", done.stderr


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_one_line_serves_and_exits_0_on_a_signal(end: signal.Signals) -> None:
    with serving("--port", "0", "--seed", "7", "--json") as process:
        descriptor = first_line(process)
        assert descriptor["venue"] == "nado"
        endpoints = descriptor["endpoints"]
        assert isinstance(endpoints, dict)
        assert set(endpoints) == ENDPOINTS
        body = json.dumps({"type": "contracts"}).encode()
        request = urllib.request.Request(f"{endpoints['gateway_v1']}/query", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["data"]["chain_id"] == str(descriptor["chain_id"])
        process.send_signal(end)
        rest, _ = process.communicate(timeout=20)
        assert rest == ""
        assert process.returncode == ExitCode.OK


def test_keys_are_the_same_for_the_same_seed_and_doctor_is_content() -> None:
    with serving("--seed", "7", "--json") as one, serving("--seed", "7", "--json") as two:
        with serving("--seed", "8", "--json") as three:
            descriptors = [first_line(process) for process in (one, two, three)]
        assert descriptors[0]["accounts"] == descriptors[1]["accounts"]
        assert descriptors[0]["accounts"] != descriptors[2]["accounts"]
        endpoints = descriptors[0]["endpoints"]
        assert isinstance(endpoints, dict)
        from hedgewire.cli.reach import check_endpoint

        assert {f.status.value for f in check_endpoint("x", endpoints["gateway_v1"], "nado", True)} == {"ok"}


def test_a_port_in_use_is_said_with_a_hint(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["sim", "nado", "--port", str(port), "--json"]) == ExitCode.NEGATIVE
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert str(port) in captured.err
    assert "\nhint: " in captured.err


def test_a_file_of_faults_is_armed_before_the_first_request(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('[[fault]]\nname = "query_unavailable"\nrequest = "contracts"\nafter = 1\ncount = 1\n')
    with serving("--json", "--faults", str(plan)) as process:
        endpoints = first_line(process)["endpoints"]
        assert isinstance(endpoints, dict)
        statuses = [status_of(f"{endpoints['gateway_v1']}/query?type=contracts") for _ in range(3)]
        assert statuses == [200, 503, 200]


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("plan.toml", '[[fault]]\nname = "reply_lots"\n', "did you mean 'reply_lost'?"),
        ("plan.json", '[{"name": "reply_lost", "requests": "place_order"}]', "did you mean 'request'?"),
        ("plan.json", '[{"name": "reply_lost", "request": "place_ordr"}]', "did you mean 'place_order'?"),
        ("plan.toml", "[[fault]\n", "does not parse"),
        ("plan.yaml", "", "neither .toml nor .json"),
    ],
)
def test_a_file_of_faults_that_cannot_be_used_is_an_error_of_usage(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, text: str, expected: str
) -> None:
    plan = tmp_path / name
    plan.write_text(text)
    assert main(["sim", "nado", "--json", "--faults", str(plan)]) == ExitCode.USAGE
    captured = capfd.readouterr()
    assert captured.out == ""
    assert str(plan) in captured.err
    assert expected in captured.err
    assert captured.err.startswith("error: ")
    assert "\nhint: " in captured.err


def test_an_absent_file_of_faults_is_named(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["sim", "nado", "--faults", str(tmp_path / "none.toml")]) == ExitCode.USAGE
    assert "none.toml" in capfd.readouterr().err
