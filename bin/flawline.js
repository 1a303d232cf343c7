#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=2
// What `npx flawline` starts: the command, or what to do in a checkout where it is not built yet.
import { statSync } from 'node:fs';

const compiled = new URL('../build/src/cli.js', import.meta.url);
const bundled = new URL('../build/bundle/cli.js', import.meta.url);
const builtMs = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

// The bundle starts faster. Compiled since, by a developer, the files are newer than it.
const cli = builtMs(bundled) >= builtMs(compiled) ? bundled : compiled;
if (builtMs(cli) > 0) await import(cli.href);
else {
  console.error('flawline is not set up in this folder yet. Run: npm run setup');
  process.exitCode = 1;
}
