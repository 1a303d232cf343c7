/** The quick start with containers: what can be known of its lines without a container engine. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { COMMANDS } from '../../src/cli/table.js';
import { packageRoot } from '../../src/std/package-root.js';
import { commandsOf, readPage } from '../support/doc-commands.js';

interface ComposeFile {
  readonly services: Readonly<Record<string, { readonly profiles?: readonly string[]; readonly environment?: object }>>;
}

const compose = parse(readFileSync(join(packageRoot, 'docker-compose.yml'), 'utf8')) as ComposeFile;
const [, section = ''] = readPage('docs/quick-start.md').split('## With containers');
const commands = commandsOf(section);
/** Options of `docker compose up` and `down` that the lines have. */
const OPTIONS = ['--build', '--detach', '--wait', '--exit-code-from', '--profile', '--volumes'];

test('docs/quick-start.md types nothing but Compose, curl and the token into a machine with containers', () => {
  const others = commands.filter((command) => !/^(docker compose |curl |export FLAWLINE_HTTP_TOKEN=)/.test(command));
  assert.deepEqual(others, []);
  assert.ok('FLAWLINE_HTTP_TOKEN' in (compose.services['flawline']?.environment ?? {}));
});

test('docs/quick-start.md names profiles, services, commands and options that are there', () => {
  const profiles = new Set(Object.values(compose.services).flatMap((service) => service.profiles ?? []));
  for (const command of commands.filter((each) => each.startsWith('docker compose '))) {
    for (const [, profile = ''] of command.matchAll(/--profile (\S+)/g)) assert.ok(profiles.has(profile), command);
    for (const [, service = ''] of command.matchAll(/(?:--exit-code-from|exec|logs) (\S+)/g)) {
      assert.ok(service in compose.services, command);
    }
    for (const [, name = ''] of command.matchAll(/exec flawline flawline (\S+)/g)) assert.ok(name in COMMANDS, command);
    for (const [option] of command.matchAll(/--[a-z-]+/g)) assert.ok(OPTIONS.includes(option), command);
  }
});
