"""What can be measured: each case is one program in a fresh process that prints one JSON object."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv" / "bin" / "python"
BINARY = Path(os.environ.get("BENCH_BINARY", ROOT / "target" / "release" / "hedgewire-bench"))
TIMEOUT_S = 300.0

Values = dict[str, float]


class CaseError(Exception):
    """A measurement that gave no number; the text ends with a hint."""


@dataclass(frozen=True)
class Case:
    """``words``: the program and its arguments; ``{}`` is the size. ``environment``: the one that its program needs.
    ``rounds``: how often at most."""

    name: str
    words: str
    size: int
    environment: str = ".venv"
    rounds: int = 5

    def command(self, size: int) -> list[str]:
        program, *rest = self.words.format(size).split()
        if program == "rust":
            return [str(BINARY), *rest]
        return [str(ROOT / self.environment / "bin" / "python"), "-m", f"bench.work.{program}", *rest]

    def run(self, share: float = 1.0) -> Values:
        """Measures once, ``share`` of the full size. Raises ``CaseError``."""
        command = self.command(max(1, round(self.size * share)))
        environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'python'}", "BENCH_BINARY": str(BINARY)}
        environment.setdefault("PYTHONDONTWRITEBYTECODE", "1")
        try:
            ended = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CaseError(f"{self.name}: {error}\nhint: run `{' '.join(command)}` by itself") from error
        lines = ended.stdout.strip().splitlines()
        if not lines or not lines[-1].startswith("{"):
            raise CaseError(
                f"{self.name} printed no figures (exit code {ended.returncode}): {ended.stderr.strip()[-600:]}\n"
                f"hint: run `{' '.join(command)}` by itself"
            )
        values: Values = json.loads(lines[-1])
        return values


NADO_SDK, PARADEX_SDK = ".venv-sdk", ".venv-sdk-paradex"
GROWTH_INSTRUMENTS = (1, 10, 50, 200)
GROWTH_ORDERS = (1, 10, 100)
THREADS = (1, 2, 4, 8)
DESIGNS = ("owner", "mutex", "rwlock", "dashmap")

CASES = {
    case.name: case
    for case in (
        Case("feed", "feed nado {}", 50_000),
        Case("feed sbe", "feed paradex-sbe {}", 50_000),
        Case("feed json", "feed paradex-json {}", 50_000),
        Case("feed snapshots", "feed paradex-snapshots {}", 50_000),
        Case("feed dydx", "feed dydx {}", 50_000),
        Case("latency", "feed nado {} 1000", 4_000),
        Case("latency sbe", "feed paradex-sbe {} 1000", 4_000),
        Case("latency json", "feed paradex-json {} 1000", 4_000),
        Case("latency dydx", "feed dydx {} 1000", 4_000),
        Case("decode", "rust decode-hedgewire {}", 200_000),
        Case("decode serde", "rust decode-serde {}", 200_000),
        Case("decode sonic", "rust decode-sonic {}", 200_000),
        Case("decode msgspec", "msgspec_decode strings {}", 50_000),
        Case("decode msgspec integers", "msgspec_decode integers {}", 50_000),
        Case("decode sbe", "rust decode-paradex-sbe {}", 200_000),
        Case("decode sbe sdk", "paradex_sdk decode {}", 10_000, PARADEX_SDK),
        Case("decode json", "rust decode-paradex-json {}", 200_000),
        *(Case(f"parse {venue}", f"rust parse-{venue} {{}}", 200_000) for venue in ("nado", "paradex")),
        Case("wake", "wake {}", 4_000),
        Case("wake busy", "wake {} busy", 4_000),
        Case("sign", "rust sign {}", 20_000),
        Case("sign sdk", "nado_sdk sign {}", 500, NADO_SDK),
        Case("sign paradex", "rust sign-paradex {}", 5_000),
        Case("sign paradex sdk", "paradex_sdk sign {}", 100, PARADEX_SDK),
        Case("place", "place_hedgewire nado {}", 90),
        Case("place sdk", "nado_sdk place {}", 300, NADO_SDK),
        Case("place paradex", "place_hedgewire paradex {}", 90),
        Case("place paradex sdk", "paradex_sdk place {}", 90, PARADEX_SDK),
        *(Case(f"fills {venue}", f"fills {venue} {{}}", 90) for venue in ("nado", "paradex")),
        *(Case(f"fills {venue} turns", f"fills {venue} {{}} turns", 90) for venue in ("nado", "paradex")),
        Case("http", "http hedgewire {}", 10_000),
        Case("http nautilus", "http nautilus {}", 10_000),
        Case("book", "rust book {}", 100_000),
        Case("book nautilus", "nautilus_book {}", 50_000),
        Case("memory", "feed nado {} 4000 50", 600_000, rounds=1),
        Case("import", "import_time hedgewire", 1),
        Case("import core", "import_time hedgewire._core", 1),
        Case("import sdk", "import_time nado_protocol.client", 1, NADO_SDK),
        *(
            Case(f"contention {design} {threads}", f"rust contention-{design} {{}} {threads}", 2_000, rounds=3)
            for design in DESIGNS
            for threads in THREADS
        ),
        *(Case(f"growth {count}", f"feed nado {{}} 0 {count}", 20_000, rounds=3) for count in GROWTH_INSTRUMENTS),
        *(Case(f"orders {count}", f"place_hedgewire nado {{}} {count}", 20, rounds=3) for count in GROWTH_ORDERS),
    )
}
