"""The RECONCILING phase: the venue disagrees or is silent about positions; nothing trades until that is settled.
Pair reference 1.3.
"""

from __future__ import annotations

from .state import CycleState


def reconciling(c: CycleState) -> None:
    desk = c.desk
    for leg in (0, 1):
        desk.cancel(leg)
    if desk.live:
        return
    wrong = desk.proven_mismatch()
    if desk.ensure_audits():
        c.end_reconciling()
        c.state = c.after_reconciling
    elif wrong is not None:
        desk.adopt(wrong)
        c.emergency(f"position_mismatch: {desk.specs[wrong].name} is {desk.held(wrong)} at the venue")
    elif desk.audits_exhausted():
        c.emergency("position_unknown: the venue did not tell the positions")
