/** Which codec an Ogg stream is of: all that telling formats apart needs of Ogg's decoder. */
import { latin1, startsWith } from './bytes.ts';

/** How the first packet of a stream names its codec. */
const CODECS: readonly (readonly [magic: string, name: string])[] = [
  ['\x01vorbis', 'Vorbis'],
  ['OpusHead', 'Opus'],
  ['\x7fFLAC', 'FLAC'],
  ['Speex   ', 'Speex'],
  ['\x80theora', 'Theora video'],
  ['\x80kate', 'Kate subtitles'],
  ['fishead\0', 'Skeleton'],
  ['CELT    ', 'CELT'],
  ['PCM     ', 'OggPCM'],
  ['BBCD', 'Dirac video'],
];

/** The codec that a stream's first packet names, or its first letters. */
export function codecOf(packet: Uint8Array): string {
  const known = CODECS.find(([magic]) => startsWith(packet, magic));
  return known ? known[1] : `an unknown codec (${JSON.stringify(latin1(packet, 0, 8))})`;
}
