/** Real certificates for a test, made by openssl in the folder that is given; they live for two days. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The `skip` of tests that need openssl: false, or the reason to print. */
export const opensslMissing: string | false =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed (apt-get install openssl)';

export interface KeyPair {
  /** PEM texts. */
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  readonly certificate: string;
  issue(options: { readonly name: string; readonly alternatives?: string; readonly days?: number }): KeyPair;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
let serial = 0;

/** @param folder for its files, which have names of their own each time */
export function createAuthority(folder: string): Authority {
  serial += 1;
  const at = (name: string) => join(folder, `${name}-${serial}`);
  const ca = { certificate: at('ca.pem'), key: at('ca.key') };
  openssl('req', '-x509', ...NEW_KEY, '-keyout', ca.key, '-out', ca.certificate, '-days', '2', '-subj', '/CN=test ca');
  return {
    certificate: readFileSync(ca.certificate, 'utf8'),
    issue({ name, alternatives, days = 2 }) {
      serial += 1;
      const files = { key: at('key'), request: at('request'), certificate: at('pem'), extensions: at('extensions') };
      openssl('req', ...NEW_KEY, '-keyout', files.key, '-out', files.request, '-subj', `/CN=${name}`);
      writeFileSync(files.extensions, alternatives === undefined ? '' : `subjectAltName=${alternatives}\n`);
      const signer = ['-CA', ca.certificate, '-CAkey', ca.key, '-set_serial', String(serial)];
      const rest = ['-days', String(days), '-extfile', files.extensions];
      openssl('x509', '-req', '-in', files.request, '-out', files.certificate, ...signer, ...rest);
      return { certificate: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') };
    },
  };
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'ignore'] });
}
