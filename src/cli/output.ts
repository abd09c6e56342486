/** What goes to stdout, as text, CSV, M3U8 or JSON. */

/**
 * A name as a line of text may hold it: control characters, which could end the line or steer the terminal, are written
 * as escapes; everything else, spaces and all scripts, stays.
 */
export function shown(name: string): string {
  return name.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One line of CSV (RFC 4180, without its line end): quotes where a value holds a comma, a quote, a line end or outer spaces. */
export function csvLine(values: readonly (string | number)[]): string {
  return values
    .map((value) => {
      const text = String(value);
      return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}

/** A number as text shows it: `digits` places, and never `-0.000`. */
export function fixed(value: number, digits = 3): string {
  const text = value.toFixed(digits);
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text;
}

/** Seconds as `3:07` or `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** Columns a string takes on a terminal: wide characters of East Asia count twice, combining marks not at all. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      character,
    )
      ? 2
      : 1;
  }
  return columns;
}

/**
 * Rows as lines of aligned columns, two spaces between them.
 *
 * @param rows cells as text; numbers are aligned to the right by whoever made them strings of `right` columns
 * @param right the columns to align to the right
 */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const safe = rows.map((row) => row.map(shown));
  const columns = Math.max(0, ...safe.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...safe.map((row) => width(row[i] ?? ''))));
  return safe.map((row) =>
    row
      .map((cell, i) => {
        const gap = ' '.repeat(widths[i] - width(cell));
        return right.includes(i) ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** One entry of a playlist. */
export interface PlaylistEntry {
  readonly path: string;
  /** Length in seconds, where it is known. */
  readonly seconds?: number;
}

/** A playlist in extended M3U, UTF-8. A name that starts with `#` gets `./`, so that it is no comment. */
export function m3u8(entries: readonly PlaylistEntry[]): string[] {
  return [
    '#EXTM3U',
    ...entries.flatMap(({ path, seconds }) => {
      const title = (path.split(/[\\/]/).at(-1) as string).replace(/\.[^.]*$/, '');
      const length = seconds === undefined ? -1 : Math.round(seconds);
      return [`#EXTINF:${length},${shown(title)}`, path.startsWith('#') ? `./${path}` : path];
    }),
  ];
}

/** One JSON document, indented, ended by a newline. Typed arrays become arrays; what JSON lacks (NaN) becomes null. */
export function json(value: unknown): string {
  const plain = (_: string, entry: unknown) =>
    ArrayBuffer.isView(entry) ? Array.from(entry as unknown as ArrayLike<number>) : entry;
  return `${JSON.stringify(value, plain, 2)}\n`;
}
