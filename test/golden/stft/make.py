"""Golden values of the transform, by SciPy 1.17.1 and librosa 0.11.0 (NumPy 2.4.6, Python 3.11), all in float64:
python make.py, in this folder.

fft.json: for each size, the bins of `bins` of scipy.fft.rfft(hann * noise), and the energy of all of them.
stft.json: frames x bins of librosa.stft, real and imaginary part, of a short signal, with and without centring.
"""

import json
import sys
from pathlib import Path

import librosa
import numpy as np
import scipy.fft
import scipy.signal

here = Path(__file__).parent
sys.path.insert(0, str(here.parent))
from signals import signal  # noqa: E402

fft = []
for n in [64, 128, 256, 512, 1024, 2048, 4096, 8192]:
    spectrum = scipy.fft.rfft(scipy.signal.get_window("hann", n) * signal("noise", n).astype(np.float64))
    bins = sorted({0, 1, 2, 7, n // 8, n // 4, n // 3, n // 2 - 1, n // 2})
    fft.append(
        {
            "n": n,
            "bins": bins,
            "real": spectrum.real[bins].tolist(),
            "imag": spectrum.imag[bins].tolist(),
            "energy": float(np.sum(np.abs(spectrum) ** 2)),
        }
    )
(here / "fft.json").write_text(json.dumps(fft) + "\n")

stft = []
for center, hop in [(False, 48), (True, 48), (True, 100)]:
    y = signal("noise", 300).astype(np.float64)
    spectra = librosa.stft(y, n_fft=64, hop_length=hop, center=center, pad_mode="constant").T
    stft.append(
        {
            "nFft": 64,
            "hopLength": hop,
            "center": center,
            "samples": 300,
            "real": np.round(spectra.real, 9).tolist(),
            "imag": np.round(spectra.imag, 9).tolist(),
        }
    )
(here / "stft.json").write_text(json.dumps(stft) + "\n")
