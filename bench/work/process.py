"""What every measurement needs: a server beside it, a way to tell it to go, and one line of JSON at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
PYTHON = str(ROOT / ".venv" / "bin" / "python")
BINARY = os.environ.get("BENCH_BINARY", str(ROOT / "target" / "release" / "hedgewire-bench"))


@contextlib.contextmanager
def server(module: str, *arguments: object) -> Iterator[str]:
    """A server of ``bench.servers`` in its own process; the first line it prints. It ends with us: its input does."""
    command = [PYTHON, "-m", f"bench.servers.{module}", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'python'}"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def go(port: int, frames: int, rate: int = 0) -> list[int]:
    """Tells a feed to send; when it has, the moment of each paced send (monotonic, nanoseconds)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
    body = json.dumps({"frames": frames, "rate": rate}).encode()
    writer.write(b"POST /go HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    sent: list[int] = json.loads(await reader.readexactly(size))
    writer.close()
    return sent


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def rss_mb() -> float:
    """Resident memory of this process, in MB of 10^6 bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def report(values: dict[str, float]) -> None:
    print(json.dumps(values), flush=True)


def done(values: dict[str, float]) -> NoReturn:
    """Reports, and leaves without the engine's slow farewell."""
    report(values)
    os._exit(0)


class Stopwatch:
    """Wall and CPU time (all threads of this process) since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def per_item(self, count: int) -> dict[str, float]:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return {"per_s": count / wall, "us": wall / count * 1e6, "cpu_us": cpu / count * 1e6}
