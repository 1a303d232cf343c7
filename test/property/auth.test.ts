import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTokenCheck, hostName, isAllowedHost, isAllowedOrigin } from '../../src/http/access.js';

const header = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.stringMatching(/^[a-z0-9.:[\]@/-]{0,40}$/),
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
  fc.webAuthority({ withPort: true, withUserInfo: true }),
);
const policy = { allowedHosts: ['localhost'], localAddress: '127.0.0.1' };

test('isAllowedHost() takes a header only if its name is in the list or the address asked', () => {
  fc.assert(
    fc.property(header, (host) => {
      const allowed = /^(localhost\.?|127\.0\.0\.1\.?)(:[0-9]{1,5})?$/i.test(host);
      assert.equal(isAllowedHost(host, policy), allowed);
    }),
  );
});

test('isAllowedOrigin() takes only what a browser would send for an allowed host', () => {
  fc.assert(
    fc.property(fc.constantFrom('http://', 'https://', 'file://', ''), header, (scheme, host) => {
      const url = URL.canParse(`${scheme}${host}`) ? new URL(`${scheme}${host}`) : undefined;
      const isOurs = /^https?:$/.test(url?.protocol ?? '') && /^(localhost|127\.0\.0\.1)\.?$/.test(url?.hostname ?? '');
      if (isAllowedOrigin(`${scheme}${host}`, policy)) assert.equal(isOurs, true);
    }),
  );
});

test('hostName() of a domain or an address is itself, at any port', () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.ipV4()), fc.integer({ min: 0, max: 65535 }), (name, port) => {
      assert.equal(hostName(`${name}:${port}`), name.toLowerCase());
    }),
  );
});

test('TokenCheck takes a Bearer token if and only if it is the same', () => {
  const token = fc.stringMatching(/^[!-~]{1,40}$/);
  fc.assert(
    fc.property(token, token, (right, given) => {
      const check = createTokenCheck(right);
      assert.equal(check.accepts({ authorization: `Bearer ${given}` }), given === right);
      assert.equal(check.accepts({ authorization: `Bearer ${right}` }), true);
    }),
  );
});

test('TokenCheck survives any Authorization and Cookie', () => {
  const check = createTokenCheck('s3cret');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (authorization, cookie) => {
      assert.equal(check.accepts({ authorization, cookie }), false);
    }),
  );
});
