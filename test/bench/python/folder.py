"""python folder.py FOLDER OUT: windows of all files of a folder by librosa, one process a core, as raw float32."""
import multiprocessing
import os
import pathlib
import sys

import librosa
import numpy as np

BANK = librosa.filters.mel(sr=22050, n_fft=1024, n_mels=200).astype(np.float32)


def windows(path):
    y, _ = librosa.load(path, sr=22050)
    magnitudes = np.abs(librosa.stft(y, n_fft=1024, hop_length=512, center=False))
    frames = np.log(np.maximum(BANK @ magnitudes, np.float32(1e-5))).T
    blocks = frames[: len(frames) // 64 * 64].reshape(-1, 64, 200) if len(frames) >= 64 else frames[None]
    statistics = [blocks.mean(1), blocks.var(1), blocks.max(1), blocks.min(1)]
    return np.concatenate(statistics, axis=1).astype(np.float32)


if __name__ == "__main__":
    files = sorted(pathlib.Path(sys.argv[1]).iterdir())
    with multiprocessing.Pool(os.cpu_count()) as pool:
        np.concatenate([part.ravel() for part in pool.map(windows, files, chunksize=1)]).tofile(sys.argv[2])
