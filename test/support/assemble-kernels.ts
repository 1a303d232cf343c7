import createWabt from 'wabt';

/** The binary of a module in WebAssembly's text format, with the features that the kernels use; its engine validates it. */
export async function assembleKernels(text: string): Promise<Uint8Array> {
  const wabt = await createWabt();
  const parsed = wabt.parseWat('kernels.wat', text, {
    threads: true,
    simd: true,
    bulk_memory: true,
    multi_value: true,
  });
  return parsed.toBinary({}).buffer;
}
