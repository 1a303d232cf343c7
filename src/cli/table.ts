import type { Command } from './command.js';

/** Every command, loaded on demand: `healthcheck` must not pay for OpenVINO. */
export const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  run: { summary: 'the service, until SIGTERM or SIGINT', load: async () => (await import('./run.js')).run },
  demo: {
    summary: 'everything on this machine, nothing to install',
    load: async () => (await import('./demo.js')).demo,
  },
  infer: {
    summary: 'inspects pictures from files, no broker',
    load: async () => (await import('./infer.js')).infer,
  },
  feed: { summary: 'publishes pictures', load: async () => (await import('./feed.js')).feed },
  watch: { summary: 'prints results as they come', load: async () => (await import('./watch.js')).watch },
  verify: {
    summary: 'publishes, collects, compares with the ledger',
    load: async () => (await import('./verify/verify.js')).verify,
  },
  replay: {
    summary: 'dead letters back to their topics',
    load: async () => (await import('./replay/replay.js')).replay,
  },
  kept: {
    summary: 'pictures kept for a second look',
    load: async () => (await import('./kept.js')).kept,
  },
  config: {
    summary: 'checks the configuration, prints its schema',
    load: async () => (await import('./config.js')).config,
  },
  model: {
    summary: 'tests a model, writes its self-test entry',
    load: async () => (await import('./model.js')).model,
  },
  reload: {
    summary: 'new streams, models and rules, no restart',
    load: async () => (await import('./reload.js')).reload,
  },
  rule: {
    summary: 'stops a rule, starts it again',
    load: async () => (await import('./rule.js')).rule,
  },
  migrate: {
    summary: 'from an eKuiper to a configuration',
    load: async () => (await import('./migrate/migrate.js')).migrate,
  },
  doctor: {
    summary: 'what is there, what is missing, what to do',
    load: async () => (await import('./doctor/doctor.js')).doctor,
  },
  healthcheck: {
    summary: 'ends with 0 if the service is ready',
    load: async () => (await import('./healthcheck.js')).healthcheck,
  },
  bench: {
    summary: 'stage times and pace on this machine',
    load: async () => (await import('./bench.js')).bench,
  },
  setup: { summary: 'gets the OpenVINO runtime', load: async () => (await import('./setup.js')).setup },
};
