"""Both worlds are imported from where they live: the package ``virtual``, the modules of ``realtime``."""

from __future__ import annotations

import sys
from pathlib import Path

FAULTS = Path(__file__).parents[1]

for place in (FAULTS, FAULTS / "realtime", FAULTS.parent / "e2e"):
    sys.path.append(str(place))
