import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OnMessageCallback } from 'mqtt';
import { createTopics } from '../service/live-catalogue.js';
import { aborted } from '../std/promises.js';
import { connectBroker, subscribe, subscriptionFault, tellLost } from './broker-client.js';
import { defineCommand, folderFault } from './command.js';
import { loadCommandConfig } from './load.js';
import { text } from './options.js';
import { readResult, type SeenResult } from './read-result.js';

export const watch = defineCommand({
  summary: 'Prints one line for each result and each dead letter, until Ctrl-C.',
  options: { save: text('DIR', 'writes the picture of each result to DIR') },
  examples: ['watch', 'watch --save results/'],
  async run({ save, ...values }, _positionals, io) {
    const { config } = loadCommandConfig(values, io);
    const topics = createTopics(config);
    const folder = save === undefined ? undefined : resolve(io.cwd, save);
    if (folder !== undefined) {
      await mkdir(folder, { recursive: true }).catch((error: unknown) => {
        throw folderFault('save', error);
      });
    }
    const clientId = `${config.mqtt.clientId}-watch-${randomUUID().slice(0, 8)}`;
    const broker = await connectBroker(config, 'sink', { clientId });
    const { client, url } = broker;
    const hasOwnLetters = config.deadLetter.sink !== undefined;
    const letters = hasOwnLetters
      ? await connectBroker(config, 'deadLetter', { clientId: `${clientId}-letters` })
      : broker;
    const stops = [...new Set([broker, letters])].map((each) => tellLost(each, io));
    const writes = new Set<Promise<void>>();
    const broken = new AbortController();
    const over = AbortSignal.any([io.signal, broken.signal]);
    let n = 0;
    const onMessage: OnMessageCallback = (topic, payload, packet) => {
      const result = readResult(topic, payload, packet.properties?.userProperties);
      io.stdout(`${onOneLine(lineOf(result, topics.deadLetter))}\n`);
      n += 1;
      if (folder !== undefined && result.picture !== undefined) {
        const name = `${String(n).padStart(6, '0')}-${fileName(result.id)}.jpg`;
        const write = writeFile(join(folder, name), result.picture)
          .catch((error: unknown) => broken.abort(error))
          .finally(() => writes.delete(write));
        writes.add(write);
      }
    };
    for (const each of new Set([client, letters.client])) each.on('message', onMessage);
    const subscribeAll = async (): Promise<void> => {
      const refused = await subscribe(client, topics.resultFilters);
      if (refused.length > 0) throw subscriptionFault('watch results', refused);
      const [noDeadLetters] = await subscribe(letters.client, [topics.deadLetter]);
      if (noDeadLetters) {
        io.stderr(
          `warning: dead letters are not shown, as the broker does not allow it: ${topics.deadLetter} (${noDeadLetters.reason})\n`,
        );
      }
      const filters = [...topics.resultFilters, ...(noDeadLetters ? [] : [topics.deadLetter])];
      io.stderr(`watching ${filters.join(', ')} at ${url}\n`);
    };
    try {
      const ended = aborted(over);
      await Promise.race([ended, subscribeAll().then(() => ended)]);
    } finally {
      for (const stop of stops) stop();
      // They owe the brokers nothing, and one that is frozen would not let them go.
      await Promise.all([...new Set([client, letters.client])].map((each) => each.endAsync(true)));
      await Promise.all(writes);
    }
    if (broken.signal.aborted) throw folderFault('save', broken.signal.reason);
    return 0;
  },
});

/** Ids and topics come from messages: none of them may begin a line, or tell the terminal what to do. */
function onOneLine(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, '\ufffd');
}

function lineOf(result: SeenResult, deadLetterTopic: string): string {
  const time = new Date().toISOString();
  if (result.topic === deadLetterTopic || result.code !== undefined) {
    return `${time}  ${result.topic}  ${result.code ?? 'dead letter'}: ${result.message ?? ''}`;
  }
  const defect = result.defect === undefined ? '' : `  defect ${result.defect}`;
  const rule = result.rule === undefined ? '' : `  rule ${result.rule}`;
  return `${time}  ${result.topic}${defect}${rule}  ${result.bytes} bytes  ${result.id}`;
}

/** An id comes from a message: only letters, digits and dashes of it become part of a file name. */
function fileName(id: string): string {
  return id.replaceAll(/[^\w-]/g, '_').slice(0, 64);
}
