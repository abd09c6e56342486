"""Golden values of Mel frames, by librosa 0.11.0 (NumPy 2.4.6, Python 3.11) in float64: python make.py, in this folder.

scales.json: hz_to_mel, mel_to_hz and mel_frequencies of both scales.
banks.json: small banks in full; of large ones each filter's sum and centre of gravity in bins.
frames.json: the settings of each .f32 file, which holds (frames, nMels) float32, rounded from float64.
"""

import json
import sys
import warnings
from pathlib import Path

import librosa
import numpy as np

here = Path(__file__).parent
sys.path.insert(0, str(here.parent))
from signals import signal  # noqa: E402

warnings.simplefilter("ignore")

hz = [0.0, 1.0, 66.7, 440.0, 999.9, 1000.0, 1000.1, 4186.0, 11025.0, 22050.0, 96000.0]
mels = [0.0, 0.5, 14.9, 15.0, 15.1, 40.0, 63.5, 100.0]
scales = [
    {
        "htk": htk,
        "hz": hz,
        "hzToMel": librosa.hz_to_mel(np.array(hz), htk=htk).tolist(),
        "mels": mels,
        "melToHz": librosa.mel_to_hz(np.array(mels), htk=htk).tolist(),
        "frequencies": librosa.mel_frequencies(n_mels=20, fmin=20, fmax=8000, htk=htk).tolist(),
    }
    for htk in [False, True]
]
(here / "scales.json").write_text(json.dumps(scales) + "\n")


def bank(options):
    return librosa.filters.mel(
        sr=options["sr"],
        n_fft=options["nFft"],
        n_mels=options["nMels"],
        fmin=options["fMin"],
        fmax=options["fMax"],
        htk=options["htk"],
        norm=options["norm"],
        dtype=np.float64,
    )


def settings(sr=22050, nFft=1024, nMels=200, fMin=0, fMax=None, htk=False, norm="slaney"):
    fMax = sr / 2 if fMax is None else fMax
    return {"sr": sr, "nFft": nFft, "nMels": nMels, "fMin": fMin, "fMax": fMax, "htk": htk, "norm": norm}


banks = []
for options in [
    settings(sr=8000, nFft=64, nMels=6),
    settings(sr=8000, nFft=64, nMels=5, htk=True, norm=None, fMin=200, fMax=3500),
    settings(sr=22050, nFft=128, nMels=20, fMax=11000),
]:
    banks.append({"options": options, "weights": bank(options).tolist()})
for options in [
    settings(),
    settings(htk=True),
    settings(norm=None),
    settings(sr=44100, nFft=2048, nMels=128, fMin=30, fMax=16000),
    settings(sr=22050, nFft=8192, nMels=300, htk=True, norm=None),
    settings(nFft=256, nMels=200),
]:
    weights = bank(options)
    sums = weights.sum(axis=1)
    centres = (weights * np.arange(weights.shape[1])).sum(axis=1)
    banks.append({"options": options, "sums": sums.tolist(), "moments": centres.tolist()})
(here / "banks.json").write_text(json.dumps(banks) + "\n")

frames = []


def add(name, samples, file, hopLength=512, power=1, center=False, aMin=1e-5, **kwargs):
    """aMin None: linear bands."""
    options = settings(**kwargs)
    mel = librosa.feature.melspectrogram(
        y=signal(name, samples).astype(np.float64),
        sr=options["sr"],
        n_fft=options["nFft"],
        hop_length=hopLength,
        n_mels=options["nMels"],
        fmin=options["fMin"],
        fmax=options["fMax"],
        htk=options["htk"],
        norm=options["norm"],
        power=power,
        center=center,
        pad_mode="constant",
        dtype=np.float64,
    ).T
    rows = mel if aMin is None else np.log(np.maximum(mel, aMin))
    rows.astype("<f4").tofile(here / file)
    case = {**options, "hopLength": hopLength, "power": power, "center": center}
    if aMin is not None:
        case["aMin"] = aMin
    frames.append({"signal": name, "samples": samples, "file": file, "frames": rows.shape[0], "options": case})


for name in ["noise", "quiet", "tone", "burst", "silence"]:
    add(name, 4000, f"paper-{name}.f32")
add("burst", 3000, "centred.f32", center=True)
add("tone", 3000, "htk.f32", nFft=512, hopLength=300, nMels=40, htk=True, norm=None, power=2, fMin=100, fMax=8000, center=True)
add("noise", 700, "small.f32", sr=8000, nFft=64, hopLength=100, nMels=10, aMin=1e-10)
add("noise", 10000, "large.f32", sr=44100, nFft=8192, hopLength=1000, nMels=128)
add("noise", 3000, "linear.f32", aMin=None, nMels=64)
add("tone", 3000, "linear-power.f32", aMin=None, nMels=64, power=2, center=True, hopLength=1500)
(here / "frames.json").write_text(json.dumps(frames, indent=1) + "\n")
