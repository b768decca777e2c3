"""The demo's two children: the local venue and the trading process. Both end with their block, whatever happened, and
with this process, however it ends: they watch their stdin, which the system closes for the dead.
"""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Self

from hedgewire.cli.demo_faults import Fault
from hedgewire.cli.exit_codes import ExitCode
from hedgewire.errors import ConfigError, HedgewireError, VenueUnreachableError

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0
HTTP_TIMEOUT_S = 5.0
NEVER_MS = 86_400_000


def _reader(stream: IO[str], into: queue.Queue[str | None]) -> None:
    for line in stream:
        into.put(line)
    into.put(None)


class _Child:
    """A Python child with its stdout read line by line."""

    def __init__(self, arguments: list[str], errors: IO[str] | int | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # Ctrl-C is for us to hand on, in order
        )
        # Bounded: a reader that is slower than the child makes the child wait.
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=1000)
        threading.Thread(target=_reader, args=(self.process.stdout, self._lines), daemon=True).start()

    def next_line(self, timeout_s: float) -> str | None:
        """The next line, None at the end. Raises ``TimeoutError``."""
        try:
            return self._lines.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError(f"no line in {timeout_s:g} s") from None

    def stop(self, sign: int) -> None:
        if self.process.poll() is None:
            self.process.send_signal(sign)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class LocalVenueProcess(_Child):
    """`hedgewire sim` as a child; ``descriptor`` is the line it prints when ready."""

    descriptor: dict[str, Any]
    _on_occasion: set[str]

    def __init__(self, seed: int, venue: str = "nado") -> None:
        self.venue = venue
        super().__init__(
            ["-m", "hedgewire.simulator", venue, "--port", "0", "--seed", str(seed), "--json", "--until-eof"]
        )

    def __enter__(self) -> Self:
        try:
            line = self.next_line(START_TIMEOUT_S)
            if not line:
                raise TimeoutError
            self.descriptor = json.loads(line)
        except TimeoutError:
            self.stop(signal.SIGTERM)
            raise VenueUnreachableError(
                "the local venue did not start", hint=f"run `hedgewire sim {self.venue}` by itself"
            ) from None
        except BaseException:
            self.stop(signal.SIGTERM)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(signal.SIGTERM)

    @property
    def account(self) -> str:
        """The first funded account, as the venue names it."""
        account = self.descriptor["accounts"][0]
        return str(account.get("subaccount") or account["address"])

    def told(self) -> dict[str, Any]:
        """What a trading process has to know of it, the key included."""
        account = self.descriptor["accounts"][0]
        return self.descriptor | {"private_key": account.get("private_key") or account["l2_private_key"]}

    def _control(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        method: str | None = None,
        endpoint: str = "control",
        source: str = "",
    ) -> Any:
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.descriptor['endpoints'][endpoint]}{path}"
        request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=HTTP_TIMEOUT_S) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            reason, hint = _refusal(error.read())
            raise ConfigError(
                reason, source=source or url, hint=hint or "GET /_sim/faults lists the catalogue"
            ) from None
        except OSError as error:
            raise VenueUnreachableError("the local venue does not answer", str(error), url) from None

    def check_faults(self, faults: list[Fault]) -> None:
        """Raises ``ConfigError`` for a fault that the venue would refuse, in its own words, before anything trades."""
        for fault in faults:
            self._control("/faults", fault | {"start_in_ms": NEVER_MS}, source=f"--faults {fault['name']}")
        if faults:
            self._control("/faults", {}, method="DELETE")
            catalogue = self._control("/faults")["catalogue"]
            self._on_occasion = {name for name, kind in catalogue.items() if kind["bites"] == "on occasion"}

    def arm(self, fault: Fault) -> bool:
        """Arm a fault, for its next occasion only unless it says otherwise. False: it acts at once and found no open
        order to act on."""
        once = {"count": 1} if fault["name"] in self._on_occasion else {}
        answer = self._control("/faults", once | fault)
        return bool(answer.get("cancelled", True))

    def save_last_word(self, run_dir: Path) -> None:
        """``nado.json``, ...: what the venue itself counted and holds; where its archive needs no login, the account's
        newest 500 fills (its page)."""
        words: dict[str, Any] = {"account": self.account}
        words |= {name: self._control(f"/{name}") for name in ("faults", "log", "state")}
        # What has not fired must neither spoil the question below nor count as fired by it, nor may the run's requests.
        self._control("/faults", {}, method="DELETE")
        self._control("/limits", {"enabled": False})
        if "archive_v1" in self.descriptor["endpoints"]:
            question = {"matches": {"subaccounts": [self.account], "limit": 500}}
            words |= self._control("", question, endpoint="archive_v1")
        (run_dir / f"{self.venue}.json").write_text(json.dumps(words, indent=2) + "\n", encoding="utf-8")

    def end_positions(self) -> dict[str, str]:
        """Positions of our account as the venue itself holds them: independent of the trading process."""
        account = self._control("/state")["accounts"][self.account]
        return {symbol: str(position["amount"]) for symbol, position in account["positions"].items()}


def _refusal(body: bytes) -> tuple[str, str]:
    """The venue's text and its hint."""
    try:
        text = str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        text = body.decode(errors="replace")
    reason, _, hint = text.partition("; hint: ")
    return reason, hint


class TradingProcess(_Child):
    """The trading node as a child. Its order, with the key, goes over stdin."""

    def __init__(self, order: dict[str, Any], run_dir: Path) -> None:
        self._errors = (run_dir / "node.stderr").open("w", encoding="utf-8")
        self._signals: dict[int, Any] = {}
        self._interrupted = False
        super().__init__(["-m", "hedgewire.cli.demo_node"], self._errors.fileno())
        self._tell(json.dumps(order))

    def _tell(self, text: str) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; its last lines say why

    def __enter__(self) -> Self:
        self._signals = {number: signal.signal(number, self._interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """The first Ctrl-C or SIGTERM asks the strategy to close everything; the second one leaves."""
        if self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = True
        self._tell("flatten")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._signals.items():
            signal.signal(number, before)
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.stop(signal.SIGTERM)
        self._errors.close()

    def lines(self, budget_s: float) -> Iterator[dict[str, Any]]:
        """Progress until the end."""
        while True:
            try:
                line = self.next_line(budget_s)
            except TimeoutError:
                raise HedgewireError(
                    "the trading process fell silent", hint="see node.log", exit_code=int(ExitCode.TIMEOUT)
                ) from None
            if line is None:
                return
            yield json.loads(line)


def render_report(run_dir: Path) -> list[Path]:
    """Draw in a process of its own: a plotting library has no business where orders are sent."""
    done = subprocess.run(
        [sys.executable, "-m", "hedgewire.report", str(run_dir)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise HedgewireError(
            "the picture could not be drawn", done.stderr.strip()[-400:], str(run_dir), exit_code=int(ExitCode.INTERNAL)
        )
    return [run_dir / name for name in done.stdout.splitlines()[0].split()]
