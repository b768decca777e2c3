"""The bench uses the processes of the end-to-end tests and the node of the schedules in real time."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent

# pytest's importlib mode does not make siblings importable
for place in (HERE, HERE.parents[1] / "e2e", HERE.parent, HERE.parent / "realtime"):
    sys.path.append(str(place))
