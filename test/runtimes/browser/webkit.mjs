import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from './programs.mjs';

/** MiniBrowser is not on the path: it lies beside the library, whose folder is named after the architecture. */
function findMiniBrowser() {
  for (const root of ['/usr/lib', '/usr/libexec', '/usr/lib64']) {
    if (!existsSync(root)) continue;
    const inside = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const folder of [root, ...inside.map(({ name }) => join(root, name))]) {
      for (const api of ['webkit2gtk-4.1', 'webkitgtk-6.0', 'webkit2gtk-4.0']) {
        const file = join(folder, api, 'MiniBrowser');
        if (existsSync(file)) return file;
      }
    }
  }
  return undefined;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a program as a group of its own, so that `stop` ends it with everything that it has started. */
function start(command, args, options) {
  const child = spawn(command, args, { detached: true, ...options });
  const ended = once(child, 'exit').catch(() => undefined);
  const signalGroup = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Nobody of the group is left.
    }
  };
  const kill = () => signalGroup('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    signalGroup('SIGTERM');
    await Promise.race([ended, sleep(2000)]);
    kill();
    process.off('exit', kill);
  };
  return { child, stop };
}

/** A screen in memory, because WebKitGTK has no headless mode. Xvfb chooses a free number and writes it to descriptor 3. */
async function startScreen(program) {
  const args = ['-displayfd', '3', '-screen', '0', '800x600x24', '-nolisten', 'tcp'];
  const { child, stop } = start(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const [number] = await once(child.stdio[3], 'data');
  return { display: `:${String(number).trim()}`, stop };
}

/** One command of the WebDriver protocol. */
async function command(address, method, body) {
  const response = await fetch(address, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebKitWebDriver: ${value.error}: ${value.message}`);
  return value;
}

async function untilReady(address) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await command(`${address}/status`, 'GET');
    } catch (error) {
      if (attempt >= 100) throw error;
      await sleep(50);
    }
  }
}

/** Opens WebKitGTK's MiniBrowser on a screen in memory; undefined where the machine lacks it, its driver or Xvfb. */
export async function launch() {
  const driverProgram = findProgram(['WebKitWebDriver']);
  const xvfb = findProgram(['Xvfb']);
  const binary = findMiniBrowser();
  if (!driverProgram || !xvfb || !binary) return undefined;
  const home = mkdtempSync(join(tmpdir(), 'tunespace-webkit-'));
  const screen = await startScreen(xvfb);
  const port = await freePort();
  const folders = {
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: home,
    XDG_DATA_HOME: home,
    XDG_RUNTIME_DIR: home,
  };
  // Without a message bus: libraries would start one, as a daemon that outlives the browser.
  const lonely = { DBUS_SESSION_BUS_ADDRESS: 'disabled:', NO_AT_BRIDGE: '1', GTK_A11Y: 'none' };
  const env = { ...process.env, ...folders, ...lonely, DISPLAY: screen.display };
  const driver = start(driverProgram, ['-p', String(port)], { env, stdio: 'ignore' });
  let session;
  const close = async () => {
    // Asked first, the driver ends its browser in order.
    if (session) await Promise.race([command(session, 'DELETE').catch(() => {}), sleep(3000)]);
    await driver.stop();
    await screen.stop();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const address = `http://127.0.0.1:${port}`;
    await untilReady(address);
    const { sessionId, capabilities } = await command(`${address}/session`, 'POST', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } } },
    });
    session = `${address}/session/${sessionId}`;
    return {
      version: capabilities.browserVersion,
      open: (url) => command(`${session}/url`, 'POST', { url }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
