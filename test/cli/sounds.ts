/** Tiny audio files for tests of the command: made here, so that none is kept. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** How a WAV is written. */
export interface WavOptions {
  /** Samples per second; 22050. */
  sr?: number;
  channels?: number;
  /** Bits a sample: 16 (integer) or 32 (float). */
  bits?: 16 | 32;
}

/** The bytes of a WAV of mono samples in [-1, 1], repeated in every channel. */
export function wav(samples: ArrayLike<number>, { sr = 22050, channels = 1, bits = 16 }: WavOptions = {}): Buffer {
  const block = (bits / 8) * channels;
  const bytes = Buffer.alloc(44 + samples.length * block);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(bits === 16 ? 1 : 3, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sr, 24);
  bytes.writeUInt32LE(sr * block, 28);
  bytes.writeUInt16LE(block, 32);
  bytes.writeUInt16LE(bits, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * block, 40);
  for (let i = 0; i < samples.length; i++) {
    for (let channel = 0; channel < channels; channel++) {
      const at = 44 + i * block + channel * (bits / 8);
      if (bits === 16) bytes.writeInt16LE(Math.round(32767 * Math.max(-1, Math.min(1, samples[i]))), at);
      else bytes.writeFloatLE(samples[i], at);
    }
  }
  return bytes;
}

/** A tone with overtones and a little noise, from a seed: sounds of one `pitch` are alike and yet differ. */
export function tone(pitch: number, seed: number, seconds = 2, sr = 22050): Float32Array {
  let state = seed * 2654435761 + 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const detuned = pitch * (1 + 0.01 * noise());
  return Float32Array.from({ length: Math.round(seconds * sr) }, (_, i) => {
    const t = (2 * Math.PI * detuned * i) / sr;
    return 0.3 * Math.sin(t) + 0.15 * Math.sin(2 * t) + 0.02 * noise();
  });
}

/** Writes a file and the folders above it. */
export function put(path: string, content: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}
