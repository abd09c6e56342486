/** Writes WAV: RIFF, one channel, 16-bit PCM. */

/** The bytes of a WAV file. Values beyond -1 and 1 are cut off, halves rounded up. */
export function encodeWav(y: ArrayLike<number>, sr: number): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * y.length);
  const view = new DataView(bytes.buffer);
  const word = (offset: number, text: string) => {
    for (let i = 0; i < text.length; i++) bytes[offset + i] = text.charCodeAt(i);
  };
  word(0, 'RIFF');
  view.setUint32(4, 36 + 2 * y.length, true);
  word(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, sr, true);
  view.setUint32(28, sr * 2, true); // bytes a second
  view.setUint16(32, 2, true); // bytes a frame
  view.setUint16(34, 16, true); // bits a sample
  word(36, 'data');
  view.setUint32(40, 2 * y.length, true);
  for (let i = 0; i < y.length; i++) {
    const value = Math.floor(Math.max(-1, Math.min(1, y[i])) * 32767 + 0.5);
    view.setInt16(44 + 2 * i, value, true);
  }
  return bytes;
}
