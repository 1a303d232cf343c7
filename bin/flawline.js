#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=2
// What `npx flawline` starts: the command, or what to do in a checkout where it is not built yet.
import { existsSync } from 'node:fs';

const cli = new URL('../build/src/cli.js', import.meta.url);
if (existsSync(cli)) await import(cli.href);
else {
  console.error('flawline is not set up in this folder yet. Run: npm run setup');
  process.exitCode = 1;
}
