"""Makes the audio files that the decoders are held against, and what other programs read from them.

Run from the repository's root: python test/golden/decode/make.py

Needs numpy 2, soundfile 0.13 (libsndfile 1.2.2) and ffmpeg 5.1 (libmp3lame 3.100, libvorbis 1.3.7, libopus 1.3.1).

Outputs, beside this file:
  *.wav *.au ...   seeded tones and noise, a fraction of a second each
  expected.json    per file: format, sr, channels, samples, the peer that read it, whether its samples are exact, and where
                   in expected.bin its values stand
  expected.bin     float32: every STRIDE-th sample of the mono mean, as the peer reads it

Peers: lossless files by libsndfile, and again by ffmpeg (both must agree); mp3 and vorbis by ffmpeg, whose decoders of these
are its own, not those of our packages (libmpg123, libvorbis). Opus by ffmpeg with libopus: ffmpeg's own decoder was found
to agree within 80 dB where only CELT is used (stereo.opus), but resamples SILK in a way of its own (17 dB).
"""

import json
import pathlib
import subprocess

import numpy as np
import soundfile

HERE = pathlib.Path(__file__).parent
STRIDE = 13


def signal(seed, sr, seconds, channels):
    """Tones with an onset, and noise: (samples, channels), peak below 0.9."""
    rng = np.random.default_rng(seed)
    n = int(round(sr * seconds))
    t = np.arange(n) / sr
    y = np.empty((n, channels))
    for c in range(channels):
        tones = sum(np.sin(2 * np.pi * f * t + c) for f in (220 * (c + 1), 331, 1003)) / 6
        y[:, c] = tones * (0.3 + 0.7 * (t > seconds / 3)) + 0.05 * rng.standard_normal(n)
    return np.clip(y, -0.9, 0.9)


def run(*arguments):
    subprocess.run(["ffmpeg", "-y", "-v", "error", *arguments], check=True)


def sndfile(name, seed, sr, channels, samples, fmt, subtype, endian="FILE"):
    soundfile.write(HERE / name, signal(seed, sr, samples / sr, channels), sr, subtype, endian, fmt)
    data = bytearray((HERE / name).read_bytes())
    peak = data.find(b"PEAK")
    if peak > 0:  # the chunk holds the time of writing, which would make each run another file
        data[peak + 12:peak + 16] = bytes(4)
        (HERE / name).write_bytes(data)
    return name


def encoded(name, seed, sr, channels, seconds, *options):
    source = HERE / "source.wav"
    soundfile.write(source, signal(seed, sr, seconds, channels), sr, "FLOAT")
    run("-i", str(source), *options, "-fflags", "+bitexact", "-flags:a", "+bitexact", str(HERE / name))
    source.unlink()
    return name


def by_sndfile(path):
    y, sr = soundfile.read(path, dtype="float64", always_2d=True)
    return y, sr


def by_ffmpeg(path, *options):
    facts = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=sample_rate,channels", "-of", "json", str(path)],
        check=True, capture_output=True).stdout
    stream = json.loads(facts)["streams"][0]
    raw = subprocess.run(["ffmpeg", "-v", "error", *options, "-i", str(path), "-f", "f64le", "-"], check=True, capture_output=True)
    return np.frombuffer(raw.stdout).reshape(-1, stream["channels"]), int(stream["sample_rate"])


lossless = [
    ("wav", sndfile("u8.wav", 1, 8000, 2, 601, "WAV", "PCM_U8")),
    ("wav", sndfile("s16.wav", 2, 44100, 2, 1001, "WAV", "PCM_16")),
    ("wav", sndfile("s24.wav", 3, 48000, 1, 601, "WAV", "PCM_24")),
    ("wav", sndfile("s32.wav", 4, 96000, 2, 401, "WAV", "PCM_32")),
    ("wav", sndfile("f32.wav", 5, 22050, 2, 401, "WAV", "FLOAT")),
    ("wav", sndfile("f64.wav", 6, 22050, 1, 401, "WAV", "DOUBLE")),
    ("wav", sndfile("alaw.wav", 7, 8000, 1, 601, "WAV", "ALAW")),
    ("wav", sndfile("mulaw.wav", 8, 8000, 2, 601, "WAV", "ULAW")),
    ("wav", sndfile("extensible-6ch.wav", 9, 44100, 6, 301, "WAVEX", "PCM_24")),
    ("wav", sndfile("extensible-f32.wav", 10, 44100, 2, 301, "WAVEX", "FLOAT")),
    ("wav", sndfile("rifx.wav", 11, 11025, 2, 401, "WAV", "PCM_16", "BIG")),
    ("wav", sndfile("rf64.wav", 12, 32000, 2, 401, "RF64", "PCM_16")),
    ("au", sndfile("mulaw.au", 13, 8000, 1, 601, "AU", "ULAW")),
    ("au", sndfile("alaw.au", 14, 8000, 2, 601, "AU", "ALAW")),
    ("au", sndfile("s8.au", 15, 8000, 1, 601, "AU", "PCM_S8")),
    ("au", sndfile("s16.au", 16, 22050, 1, 1001, "AU", "PCM_16")),
    ("au", sndfile("s24.au", 17, 44100, 2, 401, "AU", "PCM_24")),
    ("au", sndfile("s32.au", 18, 44100, 1, 401, "AU", "PCM_32")),
    ("au", sndfile("f32.au", 19, 44100, 2, 401, "AU", "FLOAT")),
    ("au", sndfile("f64.au", 20, 44100, 1, 401, "AU", "DOUBLE")),
    ("au", sndfile("s16-little.au", 21, 22050, 2, 401, "AU", "PCM_16", "LITTLE")),
    ("aiff", sndfile("s8.aiff", 22, 8000, 1, 601, "AIFF", "PCM_S8")),
    ("aiff", sndfile("s16.aiff", 23, 44100, 2, 401, "AIFF", "PCM_16")),
    ("aiff", sndfile("s24.aiff", 24, 48000, 1, 401, "AIFF", "PCM_24")),
    ("aiff", sndfile("s32.aiff", 25, 22050, 2, 401, "AIFF", "PCM_32")),
    ("aiff", sndfile("sowt.aifc", 26, 44100, 2, 401, "AIFF", "PCM_16", "LITTLE")),
    ("aiff", sndfile("f32.aifc", 27, 44100, 1, 401, "AIFF", "FLOAT")),
    ("aiff", sndfile("f64.aifc", 28, 44100, 1, 401, "AIFF", "DOUBLE")),
    ("aiff", sndfile("alaw.aifc", 29, 8000, 2, 601, "AIFF", "ALAW")),
    ("aiff", sndfile("mulaw.aifc", 30, 8000, 1, 601, "AIFF", "ULAW")),
    ("flac", sndfile("s16.flac", 31, 44100, 2, 4700, "FLAC", "PCM_16")),
    ("flac", sndfile("s8.flac", 32, 22050, 1, 5001, "FLAC", "PCM_S8")),
    ("flac", sndfile("s24.flac", 33, 96000, 2, 2001, "FLAC", "PCM_24")),
    ("flac", encoded("frames.flac", 34, 22050, 1, 0.2, "-c:a", "flac", "-frame_size", "512", "-sample_fmt", "s16")),
    ("flac", encoded("s16.oga", 35, 44100, 2, 0.1, "-c:a", "flac", "-frame_size", "512", "-page_duration", "20000", "-f", "ogg")),
]
lossy = [
    ("mp3", encoded("cbr128.mp3", 41, 44100, 2, 0.4, "-c:a", "libmp3lame", "-b:a", "128k")),
    ("mp3", encoded("vbr.mp3", 42, 48000, 2, 0.4, "-c:a", "libmp3lame", "-q:a", "5")),
    ("mp3", encoded("mono.mp3", 43, 32000, 1, 0.5, "-c:a", "libmp3lame", "-b:a", "64k")),
    ("mp3", encoded("mpeg2.mp3", 44, 22050, 2, 0.5, "-c:a", "libmp3lame", "-b:a", "48k")),
    ("mp3", encoded("mpeg25.mp3", 45, 11025, 1, 0.5, "-c:a", "libmp3lame", "-b:a", "24k")),
    ("mp3", encoded("no-xing.mp3", 46, 44100, 1, 0.5, "-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0")),
    ("mp3", encoded("layer2.mp2", 47, 48000, 2, 0.3, "-c:a", "mp2", "-b:a", "128k")),
    ("vorbis", encoded("mono.ogg", 48, 22050, 1, 1.0, "-c:a", "libvorbis", "-q:a", "1", "-page_duration", "200000")),
    ("vorbis", encoded("stereo.ogg", 49, 44100, 2, 0.35, "-c:a", "libvorbis", "-q:a", "3", "-page_duration", "100000")),
    ("opus", encoded("mono.opus", 50, 48000, 1, 0.8, "-c:a", "libopus", "-b:a", "24k", "-page_duration", "200000")),
    ("opus", encoded("stereo.opus", 51, 48000, 2, 0.5, "-c:a", "libopus", "-b:a", "64k", "-page_duration", "100000")),
    ("opus", encoded("surround.opus", 52, 48000, 6, 0.2, "-c:a", "libopus", "-b:a", "128k", "-mapping_family", "1")),
]

# ffmpeg knows no byte-swapped AU, and reads RIFX samples as if they were little-endian; libsndfile cannot open ffmpeg's
# FLAC in Ogg.
ONE_PEER = {"s16-little.au": "libsndfile", "rifx.wav": "libsndfile", "s16.oga": "ffmpeg"}
READERS = {"libsndfile": by_sndfile, "ffmpeg": by_ffmpeg, "ffmpeg with libopus": lambda path: by_ffmpeg(path, "-c:a", "libopus")}
expected, values, at = {}, [], 0
for rows, exact in ((lossless, True), (lossy, False)):
    for fmt, name in rows:
        peer = ONE_PEER.get(name, "ffmpeg with libopus" if fmt == "opus" else "ffmpeg")
        y, sr = READERS[peer](HERE / name)
        if exact and name not in ONE_PEER:
            twice, _ = by_sndfile(HERE / name)
            assert y.shape == twice.shape and np.array_equal(y, twice), name
            peer = "libsndfile and ffmpeg"
        # A sum in channel order, in double precision, rounded once: the mean that the library promises.
        total = np.zeros(len(y))
        for channel in y.T:
            total += np.float32(channel)
        mono = np.float32(total / y.shape[1])[::STRIDE]
        expected[name] = {
            "format": fmt, "sr": sr, "channels": y.shape[1], "samples": len(y), "exact": exact, "peer": peer,
            "at": at, "count": len(mono),
        }
        values.append(mono)
        at += len(mono)

(HERE / "expected.json").write_text(json.dumps({"stride": STRIDE, "files": expected}, indent=1) + "\n")
np.concatenate(values).astype("<f4").tofile(HERE / "expected.bin")
print(sum(f.stat().st_size for f in HERE.iterdir()), "bytes in all")
