/** Places words beside their points so that they do not lie over one another, as far as there is room. */

/** `[left, top, right, bottom]` in pixels. */
export type Box = readonly [number, number, number, number];

/** A word and the point that it belongs to, in pixels. */
export interface Word {
  x: number;
  y: number;
  text: string;
}

/** Where words may go. */
export interface WordSpace {
  width: number;
  height: number;
  fontSize: number;
  /** What words should not cover. */
  obstacles?: readonly Box[];
}

/** How much two boxes share. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

/**
 * Greedy placement, one word after the other: of the places around its point, the nearest of those that cover least.
 *
 * Widths are estimated (0.6 of the font size a character), since nothing is drawn yet.
 *
 * @returns for each word the left end and the middle of its line, in the order given
 */
export function placeWords(words: readonly Word[], { width, height, fontSize, obstacles = [] }: WordSpace): Word[] {
  const taken: Box[] = [...obstacles];
  return words.map(({ x, y, text }) => {
    const wide = text.length * fontSize * 0.6;
    const half = fontSize * 0.6;
    let best: { box: Box; cost: number } | undefined;
    for (const distance of [9, 20, 32, 44]) {
      for (const [dx, dy] of directions) {
        // The word's nearest edge is at `distance` of the point.
        const left = x + dx * distance + (dx > 0 ? 0 : dx < 0 ? -wide : -wide / 2);
        const middle = y + dy * (distance + half);
        const box: Box = [left, middle - half, left + wide, middle + half];
        const outside = box[0] < 2 || box[1] < 2 || box[2] > width - 2 || box[3] > height - 2;
        const covered = taken.reduce((sum, other) => sum + overlap(box, other), 0);
        const cost = covered * 10 + distance * 0.5 + (outside ? 1e6 : 0);
        if (!best || cost < best.cost) best = { box, cost };
      }
    }
    const { box } = best as { box: Box };
    taken.push(box);
    return { x: box[0], y: (box[1] + box[3]) / 2, text };
  });
}

/** Right first, as in atlases. */
const directions = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [0.7, -0.7],
  [0.7, 0.7],
  [-0.7, -0.7],
  [-0.7, 0.7],
] as const;
