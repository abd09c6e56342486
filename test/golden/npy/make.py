"""Writes small .npy files as NumPy itself does, for test/library/npy.test.ts.

Made with Python 3.11.7 and NumPy 2.4.6: python test/golden/npy/make.py
With `--check FILE` it reads a file that tunespace has written and compares it with the values below.

matrix[i, j] = (i * 5 + j) * 0.25 - 1 for 3 rows and 5 columns: exact in every type that is read, rounded down for int32.
"""

import sys
from pathlib import Path

import numpy as np

here = Path(__file__).parent
matrix = (np.arange(15, dtype=np.float64) * 0.25 - 1).reshape(3, 5)

if len(sys.argv) > 2 and sys.argv[1] == "--check":
    loaded = np.load(sys.argv[2], allow_pickle=False)
    assert loaded.dtype == np.dtype("<f4") and loaded.flags.c_contiguous, loaded.dtype
    assert np.array_equal(loaded, matrix.astype("<f4")), loaded
    print("equal")
    sys.exit(0)

for name, values, version in [
    ("f4", matrix.astype("<f4"), (1, 0)),
    ("f8", matrix.astype("<f8"), (1, 0)),
    ("i4", np.floor(matrix).astype("<i4"), (1, 0)),
    ("f4-fortran", np.asfortranarray(matrix.astype("<f4")), (1, 0)),
    ("f4-version2", matrix.astype("<f4"), (2, 0)),
    ("f8-fortran-version3", np.asfortranarray(matrix.astype("<f8")), (3, 0)),
    ("f4-big-endian", matrix.astype(">f4"), (1, 0)),
    ("f4-vector", matrix.astype("<f4")[0], (1, 0)),
    ("structured", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]), (1, 0)),
    ("empty", np.zeros((0, 5), dtype="<f4"), (1, 0)),
]:
    with open(here / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, values, version=version, allow_pickle=False)
