"""Makes the package importable and keeps the results of a run."""

from __future__ import annotations

import sys
from pathlib import Path

# pytest's importlib mode does not make siblings importable
sys.path.insert(0, str(Path(__file__).parents[1]))
