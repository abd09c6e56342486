"""Safetensors files across languages.

    pip install numpy==2.4.6 safetensors==0.8.0
    python make.py            # writes python.safetensors, and reads ours.safetensors

ours.safetensors holds the same content as encodeSafetensors writes it (test/model.test.ts holds the encoder to these
bytes); the assertions below show that the reference implementation reads the same values from it.
"""
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

here = Path(__file__).parent
content = {
    "weights": (np.arange(12, dtype=np.float32) / 7).reshape(3, 4),
    "mean": np.arange(5, dtype=np.float64) / 3,
    "signed": np.array([[-1], [2147483647]], dtype=np.int32),
    "unsigned": np.array([4294967295], dtype=np.uint32),
    "bytes": np.array([1, 2, 255], dtype=np.uint8),
    "empty": np.zeros((0, 4), dtype=np.float32),
    "7": np.array(0.5, dtype=np.float32),
}
metadata = {"format": "test", "unicode": "ünï\"\\\n🎵", "": "empty name"}
save_file(content, here / "python.safetensors", metadata)

ours = load_file(here / "ours.safetensors")
assert ours.keys() == content.keys()
for name, values in content.items():
    assert ours[name].dtype == values.dtype and ours[name].shape == values.shape, name
    assert ours[name].tobytes() == values.tobytes(), name
with safe_open(here / "ours.safetensors", framework="numpy") as file:
    assert file.metadata() == metadata
print("ours.safetensors is read by safetensors")
