#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=2
// What `npx flawline` starts: the command, or what to do in a checkout where it is not built yet.
import { statSync } from 'node:fs';
import module from 'node:module';

const compiled = new URL('../build/src/cli.js', import.meta.url);
const bundled = new URL('../build/bundle/cli.js', import.meta.url);
const builtMs = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

keepCompiledCode(process.env);
// The bundle starts faster. Compiled since, by a developer, the files are newer than it.
const cli = builtMs(bundled) >= builtMs(compiled) ? bundled : compiled;
if (builtMs(cli) > 0) await import(cli.href);
else {
  console.error('flawline is not set up in this folder yet. Run: npm run setup');
  process.exitCode = 1;
}

/**
 * From Node 22.8 on: what V8 compiled is read by the next start, in every thread and child process, as long as the files are the
 * same. In the user's own folder, never one that others may write to; where it cannot be written nothing is kept.
 */
function keepCompiledCode(env) {
  const cache = env.XDG_CACHE_HOME || (env.HOME && `${env.HOME}/.cache`);
  if (!cache || env.NODE_COMPILE_CACHE !== undefined) return;
  const kept = module.enableCompileCache?.(`${cache}/flawline/compiled`);
  if (kept?.directory) env.NODE_COMPILE_CACHE = `${cache}/flawline/compiled`;
}
