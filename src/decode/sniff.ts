/**
 * Tells what bytes are, by content and never by name.
 *
 * Own table: file-type and audio-type (both MIT) were weighed. They name kinds by a few magic bytes, do not look behind
 * junk for MPEG frames, and know nothing of what to tell the user.
 */
import { ByteQueue, latin1, startsWith } from './bytes.ts';
import type { AudioFormat } from './format.ts';
import { findChain } from './mpeg-frames.ts';
import { codecOf } from './ogg-codecs.ts';
import { OggPager } from './ogg-pages.ts';

/** What bytes turned out to be: a format of ours, or something else in words, with what to do about it, where it is known. */
export type Verdict = { format: AudioFormat } | { foreign: string | undefined };

/** So many bytes are searched for MPEG frames behind junk; who has none by then is no MPEG audio. */
export const SEARCHED = 262144;
/** So many bytes tell all other kinds but Ogg. */
const MAGIC = 64;

const convert = (what: string) =>
  `is ${what}, which is not decoded here; convert it first, e.g. with "ffmpeg -i in out.flac"`;
const noAudio = (what: string) => `is ${what}, not audio`;

/** Kinds by their magic bytes at an offset; the first row that fits counts. */
const KINDS: readonly (readonly [at: number, magic: string, verdict: AudioFormat | string])[] = [
  [0, 'fLaC', 'flac'],
  [0, '.snd', 'au'],
  [0, 'dns.', 'au'],
  [4, 'ftyp', convert('MP4 or M4A (AAC or ALAC)')],
  [0, '\xff\xf1', convert('AAC (ADTS)')],
  [0, '\xff\xf9', convert('AAC (ADTS)')],
  [0, 'ADIF', convert('AAC (ADIF)')],
  [0, '\x0b\x77', convert('Dolby AC-3')],
  [0, '\x7f\xfe\x80\x01', convert('DTS')],
  [0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11', convert('ASF (Windows Media Audio)')],
  [0, '\x1a\x45\xdf\xa3', convert('Matroska or WebM')],
  [0, 'caff', convert('Core Audio (CAF)')],
  [0, 'riff\x2e\x91\xcf\x11', convert('Sony Wave64')],
  [0, 'MAC ', convert("Monkey's Audio")],
  [0, 'wvpk', convert('WavPack')],
  [0, 'TTA1', convert('True Audio')],
  [0, 'MPCK', convert('Musepack')],
  [0, 'MP+', convert('Musepack')],
  [0, 'OFR ', convert('OptimFROG')],
  [0, 'DSD ', convert('DSD (DSF)')],
  [0, 'FRM8', convert('DSD (DSDIFF)')],
  [0, '#!AMR', convert('AMR')],
  [0, 'FLV\x01', convert('Flash video')],
  [0, '.ra\xfd', convert('RealAudio')],
  [0, '.RMF', convert('RealMedia')],
  [0, 'Creative Voice', convert('Creative Voice')],
  [0, '\x00\x00\x01\xba', convert('an MPEG program stream')],
  [
    0,
    'MThd',
    'is MIDI: it holds notes, not sound; render it first, e.g. with "fluidsynth -F out.wav soundfont.sf2 in.mid"',
  ],
  [0, '\x89PNG', noAudio('a PNG image')],
  [0, '\xff\xd8\xff', noAudio('a JPEG image')],
  [0, 'GIF8', noAudio('a GIF image')],
  [0, 'BM', noAudio('a BMP image')],
  [0, 'II*\x00', noAudio('a TIFF image')],
  [0, 'MM\x00*', noAudio('a TIFF image')],
  [0, '%PDF', noAudio('a PDF document')],
  [0, 'PK\x03\x04', noAudio('a ZIP archive (unpack it first)')],
  [0, 'PK\x05\x06', noAudio('an empty ZIP archive')],
  [0, '\x1f\x8b', noAudio('a gzip archive (unpack it first)')],
  [0, 'BZh', noAudio('a bzip2 archive (unpack it first)')],
  [0, '\xfd7zXZ', noAudio('an xz archive (unpack it first)')],
  [0, '7z\xbc\xaf', noAudio('a 7z archive (unpack it first)')],
  [0, 'Rar!', noAudio('a RAR archive (unpack it first)')],
  [257, 'ustar', noAudio('a tar archive (unpack it first)')],
  [0, 'SQLite format 3', noAudio('an SQLite database')],
  [0, '\x93NUMPY', noAudio('a NumPy array')],
  [0, '\x00asm', noAudio('a WebAssembly module')],
  [0, '\x7fELF', noAudio('a program')],
  [0, '#EXTM3U', noAudio('a playlist (read the files that it names)')],
];

/** Types of RIFF and IFF files that are not sound of ours. */
const CONTAINERS: Record<string, string> = {
  'AVI ': convert('an AVI video'),
  WEBP: noAudio('a WebP image'),
  RMID: convert('MIDI in RIFF'),
  '8SVX': convert('Amiga 8SVX'),
};

/**
 * What the bytes at the beginning of a file (behind its ID3v2 tags) are; `undefined` when more of them are needed.
 *
 * @param ended whether `head` is the whole file
 */
export function sniff(head: Uint8Array, ended: boolean): Verdict | undefined {
  if (head.length < MAGIC && !ended) return undefined;
  const known = byContainer(head) ?? byMagic(head);
  if (known) return known;
  // Never more, so that the verdict does not depend on the pieces in which the file came.
  const searched = head.subarray(0, SEARCHED);
  const isAll = ended || head.length >= SEARCHED;
  if (startsWith(head, 'OggS')) return byOggPages(searched, isAll);
  const found = findChain(searched, isAll);
  if (found !== undefined && found >= 0) return { format: 'mp3' };
  return isAll ? { foreign: undefined } : undefined;
}

function byContainer(head: Uint8Array): Verdict | undefined {
  const outer = latin1(head, 0, 4);
  const inner = latin1(head, 8, 4);
  if (['RIFF', 'RIFX', 'RF64', 'BW64'].includes(outer)) {
    if (inner === 'WAVE') return { format: 'wav' };
    return { foreign: CONTAINERS[inner] ?? noAudio(`a RIFF file of type ${JSON.stringify(inner)}`) };
  }
  if (outer === 'FORM') {
    if (inner === 'AIFF' || inner === 'AIFC') return { format: 'aiff' };
    return { foreign: CONTAINERS[inner] ?? noAudio(`an IFF file of type ${JSON.stringify(inner)}`) };
  }
  return undefined;
}

function byMagic(head: Uint8Array): Verdict | undefined {
  const kind = KINDS.find(([at, magic]) => startsWith(head, magic, at))?.[2];
  if (kind === undefined) return undefined;
  return kind === 'flac' || kind === 'au' ? { format: kind } : { foreign: kind };
}

/** The first stream of ours among those that begin an Ogg file. */
function byOggPages(head: Uint8Array, isAll: boolean): Verdict | undefined {
  const queue = new ByteQueue();
  queue.push(head);
  const pager = new OggPager(() => {});
  const codecs: string[] = [];
  for (let page = pager.next(queue, isAll); page; page = pager.next(queue, isAll)) {
    if (!page.isFirst) {
      if (codecs.length > 0) return { foreign: convert(`Ogg with ${codecs.join(', ')}`) };
      continue;
    }
    const codec = codecOf(page.body);
    if (codec === 'Vorbis') return { format: 'vorbis' };
    if (codec === 'Opus') return { format: 'opus' };
    if (codec === 'FLAC') return { format: 'flac' };
    codecs.push(codec);
  }
  if (!isAll) return undefined;
  if (codecs.length > 0) return { foreign: convert(`Ogg with ${codecs.join(', ')}`) };
  return { foreign: 'is Ogg whose first page is damaged or missing; fetch it again' };
}
