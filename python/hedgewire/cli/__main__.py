"""``python -m hedgewire.cli`` is the ``hedgewire`` command."""

from __future__ import annotations

import sys

from hedgewire.cli.main import main

sys.exit(main())
