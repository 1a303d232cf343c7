import { startProbe } from '../engine/probe.js';
import { defineCommand } from './command.js';

export const run = defineCommand({
  summary: 'Runs the service until SIGTERM or SIGINT; SIGHUP has it read its configuration again.',
  about: [
    'Subscribes to source.topics, inspects every picture, publishes what the rules let through. A second signal ends it at once.',
  ],
  options: {},
  examples: ['run', 'run --config flawline.yaml'],
  async run(values, _positionals, io) {
    // The first thing that is waited for is a child process: it starts while all other code is loaded.
    const probe = startProbe();
    try {
      const { configure, serve } = await import('./serve.js');
      const { config, logger, readConfig } = configure(values, io);
      const afterStart = async (): Promise<void> => {
        const { keepDeadLetters } = await import('./replay/dead-letter-session.js');
        await keepDeadLetters(config, logger.child({ component: 'dead-letters' }), io.signal);
      };
      return await serve(config, logger, io, { probe, readConfig, afterStart: () => void afterStart() });
    } finally {
      probe.end();
    }
  },
});
