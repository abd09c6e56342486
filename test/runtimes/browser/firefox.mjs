import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findProgram } from './programs.mjs';

const DRIVER = fileURLToPath(new URL('firefox-driver.mjs', import.meta.url));

/** Opens a headless Firefox with an empty profile; undefined where the machine has none. */
export async function launch({ node24, log }) {
  const executablePath = findProgram(['firefox-esr', 'firefox']);
  if (!executablePath) return undefined;
  const driver = spawn(node24, [DRIVER, executablePath], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(driver, 'exit');
  let complaint = '';
  driver.stderr.on('data', (text) => {
    complaint += text;
  });
  const lines = createInterface({ input: driver.stdout });
  const version = await new Promise((resolve, reject) => {
    ended.then(() => reject(new Error(`Firefox did not start: ${complaint}`)));
    lines.on('line', (line) => {
      const message = JSON.parse(line);
      if (message.version) resolve(message.version);
      else log(`Firefox: ${message.log}`);
    });
  });
  return {
    version,
    async open(url) {
      driver.stdin.write(`${JSON.stringify({ open: url })}\n`);
    },
    async close() {
      driver.stdin.end();
      await ended;
    },
  };
}
