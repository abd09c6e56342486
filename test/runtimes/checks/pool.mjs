// A pool on this runtime: what workers give must be what this thread gives. Runs under Node, Deno and Bun as
// `<runtime> test/runtimes/checks/pool.mjs build/runtime/<entry>.js`, and in a page, which imports `checkPool`.

/** The bytes of a 16-bit WAV of a falling tone, without any transcendental function. */
function sound(index, seconds = 2, sr = 22050) {
  const n = Math.round(seconds * sr);
  const bytes = new Uint8Array(44 + 2 * n);
  const view = new DataView(bytes.buffer);
  const words = [
    0x52494646,
    [36 + 2 * n],
    0x57415645,
    0x666d7420,
    [16],
    [1 | (1 << 16)],
    [sr],
    [2 * sr],
    [2 | (16 << 16)],
    0x64617461,
    [2 * n],
  ];
  for (const [i, word] of words.entries()) {
    if (Array.isArray(word)) view.setUint32(4 * i, word[0], true);
    else view.setUint32(4 * i, word);
  }
  for (let i = 0, phase = 0; i < n; i++) {
    phase = (phase + 0.01 * (index + 1) + i * 1e-7) % 1;
    view.setInt16(44 + 2 * i, Math.round(20000 * (1 - 4 * Math.abs(phase - 0.5))), true);
  }
  return bytes;
}

const equal = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);

function assert(condition, what) {
  if (!condition) throw new Error(`pool: ${what}`);
}

/**
 * @param {object} tunespace the runtime's entry, kernels loaded
 * @returns {Promise<{ workers: number, inputs: number }>}
 * @throws Error naming what is not as it should be
 */
export async function checkPool({ createPool, extract, ParameterError, DecodeError, WorkerError }) {
  const size = 2;
  const pool = createPool({ size });
  try {
    const expected = [];
    for (let i = 0; i < 5; i++) expected.push(await extract(sound(i)));
    async function* pieces(bytes) {
      for (let at = 0; at < bytes.length; at += 5000) yield bytes.subarray(at, at + 5000);
    }
    const forms = [
      (bytes) => bytes,
      (bytes) => new Blob([bytes]),
      pieces,
      (bytes) => new Response(bytes).body,
      (bytes) => bytes.buffer,
    ];
    const inputs = forms.map((form, i) => ({ name: `sound ${i}`, source: () => form(sound(i)) }));
    inputs.splice(2, 0, { name: 'words', source: () => new TextEncoder().encode('no audio') });
    let at = 0;
    for await (const { name, index, value, error } of pool.extract(inputs)) {
      assert(index === at && name === inputs[at].name, 'results come in the order of the inputs');
      if (name === 'words') assert(error instanceof DecodeError, `a bad input has its typed error, got ${error}`);
      else
        assert(
          value && equal(value.data, expected[at > 2 ? at - 1 : at].data),
          `${name} gives the same bits (${error})`,
        );
      at++;
    }
    assert(at === inputs.length, 'every input has a result');

    const bytes = sound(0);
    await pool.extractOne(bytes);
    if (pool.size > 0) {
      const again = await pool.extractOne(bytes).catch((error) => error);
      assert(again instanceof ParameterError && /transferred/.test(again.message), 'a transferred buffer is refused');
    }

    const controller = new AbortController();
    const endless = async function* () {
      yield sound(0);
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        yield new Uint8Array(65536);
      }
    };
    const stopped = pool.extractOne(endless(), { signal: controller.signal }).catch((error) => error);
    setTimeout(() => controller.abort('enough'), 100);
    assert((await stopped) === 'enough', 'the signal ends the work');
    assert(equal((await pool.extractOne(sound(1))).data, expected[1].data), 'the pool goes on after that');
  } finally {
    await pool.dispose();
  }
  const after = await pool.extractOne(sound(0)).catch((error) => error);
  assert(after instanceof ParameterError, 'a pool that was disposed of is refused');
  if (pool.size > 0) {
    const broken = createPool({ size: 1, workerUrl: new URL('data:text/javascript,throw new Error("broken")') });
    const refused = await broken.extractOne(sound(0)).catch((error) => error);
    assert(
      refused instanceof WorkerError && /workerUrl/.test(refused.message),
      'a script that fails is told, with the remedy',
    );
    await broken.dispose();
  }
  return { workers: pool.size, inputs: 6 };
}

const entry = globalThis.process?.argv?.[2];
if (entry && import.meta.url.endsWith(globalThis.process.argv[1]?.split(/[\\/]/).at(-1) ?? '')) {
  const tunespace = await import(new URL(entry, `file://${globalThis.process.cwd()}/`).href);
  await tunespace.loadKernels();
  console.log(JSON.stringify(await checkPool(tunespace)));
}
