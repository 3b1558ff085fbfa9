"""One load of weights at a time in this process.

While the libraries build a model they change torch itself for every thread, so that parameters begin without memory: a
second model that is built meanwhile, an adapter's layers included, would be left without numbers.
"""

from __future__ import annotations

import threading

ONE_AT_A_TIME = threading.RLock()
