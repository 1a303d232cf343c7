// Passwords for the users of deploy/mosquitto/dynamic-security.json: npm run mosquitto-users -- FOLDER [CAMERA...]
// Writes FOLDER/dynamic-security.json for the broker, with hashes alone, and FOLDER/USER.password for each client. Every CAMERA
// is a user that is tied to the client id of the same name; without any there is one, `camera`.
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As mosquitto_ctrl does it: PBKDF2 with SHA-512 and these numbers. */
const ITERATIONS = 101;
const SALT_BYTES = 12;
const HASH_BYTES = 64;

const [folder, ...cameras] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Cannot make users as a folder must be given: npm run mosquitto-users -- FOLDER [CAMERA...]');
  process.exit(2);
}
const file = join(folder, 'dynamic-security.json');
if (existsSync(file)) {
  console.error(`mosquitto-users: ${file} is there already; remove it to make new passwords`);
  process.exit(0);
}
mkdirSync(folder, { recursive: true });
const rules = JSON.parse(readFileSync(new URL('../deploy/mosquitto/dynamic-security.json', import.meta.url), 'utf8'));
const template = rules.clients.find(({ username }) => username === 'camera');
const names = cameras.length === 0 ? ['camera'] : cameras;
rules.clients = rules.clients
  .flatMap((client) =>
    client === template ? names.map((name) => ({ ...client, username: name, clientid: name })) : [client],
  )
  .map((client) => {
    const password = randomBytes(24).toString('hex');
    const salt = randomBytes(SALT_BYTES);
    writeFileSync(join(folder, `${client.username}.password`), password, { mode: 0o600 });
    return {
      ...client,
      password: pbkdf2Sync(password, salt, ITERATIONS, HASH_BYTES, 'sha512').toString('base64'),
      salt: salt.toString('base64'),
      iterations: ITERATIONS,
    };
  });
writeFileSync(file, `${JSON.stringify(rules, null, 2)}\n`, { mode: 0o600 });
console.error(`mosquitto-users: made ${rules.clients.map(({ username }) => username).join(', ')} in ${folder}`);
