import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { get } from '../../../src/setup/http-get.js';
import { setUpRuntime } from '../../../src/setup/set-up-runtime.js';
import { createAuthority, opensslMissing } from '../../support/broker/certificates.js';
import { until } from '../../support/until.js';
import { startSandbox } from './sandbox.js';
import { WHEEL_NAME, wheel } from './wheel.js';
import { startIndex, startServer } from './wheel-index.js';

describe('setUpRuntime()', () => {
  it('takes a wheel from a folder of find-links', async () => {
    using box = startSandbox();
    writeFileSync(join(box.root, WHEEL_NAME), wheel);
    const options = box.options({ PIP_FIND_LINKS: box.root, PIP_NO_INDEX: '1' });
    assert.equal((await setUpRuntime(options)).outcome, 'filled');
  });

  it('takes a wheel that someone brought', async () => {
    using box = startSandbox();
    const path = join(box.root, 'brought.whl');
    writeFileSync(path, wheel);
    assert.equal((await setUpRuntime(box.options({}, { wheel: path }))).outcome, 'filled');
  });

  it('asks pip first, for exactly the pinned wheel', async () => {
    using box = startSandbox();
    writeFileSync(join(box.root, WHEEL_NAME), wheel);
    // Copies the wheel to where --dest says, and its arguments to where the test reads them.
    box.script(
      'python3',
      `[ "$1" = -m ] || exit 1\nfor a; do echo "$a"; [ "$last" = --dest ] && dest=$a; last=$a; done > ${box.root}/args\n/bin/cp ${box.root}/${WHEEL_NAME} "$dest"`,
    );
    await setUpRuntime(box.options({ PIP_INDEX_URL: 'http://127.0.0.1:1/' }));
    const asked = readFileSync(join(box.root, 'args'), 'utf8').split('\n').join(' ');
    assert.match(asked, /^-m pip download --no-deps --only-binary=:all: --require-hashes /);
    assert.match(asked, / --python-version 311 --abi cp311 --platform manylinux_2_28_x86_64 $/);
    assert.equal(existsSync(box.target), true);
  });

  it('ends with pip when it is aborted, and leaves nothing behind', async () => {
    using box = startSandbox();
    // The search for a runtime asks Python as well, and waits for its answer.
    box.script('python3', `case "$*" in *pip*) echo $$ > ${box.root}/pid; exec /bin/sleep 600;; esac; exit 1`);
    const over = new AbortController();
    const work = setUpRuntime(box.options({}, { signal: over.signal }));
    await until('pip runs', () => existsSync(join(box.root, 'pid')));
    over.abort();
    await assert.rejects(work, { code: 'ERR_RUNTIME_MISSING' });
    const pid = Number(readFileSync(join(box.root, 'pid'), 'utf8'));
    await until('pip has ended', () => !existsSync(`/proc/${pid}`));
    assert.deepEqual(readdirSync(join(box.root, 'package/runtime')), []);
  });

  it('fetches by itself when pip fails', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    box.script('python3', 'echo "No module named pip" >&2; exit 1');
    const { outcome } = await setUpRuntime(box.options({ PIP_INDEX_URL: `${index.url}/simple` }));
    assert.equal(outcome, 'filled');
  });

  it('fetches by itself when the wheel that pip gave is another', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    box.script(
      'python3',
      `[ "$1" = -m ] || exit 1\nfor a; do [ "$last" = --dest ] && dest=$a; last=$a; done\necho other > "$dest/${WHEEL_NAME}"`,
    );
    const { outcome } = await setUpRuntime(box.options({ PIP_INDEX_URL: `${index.url}/simple` }));
    assert.equal(outcome, 'filled');
  });

  it('goes through a proxy for http', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    const target = new URL(index.url);
    await using proxy = await startServer(({ url = '', headers }, response) => {
      const upstream = connect(Number(target.port), target.hostname);
      const { pathname } = new URL(url);
      assert.equal(headers.host, 'index.example');
      upstream.end(`GET ${pathname} HTTP/1.0\r\n\r\n`);
      upstream.pipe(response.socket ?? upstream);
    });
    const env = { PIP_INDEX_URL: 'http://index.example/simple', HTTP_PROXY: proxy.url };
    assert.equal((await setUpRuntime(box.options(env))).outcome, 'filled');
  });

  it('asks a proxy for a tunnel for https', async () => {
    using box = startSandbox();
    await using proxy = await startServer(() => {});
    const asked: string[] = [];
    proxy.server.on('connect', ({ url = '' }, socket) => {
      asked.push(url);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const env = { PIP_INDEX_URL: 'https://index.example/simple', HTTPS_PROXY: proxy.url };
    await assert.rejects(setUpRuntime(box.options(env)), /the proxy 127\.0\.0\.1:\d+ answered 403/);
    assert.deepEqual(asked, ['index.example:443']);
  });

  it('goes through the tunnel that a proxy gives, and nowhere else', { skip: opensslMissing }, async () => {
    using box = startSandbox();
    await using index = await startIndex();
    const authority = createAuthority(box.root);
    const { certificate: cert, key } = authority.issue({ name: 'index.example', alternatives: 'DNS:index.example' });
    // The name is nobody's: only what comes out of the tunnel can reach the index.
    const secure = createServer({ cert, key }, (request, response) => index.server.emit('request', request, response));
    const asked: (string | undefined)[] = [];
    await using proxy = await startServer(() => {});
    proxy.server.on('connect', ({ url, socket }) => {
      asked.push(url);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.setTimeout(5000, () => socket.destroy()); // nobody uses it
      secure.emit('connection', socket);
    });
    writeFileSync(join(box.root, 'ca.pem'), authority.certificate);
    const env = {
      PIP_INDEX_URL: 'https://index.example/simple',
      PIP_CERT: join(box.root, 'ca.pem'),
      HTTPS_PROXY: proxy.url,
    };
    assert.equal((await setUpRuntime(box.options(env))).outcome, 'filled');
    assert.deepEqual([...new Set(asked)], ['index.example:443']);
  });

  it('gives up on a tunnel in which nobody speaks', async () => {
    await using proxy = await startServer(() => {});
    proxy.server.on('connect', ({ socket }) => {
      socket.on('end', () => socket.end()).resume();
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    });
    const settings = { ca: undefined, proxyFor: () => new URL(proxy.url), timeoutMs: 200 };
    await assert.rejects(get(new URL('https://index.example/'), 'text/html', settings), /said nothing for too long/);
  });

  it('without network names every way that failed, and no password', async () => {
    using box = startSandbox();
    const options = box.options({ PIP_INDEX_URL: 'http://me:secret@127.0.0.1:1/simple' });
    await assert.rejects(setUpRuntime(options), (error: Error) => {
      assert.match(error.message, /python3.*; then: .*ECONNREFUSED.*--wheel FILE$/s);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
});
