import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTokenCheck, hostName, isAllowedHost, isAllowedOrigin } from '../../../src/http/access.js';

const policy = { allowedHosts: ['localhost', '127.0.0.1', '[::1]', 'Press-4.example:9464'], localAddress: '10.1.2.3' };

test('hostName() takes port, case, brackets and the final dot off', () => {
  assert.deepEqual(['LOCALHOST:9464', 'a.example.', '[::1]:80', '[FE80::1]', '10.0.0.1'].map(hostName), [
    'localhost',
    'a.example',
    '::1',
    'fe80::1',
    '10.0.0.1',
  ]);
});

test('hostName() knows no host in anything else', () => {
  for (const header of [
    undefined,
    '',
    'a b',
    'a/b',
    'user@a',
    'a:b',
    '::1',
    '[::1',
    'a\r\nb',
    'ä.example',
    'a:123456',
  ]) {
    assert.equal(hostName(header), undefined, String(header));
  }
});

test('isAllowedHost() takes the names of the list at any port', () => {
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1:9464', '[::1]:9464', 'press-4.EXAMPLE']) {
    assert.equal(isAllowedHost(host, policy), true, host);
  }
});

test('isAllowedHost() takes the very address the request came to, IPv4 in IPv6 too', () => {
  assert.equal(isAllowedHost('10.1.2.3:9464', policy), true);
  assert.equal(isAllowedHost('10.1.2.3', { ...policy, localAddress: '::ffff:10.1.2.3' }), true);
});

test('isAllowedHost() refuses every other name: DNS rebinding', () => {
  for (const host of [undefined, '', 'evil.example', 'localhost.evil.example', 'evil.example:9464', '10.1.2.4']) {
    assert.equal(isAllowedHost(host, policy), false, String(host));
  }
});

test('isAllowedOrigin() takes no Origin, or one of an allowed host', () => {
  for (const origin of [undefined, 'http://localhost:9464', 'https://press-4.example']) {
    assert.equal(isAllowedOrigin(origin, policy), true, String(origin));
  }
});

test('isAllowedOrigin() refuses pages from elsewhere, and without a name', () => {
  for (const origin of ['http://evil.example', 'null', '', 'file://', 'http://localhost@evil.example', 'localhost']) {
    assert.equal(isAllowedOrigin(origin, policy), false, origin);
  }
});

test('TokenCheck takes the token as Bearer, and nothing that is not it', () => {
  const check = createTokenCheck('s3cret');
  assert.equal(check.accepts({ authorization: 'Bearer s3cret' }), true);
  assert.equal(check.accepts({ authorization: 'bearer s3cret' }), true);
  for (const authorization of ['Bearer s3cre', 'Bearer s3crets', 'Bearer ', 'Basic s3cret', 's3cret', '']) {
    assert.equal(check.accepts({ authorization }), false, authorization);
  }
  assert.equal(check.accepts({}), false);
});

test('TokenCheck takes the cookie it sets, among others', () => {
  const check = createTokenCheck('s3cret');
  const pair = check.setCookie.split(';')[0];
  assert.equal(check.accepts({ cookie: `a=1; ${pair}; b=2` }), true);
  assert.equal(check.accepts({ cookie: 'flawline=s3cret' }), false);
  assert.equal(check.accepts({ cookie: `other${pair}` }), false);
});

test('TokenCheck.setCookie does not hold the token and stays out of scripts and other sites', () => {
  const { setCookie } = createTokenCheck('s3cret');
  assert.doesNotMatch(setCookie, /s3cret/);
  assert.match(setCookie, /; HttpOnly; SameSite=Strict; Path=\/$/);
});

test('TokenCheck refuses the cookie of another token', () => {
  const pair = createTokenCheck('old').setCookie.split(';')[0] ?? '';
  assert.equal(createTokenCheck('new').accepts({ cookie: pair }), false);
});
