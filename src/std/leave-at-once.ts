import { createRequire } from 'node:module';

/**
 * Ends the process without stopping its threads first: `process.exit` stops them, and one that is in native code may not
 * take that (openvino-node aborts the process). Listeners of the exit are heard. Loaded when it is needed, which is hardly
 * ever.
 */
export function leaveAtOnce(code: number): never {
  try {
    const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
    const exit = koffi.load(null).func('void _exit(int code)');
    process.exitCode = code;
    process.emit('exit', code);
    exit(code);
  } catch {}
  process.exit(code);
}
