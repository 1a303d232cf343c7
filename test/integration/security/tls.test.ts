/**
 * TLS and credentials against a mosquitto with real certificates. What would go wrong: a broker that somebody else put in the
 * way gets the pictures; a certificate is renewed and the line stands still until somebody restarts the service.
 */
import assert from 'node:assert/strict';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker, type TestBroker } from '../../support/broker/broker.js';
import { type Authority, createAuthority, type KeyPair, opensslMissing } from '../../support/broker/certificates.js';
import { startSource, type TestSource } from '../../support/broker/mqtt-parts.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const SAME_MACHINE = 'DNS:localhost,IP:127.0.0.1';
const MUTUAL = ['require_certificate true', 'use_identity_as_username true'];

/** A broker that speaks TLS only, with `server`; clients need a certificate of `authority` when `lines` say so. */
function startTlsBroker(authority: Authority, server: KeyPair, lines: readonly string[] = []): Promise<TestBroker> {
  return startBroker({
    config: ['cafile {dir}/ca.pem', 'certfile {dir}/server.pem', 'keyfile {dir}/server.key', ...lines],
    files: { 'ca.pem': authority.certificate, 'server.pem': server.certificate, 'server.key': server.key },
  });
}

const tlsUrl = ({ port }: TestBroker, host = 'localhost') => `mqtts://${host}:${port}`;

/** The first reason why it is not connected. */
const fault = ({ states }: TestSource) =>
  until('a fault', () => states.map((state) => state.fault?.message).find((message) => message !== undefined));

const wasConnected = ({ observer }: TestSource) => observer.count('connected source true') > 0;

describe('TLS', { skip: brokerMissing || opensslMissing }, () => {
  it('connects to a broker whose certificate is of the given authority and names its host', async () => {
    await using folder = await makeTemporaryFolder();
    const authority = createAuthority(folder.path);
    const server = authority.issue({ name: 'broker', alternatives: SAME_MACHINE });
    await using broker = await startTlsBroker(authority, server);
    const caFile = await folder.write('ca.pem', authority.certificate);
    for (const host of ['localhost', '127.0.0.1']) {
      await using source = startSource(tlsUrl(broker, host), { mqtt: { caFile } });
      await source.subscribed();
    }
  });

  it('refuses a certificate of another authority', async () => {
    await using folder = await makeTemporaryFolder();
    const theirs = createAuthority(folder.path);
    const ours = createAuthority(folder.path);
    await using broker = await startTlsBroker(theirs, theirs.issue({ name: 'broker', alternatives: SAME_MACHINE }));
    const caFile = await folder.write('ca.pem', ours.certificate);
    await using source = startSource(tlsUrl(broker), { mqtt: { caFile } });
    assert.match(await fault(source), /self-signed certificate|unable to (get local issuer|verify)|signature failure/);
    assert.equal(wasConnected(source), false);
  });

  it('refuses a certificate that the system does not know when no authority is given', async () => {
    await using folder = await makeTemporaryFolder();
    const authority = createAuthority(folder.path);
    const server = authority.issue({ name: 'broker', alternatives: SAME_MACHINE });
    await using broker = await startTlsBroker(authority, server);
    await using source = startSource(tlsUrl(broker));
    assert.match(await fault(source), /certificate/);
    assert.equal(wasConnected(source), false);
  });

  it('refuses a certificate of another host', async () => {
    await using folder = await makeTemporaryFolder();
    const authority = createAuthority(folder.path);
    const server = authority.issue({ name: 'broker', alternatives: 'DNS:elsewhere.example' });
    await using broker = await startTlsBroker(authority, server);
    const caFile = await folder.write('ca.pem', authority.certificate);
    for (const host of ['localhost', '127.0.0.1']) {
      await using source = startSource(tlsUrl(broker, host), { mqtt: { caFile } });
      assert.match(await fault(source), /does not match certificate's altnames|is not in the cert's list/);
      assert.equal(wasConnected(source), false);
    }
  });

  it('refuses an expired certificate', async () => {
    await using folder = await makeTemporaryFolder();
    const authority = createAuthority(folder.path);
    const server = authority.issue({ name: 'broker', alternatives: SAME_MACHINE, days: -1 });
    await using broker = await startTlsBroker(authority, server);
    const caFile = await folder.write('ca.pem', authority.certificate);
    await using source = startSource(tlsUrl(broker), { mqtt: { caFile } });
    assert.match(await fault(source), /certificate has expired/);
    assert.equal(wasConnected(source), false);
  });

  it('takes any certificate with insecure, and says so at each connect', async () => {
    await using folder = await makeTemporaryFolder();
    const authority = createAuthority(folder.path);
    const server = authority.issue({ name: 'broker', alternatives: 'DNS:elsewhere.example', days: -1 });
    await using broker = await startTlsBroker(authority, server);
    await using source = startSource(tlsUrl(broker), { mqtt: { insecure: true } });
    await source.subscribed();
    await broker.stop();
    await broker.start();
    await source.subscribed(2);
    const warnings = source.log.lines.filter((line) => /^warn: .*not verified: insecure/.test(line));
    assert.equal(warnings.length, 2);
  });

  it('shows a broker that asks for it its own certificate, and is refused without one', async () => {
    await using folder = await makeTemporaryFolder();
    const authority = createAuthority(folder.path);
    const server = authority.issue({ name: 'broker', alternatives: SAME_MACHINE });
    const own = authority.issue({ name: 'flawline' });
    await using broker = await startTlsBroker(authority, server, MUTUAL);
    const caFile = await folder.write('ca.pem', authority.certificate);
    const certFile = await folder.write('own.pem', own.certificate);
    const keyFile = await folder.write('own.key', own.key);
    await using without = startSource(tlsUrl(broker), { mqtt: { caFile, clientId: 'without' } });
    await until('it is refused', () => without.states.length > 0);
    await using source = startSource(tlsUrl(broker), { mqtt: { caFile, certFile, keyFile } });
    await source.subscribed();
    assert.equal(wasConnected(without), false);
    assert.match(broker.log(), /as flawline .*u'flawline'/);
  });

  it('takes renewed certificates of both sides while it runs', async () => {
    await using folder = await makeTemporaryFolder();
    const renew = async (broker?: TestBroker) => {
      const authority = createAuthority(folder.path);
      const server = authority.issue({ name: 'broker', alternatives: SAME_MACHINE });
      const own = authority.issue({ name: 'flawline' });
      await folder.write('ca.pem', authority.certificate);
      await folder.write('own.pem', own.certificate);
      await folder.write('own.key', own.key);
      if (broker === undefined) return startTlsBroker(authority, server, MUTUAL);
      const texts = { 'ca.pem': authority.certificate, 'server.pem': server.certificate, 'server.key': server.key };
      for (const [name, text] of Object.entries(texts)) await writeFile(join(broker.dir, name), text);
      return broker;
    };
    await using broker = await renew();
    const at = (name: string) => join(folder.path, name);
    await using source = startSource(tlsUrl(broker), {
      mqtt: { caFile: at('ca.pem'), certFile: at('own.pem'), keyFile: at('own.key') },
    });
    await source.subscribed();
    await renew(broker);
    await broker.stop();
    await broker.start();
    await source.subscribed(2);
  });
});

describe('password files', { skip: brokerMissing }, () => {
  const PROTECTED = { config: ['allow_anonymous false', 'password_file {dir}/passwords'] };

  it('gives the password of its file, without the line break at its end', async () => {
    await using folder = await makeTemporaryFolder();
    await using broker = await startBroker({ ...PROTECTED, files: { passwords: passwords('camera', 'first') } });
    const passwordFile = await folder.write('password', 'first\n');
    await using source = startSource(broker.url, { mqtt: { username: 'camera', passwordFile } });
    await source.subscribed();
  });

  it('takes a rotated password while it runs, and says what is wrong until then', async () => {
    await using folder = await makeTemporaryFolder();
    await using broker = await startBroker({ ...PROTECTED, files: { passwords: passwords('camera', 'second') } });
    const passwordFile = await folder.write('password', 'first');
    await using source = startSource(broker.url, { mqtt: { username: 'camera', passwordFile } });
    assert.match(await fault(source), /Not authorized|Bad User Name or Password/i);
    await folder.write('password', 'second');
    await source.subscribed();
  });
});

/** A password file of mosquitto: PBKDF2 with SHA-512, as mosquitto_passwd writes it. */
function passwords(user: string, password: string): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512');
  return `${user}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}\n`;
}
