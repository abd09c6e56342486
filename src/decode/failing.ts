/** Streams of Node that fail before they are read. */

/**
 * Takes note of a source that will be read later. A stream of Node that fails meanwhile (a file that is missing, or may not be
 * read) would end the whole process, because nobody listens yet. With a listener it keeps its error, and whoever reads it gets that.
 */
export function holdFailure(source: unknown): void {
  const stream = source as { on?(event: string, listener: () => void): unknown; destroy?: unknown } | null | undefined;
  if (typeof stream?.on === 'function' && typeof stream.destroy === 'function') stream.on('error', () => {});
}
