"""The doctor: every check can say ok, and can say that it is not."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata

import pytest

import hedgewire
from hedgewire.cli import checks, doctor, reach
from hedgewire.cli.checks import Finding, Status
from hedgewire.cli.exit_codes import ExitCode
from hedgewire.cli.main import main
from hedgewire.cli.reach import TimeAnswer
from hedgewire.simulator.server import LocalVenue

KEY = "0x" + "1f" * 32


@pytest.mark.proves("R000-01")
def test_a_supported_nautilus_is_ok_and_others_are_not() -> None:
    assert checks.check_nautilus(lambda _: "1.231.0").status is Status.OK
    assert checks.check_nautilus(lambda _: "1.230.4").status is Status.FAIL
    assert checks.check_nautilus(lambda _: "1.2310.0").status is Status.FAIL

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    assert checks.check_nautilus(missing).detail == "not installed"


def test_a_missing_tool_is_a_warning_with_a_hint() -> None:
    finding = checks.check_tool("gcc", which=lambda _: None)
    assert finding.status is Status.WARN
    assert finding.hint is not None


@pytest.mark.proves("R003-4.0.1")
def test_keys_are_judged_by_format_and_never_shown() -> None:
    environ = {"NADO_PRIVATE_KEY": KEY, "NADO_TESTNET_PRIVATE_KEY": "0x" + "ab" * 20, "NADO_SUBACCOUNT_NAME": "x" * 13}
    findings = {finding.name: finding for finding in checks.check_keys(environ)}
    assert findings["NADO_PRIVATE_KEY"].status is Status.OK
    assert findings["NADO_TESTNET_PRIVATE_KEY"].status is Status.FAIL
    assert "address" in findings["NADO_TESTNET_PRIVATE_KEY"].detail
    assert findings["NADO_SUBACCOUNT_NAME"].status is Status.FAIL
    assert not any("1f1f" in str(finding) or "abab" in str(finding) for finding in findings.values())


def test_missing_keys_only_warn() -> None:
    assert {finding.status for finding in checks.check_keys({})} == {Status.WARN}


def test_an_empty_key_is_a_failure_not_a_missing_one() -> None:
    assert checks.check_keys({"NADO_PRIVATE_KEY": ""})[0].status is Status.FAIL


@pytest.mark.parametrize(
    ("server_ms", "sent_ms", "received_ms", "status"),
    [
        (10_000, 10_000, 10_000, Status.OK),
        (10_000, 9_900, 10_100, Status.OK),
        (10_000, 10_249, 10_249, Status.OK),
        (10_000, 10_250, 10_250, Status.WARN),
        (10_000, 9_001, 9_001, Status.WARN),
        (10_000, 9_000, 9_000, Status.FAIL),
        (10_000, 11_000, 11_000, Status.FAIL),
        (10_000, 9_800, 11_800, Status.OK),  # 800 ms off, but a 2 s round trip cannot tell
    ],
)
def test_clock_skew_is_judged_beyond_the_round_trips_doubt(
    server_ms: int, sent_ms: int, received_ms: int, status: Status
) -> None:
    assert reach.judge_clock("clock", TimeAnswer(server_ms, sent_ms, received_ms)).status is status


def test_unreachable_is_a_failure_only_when_required() -> None:
    def refuse(url: str, venue: str) -> TimeAnswer:
        raise ConnectionRefusedError(f"no {url}")

    for required, status in ((True, Status.FAIL), (False, Status.WARN)):
        assert [one.status for one in reach.check_endpoint("x", "http://h", "nado", required, refuse)] == [status]


class _TimeHandler(BaseHTTPRequestHandler):
    body = b"1700000000123"
    code = 200

    def do_GET(self) -> None:
        self.send_response(self.code if self.path == "/time" else 404)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence: the test's output is the test's."""


@pytest.fixture
def time_server() -> Iterator[tuple[str, type[_TimeHandler]]]:
    handler = type("Handler", (_TimeHandler,), {})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", handler
        server.shutdown()
        thread.join()


def test_time_is_read_beside_v1(time_server: tuple[str, type[_TimeHandler]]) -> None:
    ticks = iter([1_700_000_000_100, 1_700_000_000_140])
    answer = reach.ask_time(time_server[0], now_ms=lambda: next(ticks))
    assert answer == TimeAnswer(1_700_000_000_123, 1_700_000_000_100, 1_700_000_000_140)


@pytest.mark.parametrize(("body", "code"), [(b"<html>", 200), (b"", 200), (b"1700000000123", 503)])
def test_an_answer_that_is_no_time_is_never_a_time(
    time_server: tuple[str, type[_TimeHandler]], body: bytes, code: int
) -> None:
    url, handler = time_server
    handler.body, handler.code = body, code
    [finding] = reach.check_endpoint("given", url, "nado", required=True)
    assert finding.status is Status.FAIL


@pytest.mark.parametrize("url", ["ftp://h", "nonsense", "http://"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        reach.ask_time(url)


@pytest.mark.parametrize(
    ("status", "code"), [(Status.OK, ExitCode.OK), (Status.WARN, ExitCode.OK), (Status.FAIL, ExitCode.NEGATIVE)]
)
def test_only_a_failure_makes_the_answer_no(
    status: Status, code: ExitCode, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "local_findings", lambda: [Finding("thing", status, "seen", "mend it")])
    assert main(["doctor", "--offline", "--json"]) == code
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is (code is ExitCode.OK)
    assert report["checks"] == [{"name": "thing", "status": status.value, "detail": "seen", "hint": "mend it"}]
    assert main(["doctor", "--offline"]) == code
    assert capsys.readouterr().out.startswith(f"{status.value:4}  thing  seen\n")


def test_without_an_address_the_gateways_are_those_that_the_core_trades_at(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, str] = {}

    def check(name: str, url: str, venue: str, required: bool) -> list[Finding]:
        assert not required
        asked[name] = url
        return [Finding(name, Status.WARN, url)]

    monkeypatch.setattr(reach, "check_endpoint", check)
    assert {finding.status for finding in doctor.endpoint_findings(None)} == {Status.WARN}
    assert asked == {
        "nado mainnet": "https://gateway.prod.nado.xyz/v1",
        "nado testnet": "https://gateway.test.nado.xyz/v1",
        "paradex mainnet": "https://api.prod.paradex.trade/v1",
        "paradex testnet": "https://api.testnet.paradex.trade/v1",
        "paradex nightly": "https://api.nightly.paradex.trade/v1",
    }


async def test_the_clock_of_a_local_paradex_is_read() -> None:
    async with LocalVenue("paradex", seed=7) as local:
        endpoints = local.descriptor["endpoints"]
        assert isinstance(endpoints, dict)
        found = await asyncio.to_thread(doctor.endpoint_findings, endpoints["rest"], "paradex")
        other = await asyncio.to_thread(doctor.endpoint_findings, endpoints["rest"], "nado")
    assert [finding.status for finding in found] == [Status.OK, Status.OK]
    assert [finding.status for finding in other] == [Status.FAIL]


@pytest.mark.parametrize("key", ["0x" + "ab" * 20, "0x", "0x0", "0x" + "1" * 65, "0xzz", ""])
def test_a_paradex_key_of_the_wrong_form_is_a_failure_and_never_shown(key: str) -> None:
    findings = {finding.name: finding for finding in checks.check_keys({"PARADEX_PRIVATE_KEY": key})}
    assert findings["PARADEX_PRIVATE_KEY"].status is Status.FAIL
    assert not key[2:] or key[2:] not in str(findings["PARADEX_PRIVATE_KEY"].detail)


@pytest.mark.parametrize("key", ["0x5", "0x" + "1f" * 31 + "1", KEY])
def test_a_paradex_key_of_either_kind_is_well_formed(key: str) -> None:
    findings = {finding.name: finding for finding in checks.check_keys({"PARADEX_PRIVATE_KEY": key})}
    assert findings["PARADEX_PRIVATE_KEY"].status is Status.OK


def test_without_the_extension_no_gateway_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hedgewire._core", None)
    monkeypatch.delattr(hedgewire, "_core", raising=False)
    [finding] = doctor.endpoint_findings(None)
    assert finding.status is Status.FAIL
    assert finding.hint == "run 'make setup'"


def test_offline_and_endpoint_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--offline", "--endpoint", "http://127.0.0.1:1"]) == ExitCode.USAGE
    assert "exclude each other" in capsys.readouterr().err


def test_this_machine_can_be_examined() -> None:
    findings = {finding.name: finding.status for finding in doctor.local_findings()}
    assert findings["python"] is Status.OK
    assert findings["loopback"] is Status.OK
