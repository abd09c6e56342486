/** What to say of bytes that are of no known kind. */

/** What unknown bytes look like, for a message. */
export function describeBytes(head: Uint8Array): string {
  if (head.length === 0) return 'is empty (0 bytes); fetch it again';
  if (head.every((byte) => byte === 0)) {
    return `begins with ${head.length} zero bytes, as unfinished downloads do; fetch it again`;
  }
  const text = readText(head.subarray(0, 512));
  if (text !== undefined) {
    const kind = /^\s*(<!doctype html|<html)/i.test(text) ? 'an HTML page' : /^\s*</.test(text) ? 'XML' : 'text';
    return `is ${kind}, not audio: it begins with ${JSON.stringify(text.slice(0, 40))}`;
  }
  const bytes = [...head.subarray(0, 12)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `is of no known kind; it begins with the bytes ${bytes}. Formats that are read: wav, au, aiff, flac, mp3, vorbis, opus`;
}

/** The bytes as text, or `undefined` where they are none. */
function readText(bytes: Uint8Array): string | undefined {
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  // Only an error's words are at stake.
  if (typeof TextDecoder !== 'function') return undefined;
  const encoding = isWide ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes, { stream: true });
  let odd = 0;
  // A control character or a sign that is none of the encoding's is odd; a few occur in any text of another code page.
  for (const sign of text) if (sign === '\ufffd' || (sign < ' ' && !'\t\n\r\f'.includes(sign))) odd += 1;
  return odd * 20 <= text.length ? text : undefined;
}
