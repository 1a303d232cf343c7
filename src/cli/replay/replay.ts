import { randomUUID } from 'node:crypto';
import { createTopics } from '../../service/live-catalogue.js';
import { ERRORS, isErrorCode } from '../../std/errors.js';
import { connectBroker } from '../broker-client.js';
import { defineCommand } from '../command.js';
import { loadCommandConfig } from '../load.js';
import { number, text, UsageError } from '../options.js';
import { drainDeadLetters } from './dead-letter-session.js';

export const replay = defineCommand({
  summary: 'Publishes dead letters to their topics again, from a session that keeps them.',
  about: [
    'The broker keeps dead letters for the session <mqtt.clientId>-replay from the first start of the service on (unless ' +
      'deadLetter.keep is false: from the first call on), as many as its queue holds, for mqtt.sessionExpirySeconds. One that is not published again (another code, above the limit, payload not included) ' +
      'stays there for the next call; one that is, leaves the session once the broker has it. What comes during a call, ' +
      'such as the dead letter of a message that is refused again, is for the next one.',
  ],
  options: {
    code: text('CODE', 'only those with this code, for instance ERR_JOB_TIMEOUT'),
    limit: number('N', 'at most N', { minimum: 1, isWhole: true }),
  },
  examples: ['replay --limit 10', 'replay --code ERR_JOB_TIMEOUT'],
  async run({ code, limit = Number.POSITIVE_INFINITY, ...values }, _positionals, io) {
    if (code !== undefined && !(isErrorCode(code) && ERRORS[code].group === 'message')) {
      throw new UsageError(`--code takes a code that dead letters have (docs/errors.md): "${code}"`);
    }
    const { config } = loadCommandConfig(values, io);
    const clientId = `${config.mqtt.clientId}-replay-${randomUUID().slice(0, 8)}`;
    const { client: publisher } = await connectBroker(config, 'mqtt', { clientId });
    let published = 0;
    let kept = 0;
    let isNew = false;
    try {
      const session = { config, deadLetterTopic: createTopics(config).deadLetter, signal: io.signal };
      isNew = await drainDeadLetters(session, async (bytes) => {
        const deadLetter = readDeadLetter(bytes);
        if (deadLetter === undefined || published >= limit || (code !== undefined && deadLetter.code !== code)) {
          kept += 1;
          return false;
        }
        await publisher.publishAsync(deadLetter.topic, deadLetter.payload, { qos: 1 });
        published += 1;
        io.stdout(`${deadLetter.topic}  ${deadLetter.code}  ${deadLetter.id}\n`);
        return true;
      });
    } finally {
      await publisher.endAsync();
    }
    io.stdout(`${published} published again, ${kept} kept\n`);
    if (isNew) io.stderr('From this call on the broker keeps dead letters for the next one.\n');
    return 0;
  },
});

interface DeadLetter {
  readonly id: string;
  readonly topic: string;
  readonly code: string;
  readonly payload: Buffer;
}

/** Undefined when it is not a dead letter of the service, or was too large to travel with its payload. */
function readDeadLetter(bytes: Buffer): DeadLetter | undefined {
  try {
    const { id, topic, code, payload } = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    if (typeof topic !== 'string' || typeof code !== 'string' || typeof payload !== 'string') return undefined;
    return { id: String(id), topic, code, payload: Buffer.from(payload, 'base64') };
  } catch {
    return undefined;
  }
}
