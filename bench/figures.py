"""The table of figures: what is compared with what, and the goal of each (issue "Faults and speed", part Speed)."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from bench.cases import GROWTH_INSTRUMENTS, GROWTH_ORDERS, THREADS, Values

Samples = dict[str, list[Values]]
"""By case, one entry a round; entries of one round stand at the same place."""

DYDX = "official dYdX adapter 1.231"
SDK = "nado_protocol 2.0.0"
PARADEX_SDK = "paradex_py 0.8.2"


@dataclass(frozen=True)
class Figure:
    """``ours`` and ``theirs`` name a case and a field of its values, as ``case:field``.

    ``ratio`` is ours / theirs, the median of the rounds' own ratios. A goal is a bound on the ratio, the value or both.
    """

    name: str
    unit: str
    ours: str
    theirs: str | None = None
    peer: str | None = None
    ratio_min: float | None = None
    ratio_max: float | None = None
    value_min: float | None = None
    value_max: float | None = None

    def cases(self) -> set[str]:
        return {source.partition(":")[0] for source in (self.ours, self.theirs) if source}

    def measured(self, samples: Samples) -> dict[str, str | float | None]:
        """The figure as it stands in ``latest.json``."""
        values = _taken(samples, self.ours)
        peers = None if self.theirs is None else _taken(samples, self.theirs)
        ratios = None if peers is None else [a / b for a, b in zip(values, peers, strict=False)]
        return {
            "name": self.name,
            "value": statistics.median(values),
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": None if peers is None else statistics.median(peers),
            "ratio": None if ratios is None else statistics.median(ratios),
        }

    def goal(self) -> str:
        bounds = (
            (self.ratio_min, "≥ {:g}x"),
            (self.ratio_max, "≤ {:.3g}x"),
            (self.value_min, f"≥ {{:,g}} {self.unit}"),
            (self.value_max, f"≤ {{:,g}} {self.unit}"),
        )
        return ", ".join(text.format(bound) for bound, text in bounds if bound is not None)

    def is_met(self, value: float, ratio: float | None) -> bool | None:
        """None where there is no goal."""
        checks = [
            bound is None or actual is None or (actual >= bound if is_min else actual <= bound)
            for bound, actual, is_min in (
                (self.ratio_min, ratio, True),
                (self.ratio_max, ratio, False),
                (self.value_min, value, True),
                (self.value_max, value, False),
            )
        ]
        return all(checks) if self.goal() else None


def _taken(samples: Samples, source: str) -> list[float]:
    case, _, field = source.partition(":")
    return [values[field] for values in samples[case]]


def _with_cpu(name: str, ours: str, theirs: str, peer: str, **goal: float) -> tuple[Figure, Figure]:
    """A rate, and beside it the CPU of one item (all threads of the process)."""
    return (
        Figure(name, "1/s", f"{ours}:per_s", f"{theirs}:per_s", peer, **goal),
        Figure(f"{name}: CPU", "us", f"{ours}:cpu_us", f"{theirs}:cpu_us", peer),
    )


def _feeds(name: str, ours: str) -> tuple[Figure, ...]:
    """Frames to a strategy, flat out, beside the same changes through the official adapter."""
    return (
        Figure(name, "1/s", f"{ours}:per_s", "feed dydx:per_s", DYDX, ratio_min=3.0),
        Figure(f"{name}: CPU", "us", f"{ours}:cpu_us", "feed dydx:cpu_us", DYDX, ratio_max=0.5),
    )


def _latencies(name: str, ours: str) -> tuple[Figure, ...]:
    """The same, one frame a millisecond."""
    return (
        Figure(f"{name}, p50", "us", f"{ours}:p50_us", "latency dydx:p50_us", DYDX, ratio_max=0.6),
        Figure(f"{name}, p99", "us", f"{ours}:p99_us", "latency dydx:p99_us", DYDX),
        Figure(f"{name}: CPU", "us", f"{ours}:cpu_us", "latency dydx:cpu_us", DYDX),
    )


def _fills(name: str, ours: str) -> tuple[Figure, ...]:
    return (
        Figure(f"{name}, p50", "ms", f"{ours}:p50_ms", value_max=1.0),
        Figure(f"{name}, p99", "ms", f"{ours}:p99_ms", value_max=5.0),
        Figure(f"{name}, until our event is made, p50", "ms", f"{ours}:adapter_p50_ms"),
        Figure(f"{name}, opening or closing a position, p50", "ms", f"{ours} turns:p50_ms", value_max=1.0),
        Figure(f"{name}, opening or closing a position, p99", "ms", f"{ours} turns:p99_ms", value_max=5.0),
    )


FIGURES: tuple[Figure, ...] = (
    *_feeds("book frames to a strategy", "feed"),
    *_feeds("Paradex book frames to a strategy, SBE", "feed sbe"),
    *_feeds("Paradex book frames to a strategy, JSON", "feed json"),
    Figure("Paradex snapshots of 30 levels to a strategy, SBE", "1/s", "feed snapshots:per_s"),
    Figure("Paradex snapshots of 30 levels to a strategy, SBE: CPU", "us", "feed snapshots:cpu_us"),
    *_latencies("frame to strategy at 1,000/s", "latency"),
    *_latencies("Paradex frame to strategy at 1,000/s, SBE", "latency sbe"),
    *_latencies("Paradex frame to strategy at 1,000/s, JSON", "latency json"),
    Figure("decode a book frame to integers: CPU", "us", "decode:cpu_us", value_max=1.5),
    Figure(
        "decode against typed serde_json: CPU", "us", "decode:cpu_us", "decode serde:cpu_us",
        "serde_json, typed, then integers", ratio_max=0.5,
    ),
    Figure(
        "decode against typed sonic-rs: CPU", "us", "decode:cpu_us", "decode sonic:cpu_us",
        "sonic-rs 0.5, typed, then integers", ratio_max=0.5,
    ),
    Figure(
        "decode against msgspec to texts: CPU", "us", "decode:cpu_us", "decode msgspec:cpu_us",
        "msgspec, typed, texts only", ratio_max=0.25,
    ),
    Figure(
        "decode against msgspec to integers: CPU", "us", "decode:cpu_us",
        "decode msgspec integers:cpu_us", "msgspec, typed, then int()", ratio_max=0.25,
    ),
    Figure(
        "decode a Paradex book frame in SBE: CPU", "us", "decode sbe:cpu_us", "decode sbe sdk:cpu_us", PARADEX_SDK,
        value_max=2.0, ratio_max=1 / 30,
    ),
    Figure("decode a Paradex book frame in JSON: CPU", "us", "decode json:cpu_us", value_max=1.5),
    *(
        Figure(f"parse a documented message of {venue.capitalize()}, {rank}", "us", f"parse {venue}:{rank}_us",
               value_max=5_000.0)
        for venue in ("nado", "paradex")
        for rank in ("p50", "p99")
    ),
    Figure("wake-up of the event loop at 1,000/s, p50", "us", "wake:p50_us", value_max=15.0),
    Figure("wake-up of the event loop at 1,000/s, p99", "us", "wake:p99_us"),
    Figure("network thread beside an idle loop: send to row, p50", "us", "wake:network_p50_us"),
    Figure(
        "network thread beside a loop busy 20 ms at a time, p50", "us", "wake busy:network_p50_us",
        "wake:network_p50_us", "the same beside an idle loop",
    ),
    *_with_cpu("order hash and sign, one thread", "sign", "sign sdk", SDK, value_min=25_000.0, ratio_min=15.0),
    *_with_cpu(
        "Paradex order hash and sign, one thread", "sign paradex", "sign paradex sdk", PARADEX_SDK,
        value_min=5_000.0, ratio_min=20.0,
    ),
    Figure(
        "place an order, loopback, p50", "us", "place:p50_us", "place sdk:p50_us", SDK, ratio_max=0.25
    ),
    Figure("place an order, loopback: CPU", "us", "place:cpu_us", "place sdk:cpu_us", SDK),
    Figure(
        "place an order on Paradex, loopback, p50", "us", "place paradex:p50_us", "place paradex sdk:p50_us",
        PARADEX_SDK, ratio_max=0.1,
    ),
    Figure(
        "place an order on Paradex, loopback: CPU", "us", "place paradex:cpu_us", "place paradex sdk:cpu_us",
        PARADEX_SDK,
    ),
    *_fills("fill on the WebSocket to the strategy", "fills nado"),
    *_fills("Paradex fill on the WebSocket to the strategy", "fills paradex"),
    *_with_cpu("HTTP GET, 50 in flight", "http", "http nautilus", "nautilus_pyo3 HttpClient", value_min=1_000.0,
               ratio_min=1.3),
    *_with_cpu("book: 20 changes and the top", "book", "book nautilus", "NautilusTrader OrderBook", ratio_min=5.0),
    *(
        Figure(
            f"state under contention, {threads} thread{'s' if threads > 1 else ''}, p95 of one operation", "ns",
            f"contention owner {threads}:p95_ns", f"contention dashmap {threads}:p95_ns", "DashMap",
            value_max=1_000_000.0,
        )
        for threads in THREADS
    ),
    Figure("memory: 50 instruments, 10 minutes of frames, growth after the first quarter", "MB", "memory:growth_mb"),
    Figure("memory: 50 instruments, at the end", "MB", "memory:rss_mb"),
    Figure("import of hedgewire with its core", "ms", "import core:ms", "import sdk:ms", SDK, value_max=60.0),
    Figure(
        "import of hedgewire with its core, memory", "MB", "import core:rss_mb", "import sdk:rss_mb", SDK,
        value_max=40.0,
    ),
    *(
        Figure(
            f"CPU a frame with {count} instruments", "us", f"growth {count}:cpu_us",
            "growth 1:cpu_us", "ourselves with one instrument",
        )
        for count in GROWTH_INSTRUMENTS
    ),
    *(
        Figure(
            f"CPU an order with {count} open", "us", f"orders {count}:cpu_us", "orders 1:cpu_us",
            "ourselves with one open",
        )
        for count in GROWTH_ORDERS
    ),
)  # fmt: skip


def needed(name_contains: str) -> list[Figure]:
    return [figure for figure in FIGURES if name_contains in figure.name]
