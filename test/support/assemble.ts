import createWabt from 'wabt';

/** Sources in WebAssembly's text format, the modules that hold their binaries, and the names of the constants there. */
export const WASM_MODULES = [
  { text: 'src/vision/kernels/kernels.wat', module: 'src/vision/kernels/kernels-wasm.ts', constant: 'KERNELS_WASM' },
  { text: 'src/payload/base64.wat', module: 'src/payload/base64-wasm.ts', constant: 'BASE64_WASM' },
] as const;

/** The binary of a module in text format, with the features that ours use; its engine validates it. */
export async function assemble(text: string): Promise<Uint8Array> {
  const wabt = await createWabt();
  const parsed = wabt.parseWat('module.wat', text, { threads: true, simd: true, bulk_memory: true, multi_value: true });
  return parsed.toBinary({}).buffer;
}
