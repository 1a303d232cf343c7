import { askService } from './ask-service.js';
import { defineCommand } from './command.js';
import { loadCommandConfig } from './load.js';
import { UsageError } from './options.js';

export const rule = defineCommand({
  positionals: 'start ID | stop ID',
  summary: 'Stops a rule of the service on this machine, or starts it again.',
  about: [
    'A rule that is stopped judges no further picture; what it has open has shutdown.timeoutMs to arrive. A stream is unsubscribed when all of its rules are stopped. ' +
      'A reload leaves it stopped, a restart does not. Needs http.token.',
    'Ends with 2 if there is no such rule.',
  ],
  options: {},
  examples: ['rule stop dents', 'rule start dents'],
  async run(values, [action, id, ...rest], io) {
    if ((action !== 'start' && action !== 'stop') || id === undefined || rest.length > 0) {
      throw new UsageError('rule takes: start ID, or: stop ID');
    }
    const { config } = loadCommandConfig(values, io);
    const path = `/rules/${encodeURIComponent(id)}/${action}`;
    const nothing = action === 'start' ? `rule ${id} runs already` : `rule ${id} is stopped already`;
    return await askService(config, { what: `the ${action} of a rule`, path, nothing }, io);
  },
});
