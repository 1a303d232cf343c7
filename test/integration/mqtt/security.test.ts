/** What would go wrong: pictures and passwords given to whoever answers; a rotated secret that needs a restart. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MqttOptions } from '../../../src/mqtt/options.js';
import { freePort } from '../../../src/std/loopback.js';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { startSource } from '../../support/broker/mqtt-parts.js';
import { until } from '../../support/until.js';

const needs = { skip: brokerMissing || missing('openssl', ['version']) || missing('mosquitto_passwd', ['--help']) };

function missing(program: string, args: string[]): string | false {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return false;
  } catch (error) {
    const isThere = error instanceof Error && 'status' in error && error.status !== null;
    return isThere ? false : `${program} is not installed`;
  }
}

/** An authority and a certificate of it for a host, as PEM files in a folder that goes with the scope. */
async function makeCertificates(host: string) {
  const dir = await mkdtemp(join(tmpdir(), 'flawline-tls-'));
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority');
  for (const name of ['server', 'client']) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await writeFile(join(dir, 'names'), `subjectAltName=${host}\n`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
  }
  return {
    path: (name: string) => join(dir, name),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

type Certificates = Awaited<ReturnType<typeof makeCertificates>>;

async function startTlsBroker(certificates: Certificates, ...config: string[]) {
  const port = await freePort();
  const broker = await startBroker({
    config: [
      `listener ${port} 127.0.0.1`,
      `cafile ${certificates.path('ca.pem')}`,
      `certfile ${certificates.path('server.pem')}`,
      `keyfile ${certificates.path('server.key')}`,
      ...config,
      'listener {port} 127.0.0.1', // a plain one for the start-up probe
    ],
  });
  return Object.assign(broker, { tlsUrl: `mqtts://localhost:${port}` });
}

async function faultOf(url: string, mqtt: Partial<MqttOptions>): Promise<string> {
  await using source = startSource(url, { mqtt });
  const { fault } = await until('a fault', () => source.states.find((state) => state.fault !== undefined));
  const cause = fault?.cause;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

test('a broker with a certificate of a known authority is trusted', needs, async () => {
  await using certificates = await makeCertificates('DNS:localhost');
  await using broker = await startTlsBroker(certificates);
  await using source = startSource(broker.tlsUrl, { mqtt: { caFile: certificates.path('ca.pem') } });
  await source.subscribed();
});

test('a broker with a certificate of an unknown authority is refused', needs, async () => {
  await using certificates = await makeCertificates('DNS:localhost');
  await using broker = await startTlsBroker(certificates);
  assert.match(await faultOf(broker.tlsUrl, {}), /^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/);
});

test('a broker with a certificate for another host is refused', needs, async () => {
  await using certificates = await makeCertificates('DNS:elsewhere.example');
  await using broker = await startTlsBroker(certificates);
  const fault = await faultOf(broker.tlsUrl, { caFile: certificates.path('ca.pem') });
  assert.equal(fault, 'ERR_TLS_CERT_ALTNAME_INVALID');
});

test('insecure: true trusts any broker and warns at each connection', needs, async () => {
  await using certificates = await makeCertificates('DNS:elsewhere.example');
  await using broker = await startTlsBroker(certificates);
  await using source = startSource(broker.tlsUrl, { mqtt: { insecure: true } });
  await source.subscribed();
  assert.equal(source.log.lines.filter((line) => /warn: .*insecure/.test(line)).length, 1);
});

test('a client certificate is shown to a broker that asks for one', needs, async () => {
  await using certificates = await makeCertificates('DNS:localhost');
  await using broker = await startTlsBroker(certificates, 'require_certificate true');
  await using source = startSource(broker.tlsUrl, {
    mqtt: {
      caFile: certificates.path('ca.pem'),
      certFile: certificates.path('client.pem'),
      keyFile: certificates.path('client.key'),
    },
  });
  await source.subscribed();
});

test('a rotated password is read at the next attempt', needs, async () => {
  const users = await mkdtemp(join(tmpdir(), 'flawline-users-'));
  execFileSync('mosquitto_passwd', ['-c', '-b', join(users, 'users'), 'flawline', 'new'], { stdio: 'ignore' });
  const passwordFile = join(users, 'password');
  await writeFile(passwordFile, 'old');
  await using broker = await startBroker({
    config: ['allow_anonymous false', `password_file ${join(users, 'users')}`],
  });
  await using source = startSource(broker.url, { mqtt: { username: 'flawline', passwordFile } });
  await until('the refusal', () => source.states.some((state) => state.fault !== undefined));
  await writeFile(passwordFile, 'new');
  await source.subscribed();
  await rm(users, { recursive: true });
});
