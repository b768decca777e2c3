"""The same run as one HTML file: picture, summary and one row a cycle; nothing is loaded from anywhere."""

from __future__ import annotations

import base64
from decimal import Decimal
from html import escape
from pathlib import Path

from hedgewire.report.run import Run
from hedgewire.report.targets import targets

CYCLE_COLUMNS = (
    ("iteration", "cycle"),
    ("direction", "direction"),
    ("outcome", "outcome"),
    ("reason", "reason"),
    ("primary_qty", "primary"),
    ("hedge_qty", "hedge"),
    ("volume_usd", "volume $"),
    ("fees_usd", "fees $"),
    ("net_pnl_usd", "net $"),
    ("total_cycle_time", "s"),
)
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;max-width:1180px;margin:2rem auto;padding:0 1rem}
img{width:100%;height:auto}table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .8rem;text-align:right;border-bottom:1px solid #e4e7eb}th{color:#7b8794;font-weight:500}
td:nth-child(-n+4),th:nth-child(-n+4){text-align:left}.facts td{text-align:left}
@media(prefers-color-scheme:dark){body{background:#fff}}
"""


def write_page(run: Run, picture: Path, path: Path) -> None:
    """Write the HTML. Every value is escaped: reasons come from a venue."""
    image = base64.b64encode(picture.read_bytes()).decode()
    head = "".join(f"<th>{escape(label)}</th>" for _, label in CYCLE_COLUMNS)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(str(cycle.get(name, '')))}</td>" for name, _ in CYCLE_COLUMNS) + "</tr>"
        for cycle in run.cycles
    )
    facts = "".join(
        f"<tr><td>{escape(name.replace('_', ' '))}</td><td>{escape(str(value))}</td></tr>"
        for name, value in run.summary.items()
    )
    goals = "".join(
        f"<tr><td>{escape(target.name)}</td><td>{escape(target.measured)}</td><td>{escape(target.goal)}</td>"
        f"<td>{escape(target.verdict)}</td></tr>"
        for target in targets(run)
    )
    path.write_text(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>hedgewire run {escape(run.directory.name)}</title>"
        f"<style>{STYLE}</style><img alt='Prices, fills, net delta, result and volume of the run' "
        f"src='data:image/png;base64,{image}'><h2>Cycles</h2><table><tr>{head}</tr>{body}</table>"
        f"<h2>Targets</h2><table class=facts>{goals}</table>"
        f"<h2>Summary</h2><table class=facts>{facts}</table></html>\n",
        encoding="utf-8",
    )


def _cell(text: str) -> str:
    """Numbers to four decimals at most; anything else as it is, escaped."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        return escape(text)
    return escape(format(value.quantize(Decimal("0.0001")).normalize(), "f") if value.is_finite() else text)
