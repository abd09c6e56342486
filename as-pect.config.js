// Specs of the kernels, run inside wasm: each of test/kernels/*.spec.ts compiles with the kernels it imports.
export default {
  entries: ['test/kernels/**/*.spec.ts'],
  include: [],
  disclude: [/node_modules/],
  async instantiate(memory, createImports, instantiate, binary) {
    return instantiate(binary, createImports({ env: { memory } }));
  },
  outputBinary: false,
};
