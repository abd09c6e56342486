"""Log-Mel frames of the paper's settings, by librosa and by torch; each makes its own window and filter bank."""
import numpy as np


def signal(params):
    return np.fromfile(params["y"], dtype=np.float32)


def librosa_frames(params):
    import librosa

    y = signal(params)
    bank = librosa.filters.mel(sr=params["sr"], n_fft=1024, n_mels=200).astype(np.float32)

    def work():
        magnitudes = np.abs(librosa.stft(y, n_fft=1024, hop_length=512, center=False))
        return np.log(np.maximum(bank @ magnitudes, np.float32(1e-5))).T

    return work


def torch_frames(params):
    import librosa
    import torch

    torch.set_num_threads(1)
    y = torch.from_numpy(signal(params))
    bank = torch.from_numpy(librosa.filters.mel(sr=params["sr"], n_fft=1024, n_mels=200).astype(np.float32))
    window = torch.hann_window(1024)

    def work():
        with torch.inference_mode():
            spectrum = torch.stft(y, 1024, 512, window=window, center=False, return_complex=True)
            return torch.log(torch.clamp(bank @ spectrum.abs(), min=1e-5)).T.numpy()

    return work


PEERS = {"librosa": librosa_frames, "torch": torch_frames}
