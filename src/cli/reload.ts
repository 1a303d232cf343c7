import { askService } from './ask-service.js';
import { defineCommand } from './command.js';
import { loadCommandConfig } from './load.js';

export const reload = defineCommand({
  summary: 'Has the service on this machine read its configuration again.',
  about: [
    'Streams, models and rules change while pictures flow, all or nothing. Needs http.token; without one SIGHUP does the same, and the log answers.',
    'Ends with 2 if the configuration is not taken: the service then goes on as it was.',
  ],
  options: {},
  examples: ['reload', 'reload --config flawline.yaml'],
  async run(values, _positionals, io) {
    const { config } = loadCommandConfig(values, io);
    return await askService(config, { what: 'a reload', path: '/reload', nothing: 'Nothing has changed.' }, io);
  },
});
