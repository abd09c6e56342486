// The little web server behind the browser tests: files of some folders with the right MIME types, pages made up on the
// spot, and a place where a page reports its result to. Only this machine can reach it.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** What a file of this name is served as. */
export const typeOf = (path) => TYPES[extname(path)] ?? 'application/octet-stream';

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

/**
 * Starts the server on a free port of the loopback interface.
 *
 * @param folders searched in this order for the file of a path
 * @param routes made-up answers by path: `(url) => ({ status?, headers?, body, breaksOff? })`; one that breaks off ends in the
 *   middle, with its connection
 * @param headers added to all answers
 * @param onReport called with every object that a page posts to /report
 * @returns `{ origin, close }`
 */
export async function serve({ folders = [], routes = {}, headers: common = {}, onReport = () => {} }) {
  async function answer(request, response) {
    const url = new URL(request.url, 'http://localhost');
    if (request.method === 'POST' && url.pathname === '/report') {
      onReport(JSON.parse(await bodyOf(request)));
      return response.writeHead(204).end();
    }
    const route = routes[url.pathname];
    if (route) {
      const { status = 200, headers = {}, body, breaksOff = false } = await route(url);
      response.writeHead(status, { 'content-type': typeOf(url.pathname), ...common, ...headers });
      if (breaksOff) return response.write(body, () => response.destroy());
      return response.end(body);
    }
    const path = normalize(decodeURIComponent(url.pathname));
    for (const folder of folders) {
      const file = join(folder, path);
      if (!file.startsWith(join(folder, sep))) break;
      const body = await readFile(file).catch(() => undefined);
      if (body) return response.writeHead(200, { 'content-type': typeOf(file), ...common }).end(body);
    }
    return response.writeHead(404, { 'content-type': 'text/plain' }).end(`no ${path} here`);
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
