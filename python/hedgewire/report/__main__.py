"""``python -m hedgewire.report RUN_DIR``: writes ``run.png`` and ``run.html``; prints their names, then the targets."""

from __future__ import annotations

import sys
from pathlib import Path

from hedgewire.errors import HedgewireError
from hedgewire.report.page import write_page
from hedgewire.report.picture import draw
from hedgewire.report.run import load
from hedgewire.report.targets import targets


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(
            "error: one directory of a run is needed\nhint: python -m hedgewire.report hedgewire-runs/…",
            file=sys.stderr,
        )
        return 2
    try:
        run = load(Path(arguments[0]))
    except HedgewireError as error:
        print(error.render(), file=sys.stderr)
        return error.exit_code
    draw(run, run.directory / "run.png")
    write_page(run, run.directory / "run.png", run.directory / "run.html")
    print("run.png run.html")
    for target in targets(run):
        print(f"{target.verdict:<12}  {target.name}: {target.measured or '-'}, goal {target.goal}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
