"""Lienzo's Discord side."""

import os

# numpy's sums are small here and run beside the engine: among several threads they would take longer, not shorter, and
# take cores from drawing. torch, which draws, has threads of its own. Before numpy is imported, or it has no effect.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
