"""Golden words of Philox4x32-10 and quantiles of the normal distribution, by programs other than ours.

    pip install numpy==2.4.6 randomgen==2.5.1 scipy==1.17.1
    python make.py            # writes golden.json beside itself

randomgen's counter steps before it gives its first block, so it is set one below ours.
"""
import json
from pathlib import Path

import numpy as np
from randomgen import Philox
from scipy.special import ndtri


def words(seed, stream, position, n):
    """n words of 32 bits from a word position that is a multiple of 4."""
    counter = (stream << 64) + position // 4
    generator = Philox(key=seed, counter=(counter - 1) % 2**128, number=4, width=32)
    return [int(v) for v in generator.random_raw(n)]


cases = [(0, 0), (1, 0), (2**53 - 1, 0), (123456789012345, 7), (42, 2**53 - 1)]
out = {
    "words": [{"seed": s, "stream": t, "words": words(s, t, 0, 24)} for s, t in cases],
    # The child stream of split(t): two words at 2^63 + 4 t.
    "split": [
        {"seed": s, "split": t, "words": words(s, (w := words(s, 0, 2**63 + 4 * t, 2))[0] + (w[1] << 32), 0, 8)}
        for s, t in [(0, 0), (5, 1), (5, 2**32 + 3), (2**53 - 1, 2**53 - 1)]
    ],
    # The middle of the cell that a word names, through SciPy's quantile.
    "normal": [
        {"seed": s, "stream": t, "values": [float(ndtri((w + 0.5) / 2**32)) for w in words(s, t, 0, 200)]}
        for s, t in [(0, 0), (42, 2**53 - 1)]
    ],
    "quantile": [
        {"p": float(p), "z": float(ndtri(p))}
        for p in [2**-33, 1e-9, 1e-5, 0.01, 0.07499, 0.075, 0.3, 0.5, 0.6, 0.925, 0.92501, 0.999, 1 - 1e-9, 1 - 2**-33]
    ],
}
Path(__file__).with_name("golden.json").write_text(json.dumps(out, indent=1) + "\n")
