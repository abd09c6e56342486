/**
 * Progress on stderr: a bar on a terminal, a line now and then elsewhere, nothing with `--quiet`.
 *
 * cli-progress draws the bar (weighed against ora and listr2, which show steps and not counts).
 */
import type { MultiBar, SingleBar } from 'cli-progress';
import { clock, shown } from './output.ts';

/** One piece of work whose steps are counted. */
export interface Stage {
  /** Adds `steps` to what is done; `note` is shown behind the count. */
  advance(steps?: number, note?: string): void;
  /** Sets what is done, and the total where it has become known. */
  update(done: number, total?: number, note?: string): void;
  /** Ends the stage and says how long it took. A second call does nothing. */
  end(): void;
}

/** Where progress and messages go. */
export interface Progress {
  /**
   * Begins a stage.
   *
   * @param title what is being done, e.g. `"features"`
   * @param total how many steps; 0 while unknown
   * @param unit of a step, e.g. `"files"`; empty where the title says it
   */
  stage(title: string, total: number, unit: string): Stage;
  /** Writes a line that stays, above a bar in progress. */
  line(text: string): void;
  /** Lets something be written to the same terminal by another stream, in place of a bar, which is drawn again below it. */
  aside(write: () => void): void;
}

/** How stderr is written; tests give their own. */
export interface Terminal {
  write(text: string): void;
  readonly isTTY: boolean;
}

/** Least milliseconds between two lines of one stage. */
const INTERVAL = 10_000;
/** A stage that took less ends without a word. */
const WORTH_SAYING = 1000;

/** Progress that says nothing; `line` still writes, because errors are no progress. */
function quietProgress(terminal: Terminal): Progress {
  const silent: Stage = { advance() {}, update() {}, end() {} };
  return { stage: () => silent, line: (text) => terminal.write(`${text}\n`), aside: (write) => write() };
}

/** Sparse lines: at most one in ten seconds while a stage runs, one at its end. */
function lineProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  const line = (text: string) => terminal.write(`${text}\n`);
  const stage = (title: string, total: number, unit: string): Stage => {
    const start = now();
    let last = start;
    let done = 0;
    let ended = false;
    const say = (note?: string) => {
      const count = total > 0 ? `${done}/${total}` : `${done}`;
      line(
        `${title}: ${count}${unit && ` ${unit}`}${note ? ` (${shown(note)})` : ''}, ${((now() - start) / 1000).toFixed(1)} s`,
      );
    };
    const update = (value: number, newTotal = total, note?: string) => {
      done = value;
      total = newTotal;
      if (now() - last < INTERVAL || ended) return;
      last = now();
      say(note);
    };
    return {
      advance: (steps = 1, note) => update(done + steps, total, note),
      update,
      end: () => {
        if (!ended && now() - start >= WORTH_SAYING) say();
        ended = true;
      },
    };
  };
  return { stage, line, aside: (write) => write() };
}

/** What takes a bar off its line and lets lines wrap, which bars forbid; and what forbids it again. */
const [CLEARED, UNWRAPPED] = ['\u001b[1G\u001b[0K\u001b[?7h', '\u001b[?7l'];

/** A bar, redrawn in place and removed at the end of its stage, when a line stays in its stead. */
function barProgress(terminal: Terminal, { MultiBar, Presets }: typeof import('cli-progress')): Progress {
  let bars: MultiBar | undefined;
  // A second Ctrl-C ends the process at once: the cursor and the line wrap must come back then, too.
  process.on('exit', () => bars?.stop());
  const line = (text: string) => (bars ? bars.log(`${text}\n`) : terminal.write(`${text}\n`));
  const stage = (title: string, total: number, unit: string): Stage => {
    const start = Date.now();
    // Signals are handled in main.ts; the bar must not take them away.
    bars = new MultiBar(
      {
        stream: process.stderr,
        format: `${title} {bar} {value}/{total}${unit && ` ${unit}`} {elapsed}{note}`,
        barsize: 24,
        clearOnComplete: true,
        hideCursor: true,
        gracefulExit: false,
        etaBuffer: 50,
      },
      Presets.rect,
    );
    let done = 0;
    let ended = false;
    let bar: SingleBar | undefined = bars.create(total, 0, payload(start));
    const update = (value: number, newTotal = total, note?: string) => {
      if (ended) return;
      done = value;
      total = newTotal;
      bar?.setTotal(total);
      bar?.update(value, payload(start, done, total, note));
    };
    return {
      advance: (steps = 1, note) => update(done + steps, total, note),
      update,
      end: () => {
        if (ended) return;
        ended = true;
        bars?.stop();
        bars = bar = undefined;
        const elapsed = Date.now() - start;
        if (elapsed >= WORTH_SAYING)
          terminal.write(`${title}: ${done}${unit && ` ${unit}`}, ${(elapsed / 1000).toFixed(1)} s\n`);
      },
    };
  };
  const aside = (write: () => void) => {
    if (!bars) return write();
    process.stderr.write(CLEARED);
    write();
    process.stderr.write(UNWRAPPED);
  };
  return { stage, line, aside };
}

/** What the bar's format shows beside the counts. */
function payload(start: number, done = 0, total = 0, note = ''): { elapsed: string; note: string } {
  const seconds = (Date.now() - start) / 1000;
  const left = done > 0 && total > done && seconds > 2 ? `, ${clock((seconds / done) * (total - done))} left` : '';
  const short = note.length > 40 ? `...${note.slice(-37)}` : note;
  return { elapsed: `${clock(seconds)}${left}`, note: short ? `  ${shown(short)}` : '' };
}

/**
 * The progress that suits where stderr goes.
 *
 * @param quiet no progress at all; messages still come
 */
export async function makeProgress(terminal: Terminal, quiet: boolean): Promise<Progress> {
  if (quiet) return quietProgress(terminal);
  if (!terminal.isTTY) return lineProgress(terminal);
  const library = await import('cli-progress');
  return barProgress(terminal, library.default ?? library);
}
