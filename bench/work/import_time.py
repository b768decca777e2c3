"""How long an import takes in a fresh interpreter, and what it leaves in memory: ``import_time MODULE``."""

import importlib
import resource
import sys
import time

start = time.perf_counter()
importlib.import_module(sys.argv[1])
ms = (time.perf_counter() - start) * 1e3
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
print(f'{{"ms": {ms}, "rss_mb": {peak_mb}}}')
