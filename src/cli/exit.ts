/** The exit codes of every command; the help of each prints them. */
export const EXIT = {
  /** Everything was done. */
  ok: 0,
  /** Some inputs failed and are listed on stderr; the rest was done. */
  partial: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Nothing could be done, or a fault ended the work: a full disk, a damaged model. */
  fatal: 3,
  /** SIGINT (Ctrl-C): 128 + 2. */
  interrupted: 130,
  /** SIGTERM: 128 + 15. */
  terminated: 143,
} as const;

/** The section that ends every help text. */
export const EXIT_HELP = `
Exit codes:
  0    everything was done
  1    some inputs failed (listed on stderr), the rest was done
  2    the command line is wrong
  3    nothing could be done, or a fatal error (a full disk, a damaged model)
  130  interrupted with Ctrl-C (143: terminated); what was finished stays

Messages and progress go to stderr, results to stdout. TUNESPACE_DEBUG=1 adds stack traces.`;

/** The code of a batch: `done` inputs worked, `failed` did not. */
export function batchExit(done: number, failed: number): number {
  if (failed === 0) return EXIT.ok;
  return done > 0 ? EXIT.partial : EXIT.fatal;
}
