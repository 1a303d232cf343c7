/** mosquitto's dynamic security plugin, which refuses subscriptions; an ACL file of mosquitto 2.0 grants them all. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerOptions } from './broker.js';

const NAME = 'mosquitto_dynamic_security.so';
const plugin = findPlugin();

/** The `skip` of tests that need it: false, or the reason to print. */
export const dynamicSecurityMissing: string | false =
  plugin === undefined ? `${NAME} is not installed (apt-get install mosquitto)` : false;

/** A broker at which everybody may publish, and subscribe to these filters only. */
export function onlySubscriptionsTo(filters: readonly string[]): BrokerOptions {
  const acls = filters.map((topic) => ({ acltype: 'subscribePattern', topic, priority: 0, allow: true }));
  const rules = {
    defaultACLAccess: { publishClientSend: true, publishClientReceive: true, subscribe: false, unsubscribe: true },
    anonymousGroup: 'everybody',
    groups: [{ groupname: 'everybody', roles: [{ rolename: 'reader' }] }],
    roles: [{ rolename: 'reader', acls }],
  };
  return {
    config: [`plugin ${plugin ?? NAME}`, 'plugin_opt_config_file {dir}/rules.json'],
    files: { 'rules.json': JSON.stringify(rules) },
  };
}

function findPlugin(): string | undefined {
  const roots = ['/usr/lib', '/usr/local/lib'];
  const folders = roots.flatMap((root) => [root, ...namesIn(root).map((name) => join(root, name))]);
  const folder = folders.find((path) => namesIn(path).includes(NAME));
  return folder === undefined ? undefined : join(folder, NAME);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there, or a file
  }
}
