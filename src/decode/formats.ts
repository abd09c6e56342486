/** The formats that are decoded, each in its file, which is loaded when the first file of its kind comes. */
import type { AudioFormat, OpenDecoder } from './format.ts';

/** How to get a format's `open`. */
export const FORMATS: Readonly<Record<AudioFormat, () => Promise<{ open: OpenDecoder }>>> = {
  wav: () => import('./wav.ts'),
  au: () => import('./au.ts'),
  aiff: () => import('./aiff.ts'),
  flac: () => import('./flac.ts'),
  mp3: () => import('./mp3.ts'),
  vorbis: () => import('./vorbis.ts'),
  opus: () => import('./opus.ts'),
};
