"""``make flamegraph``: where the CPU time of "book frames to a strategy" goes, drawn as a flame graph.

Samples with Linux ``perf`` (Python's own frames by its perf trampoline); the drawing is ours: a picture
needs no dependency.
"""

from __future__ import annotations

import collections
import html
import shutil
import subprocess
import sys
from pathlib import Path

from bench.cases import CASES, PYTHON, ROOT

OUT = ROOT / "bench-results" / "flamegraph.svg"
FREQUENCY_HZ = 997
WIDTH, ROW = 1600, 16
NARROWEST = 1.0
"""Frames narrower than this many pixels are left out."""


def stacks(script: str) -> collections.Counter[tuple[str, ...]]:
    """Samples by stack, outermost first, from the output of ``perf script``."""
    counted: collections.Counter[tuple[str, ...]] = collections.Counter()
    for sample in script.split("\n\n"):
        head, *lines = sample.strip().splitlines() or [""]
        names = [" ".join(line.split()[1:-1]).partition("+0x")[0] or "?" for line in lines]
        if names:
            counted[(head.split()[0], *reversed(names))] += 1
    return counted


def draw(counted: collections.Counter[tuple[str, ...]]) -> str:
    total = sum(counted.values())
    boxes: list[str] = []
    deepest = 0

    def level(stacks_: list[tuple[tuple[str, ...], int]], depth: int, left: float) -> None:
        nonlocal deepest
        children: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for stack, count in stacks_:
            if len(stack) > depth:
                children.setdefault(stack[depth], []).append((stack, count))
        for name, inner in sorted(children.items()):
            samples = sum(count for _, count in inner)
            width = samples / total * WIDTH
            if width >= NARROWEST:
                deepest = max(deepest, depth)
                colour = f"hsl({20 + hash(name) % 35},80%,{60 + hash(name) % 15}%)"
                text = html.escape(name[: int(width / 6.5)])
                boxes.append(
                    f"<g><title>{html.escape(name)} {samples / total:.1%}</title>"
                    f'<rect x="{left:.1f}" y="{depth * ROW}" '
                    f'width="{width:.1f}" height="{ROW - 1}" fill="{colour}"/><text x="{left + 2:.1f}" '
                    f'y="{depth * ROW + 12}">{text}</text></g>'
                )
                level(inner, depth + 1, left)
            left += width

    level(list(counted.items()), 0, 0.0)
    height = (deepest + 1) * ROW
    body = "\n".join(boxes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="monospace" '
        f'font-size="11">\n{body}\n</svg>\n'
    )


def main() -> int:
    perf = shutil.which("perf")
    if perf is None:
        print("error: perf was not found on PATH\nhint: install linux-perf; the kernel must allow it", file=sys.stderr)
        return 1
    OUT.parent.mkdir(exist_ok=True)
    data = OUT.with_suffix(".perf")
    _, *words = CASES["feed"].command(CASES["feed"].size)
    record = [perf, "record", "-q", "-g", "-F", str(FREQUENCY_HZ), "-o", str(data)]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'python'}", "PATH": str(Path("/usr/bin"))}
    subprocess.run([*record, str(PYTHON), "-X", "perf", *words], cwd=ROOT, env=environment, check=True)
    script = [perf, "script", "-i", str(data), "-F", "comm,tid,ip,sym,dso"]
    shown = subprocess.run(script, check=True, capture_output=True, text=True, errors="replace").stdout
    data.unlink()
    OUT.write_text(draw(stacks(shown)))
    print(OUT.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
