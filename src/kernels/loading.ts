/** From a source to an instance of `tunespace.wasm`, and what to say where there is no way. */
import { KernelsError, ParameterError } from '../errors.ts';
import { ABI, type KernelExports } from '../exports.ts';
import { brand, checkAttached } from '../options.ts';
import { awake } from '../pause.ts';

/** What `loadKernels` takes: a compiled module, its bytes, a response that carries them, or where to fetch them. */
export type KernelsSource = WebAssembly.Module | BufferSource | Response | PromiseLike<Response> | URL;

/** What a message calls a source. */
export function nameOf(source: unknown): string {
  if (brand(source) === 'URL') return String(source);
  if (brand(source) === 'Response') return (source as Response).url || 'a Response';
  if (brand(source) === 'WebAssembly.Module') return 'a WebAssembly.Module';
  const { byteLength } = source as ArrayBuffer;
  return `${byteLength} bytes`;
}

function fault(name: string, reason: string, remedy: string, cause?: unknown): KernelsError {
  const error = new KernelsError(`loadKernels: ${name} is not a usable tunespace.wasm (${reason}); ${remedy}`);
  if (cause !== undefined) error.cause = cause;
  return error;
}

/**
 * Compiles a source.
 *
 * @throws KernelsError naming what was loaded and why it will not do; ParameterError on another type of source
 */
export async function compileModule(source: KernelsSource): Promise<WebAssembly.Module> {
  let value: unknown;
  try {
    value = await source;
  } catch (cause) {
    throw fault('a promised Response', `it failed: ${messageOf(cause)}`, 'check its address and the network', cause);
  }
  switch (brand(value)) {
    case 'WebAssembly.Module':
      return value as WebAssembly.Module;
    case 'URL':
      return compileResponse(await fetchModule(value as URL), String(value));
    case 'Response':
      return compileResponse(value as Response, nameOf(value));
    case 'ArrayBuffer':
    case 'SharedArrayBuffer':
      checkAttached('loadKernels', 'source', value as ArrayBuffer);
      return compileBytes(new Uint8Array(value as ArrayBuffer), nameOf(value));
    default:
      if (ArrayBuffer.isView(value)) {
        checkAttached('loadKernels', 'source', value);
        const { buffer, byteOffset, byteLength } = value;
        return compileBytes(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength), nameOf(value));
      }
      throw new ParameterError(
        `loadKernels: source must be a WebAssembly.Module, its bytes, a Response or a URL of tunespace.wasm, got ${brand(value)}`,
        'source',
      );
  }
}

async function fetchModule(url: URL): Promise<Response> {
  try {
    return await fetch(url);
  } catch (cause) {
    throw fault(
      String(url),
      `it cannot be fetched: ${messageOf(cause)}`,
      'serve the file "tunespace/tunespace.wasm" there (for another origin, with CORS headers), or give its bytes',
      cause,
    );
  }
}

async function compileResponse(response: Response, name: string): Promise<WebAssembly.Module> {
  if (!response.ok) {
    throw fault(name, `HTTP status ${response.status}`, 'serve the file "tunespace/tunespace.wasm" there');
  }
  if (response.bodyUsed) throw fault(name, 'its body was read before', 'give a new Response, or a clone()');
  const type = response.headers.get('content-type')?.split(';')[0].trim() ?? '';
  if (type === 'application/wasm' && typeof WebAssembly.compileStreaming === 'function') {
    try {
      return await WebAssembly.compileStreaming(response);
    } catch (cause) {
      throw explain(cause, name, undefined);
    }
  }
  let bytes: ArrayBuffer;
  try {
    bytes = await response.arrayBuffer();
  } catch (cause) {
    throw fault(name, `its body broke off: ${messageOf(cause)}`, 'load it again', cause);
  }
  // A wrong MIME type is no reason to fail: the bytes decide.
  return compileBytes(new Uint8Array(bytes), name, type);
}

async function compileBytes(bytes: Uint8Array<ArrayBuffer>, name: string, type = ''): Promise<WebAssembly.Module> {
  const magic = [0, 0x61, 0x73, 0x6d];
  if (!magic.every((byte, i) => bytes[i] === byte)) {
    const served = type ? `, served as ${type}` : '';
    const isText = bytes.length > 0 && bytes.subarray(0, 64).every((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13));
    const start = String.fromCharCode(...bytes.subarray(0, 24)).replace(/\s+/g, ' ');
    const found =
      bytes.length === 0 ? 'it is empty' : isText ? `it begins with "${start}"` : 'it has another magic word';
    throw fault(name, `${found}${served}`, 'serve or read the file "tunespace/tunespace.wasm" itself');
  }
  try {
    return await awake(WebAssembly.compile(bytes));
  } catch (cause) {
    throw explain(cause, name, bytes.length);
  }
}

/** Why a compiler refused, and the remedy. */
function explain(cause: unknown, name: string, byteLength: number | undefined): KernelsError {
  const reason = messageOf(cause);
  // Chromium speaks of a "Content Security policy", Firefox of "CSP", WebKit of 'unsafe-eval'.
  if (/content security policy|\bcsp\b|unsafe-eval/i.test(reason)) {
    return fault(
      name,
      `the page's Content-Security-Policy forbids WebAssembly: ${reason}`,
      "add 'wasm-unsafe-eval' to its script-src",
      cause,
    );
  }
  if (/disallowed by embedder|code generation/i.test(reason)) {
    return fault(
      name,
      `this runtime compiles no bytes: ${reason}`,
      'import "tunespace/tunespace.wasm" as a module, and give that',
      cause,
    );
  }
  const size = byteLength === undefined ? '' : ` after ${byteLength} bytes`;
  return fault(name, `damaged or cut short${size}: ${reason}`, 'load it again, or install the package again', cause);
}

/**
 * Instantiates a module and checks that it is ours, of this version.
 *
 * @param name what a message calls its source
 * @throws KernelsError
 */
export async function instantiateModule(module: WebAssembly.Module, name: string): Promise<WebAssembly.Instance> {
  let instance: WebAssembly.Instance;
  try {
    instance = await awake(WebAssembly.instantiate(module, {}));
  } catch (cause) {
    const forbidden = explain(cause, name, undefined);
    if (forbidden.message.includes("'wasm-unsafe-eval'")) throw forbidden;
    throw fault(name, messageOf(cause), 'give the file "tunespace/tunespace.wasm" of this package', cause);
  }
  checkInstance(instance, name);
  return instance;
}

/** Checks that an instance is ours, of this version. @throws KernelsError */
export function checkInstance(instance: WebAssembly.Instance, name: string): void {
  const exports = instance.exports as Partial<KernelExports>;
  if (typeof exports.alloc !== 'function') {
    throw fault(name, 'it has none of its exports', 'give the file "tunespace/tunespace.wasm" of this package');
  }
  const abi = typeof exports.abi === 'function' ? exports.abi() : 0;
  if (abi !== ABI) {
    throw fault(
      name,
      `it is of another version: its exports are of generation ${abi}, this code calls generation ${ABI}`,
      'give the tunespace.wasm that came in the same package as the code, and clear caches that hold an older one',
    );
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
