import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';
import { brokerMissing, startBroker } from '../support/broker/broker.js';
import { collect } from '../support/broker/client.js';
import { runTool, toolMissing } from '../support/process/run-tool.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const SCRIPT = join(packageRoot, 'scripts/certs.sh');
const noOpenssl = toolMissing('openssl', 'apt-get install openssl');

describe('npm run certs', { skip: noOpenssl }, () => {
  it('makes a certificate that clients take for the names of the broker, and for no other', {
    skip: brokerMissing,
  }, async () => {
    await using folder = await makeTemporaryFolder();
    const made = await runTool('sh', [SCRIPT, folder.path, 'emqx', 'localhost']);
    assert.equal(made.code, 0, made.err);
    const tls = ['cafile', 'certfile', 'keyfile'].map(
      (key, at) => `${key} ${join(folder.path, ['ca.pem', 'broker/server.pem', 'broker/server.key'][at] ?? '')}`,
    );
    await using broker = await startBroker({ config: ['listener {port} 127.0.0.1', ...tls] });
    const ca = readFileSync(join(folder.path, 'ca.pem'));
    await using client = await collect(`mqtts://localhost:${broker.port}`, 'a', { ca });
    assert.ok(client.client.connected);
    await assert.rejects(collect(`mqtts://127.0.0.1:${broker.port}`, 'a', { ca, reconnectPeriod: 0 }), /IP|altnames/);
  });

  it("keeps the authority's key from everybody else, and out of what the broker is given", async () => {
    await using folder = await makeTemporaryFolder();
    await runTool('sh', [SCRIPT, folder.path]);
    assert.equal((await stat(join(folder.path, 'ca.key'))).mode & 0o077, 0);
    await assert.rejects(stat(join(folder.path, 'broker/ca.key')), { code: 'ENOENT' });
  });

  it('leaves certificates that are there as they are', async () => {
    await using folder = await makeTemporaryFolder();
    await runTool('sh', [SCRIPT, folder.path]);
    const before = readFileSync(join(folder.path, 'ca.pem'), 'utf8');
    const { code, err } = await runTool('sh', [SCRIPT, folder.path]);
    assert.equal(code, 0);
    assert.match(err, /already/);
    assert.equal(readFileSync(join(folder.path, 'ca.pem'), 'utf8'), before);
  });

  it('gives the users of the ACL their passwords, in the form that EMQX reads', async () => {
    await using folder = await makeTemporaryFolder();
    await runTool('sh', [SCRIPT, folder.path]);
    const [header, ...users] = readFileSync(join(folder.path, 'broker/users.csv'), 'utf8').trim().split('\n');
    const acl = readFileSync(join(packageRoot, 'deploy/emqx/acl.conf'), 'utf8');
    assert.equal(header, 'user_id,password,is_superuser');
    const names = users.map((line) => line.split(',')[0] ?? '');
    assert.deepEqual(
      names.toSorted(),
      [...new Set([...acl.matchAll(/username, "(\w+)"/g)].map(([, name]) => name ?? ''))].toSorted(),
    );
    for (const [at, name] of names.entries()) {
      assert.equal(users[at], `${name},${readFileSync(join(folder.path, `${name}.password`), 'utf8')},false`);
    }
  });
});
