/**
 * A service that breaks the promise, to see whether the oracle notices: it acknowledges a picture when it comes in and
 * publishes its result a moment later. Nothing of the product does so; only its two connections are used.
 */
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../src/config/load.js';
import { startSink, startSource } from '../test/support/broker/mqtt-parts.js';

const WORK_MS = 300;
const { config } = loadConfig({ env: process.env, cwd: '/', cores: 2, hostname: 'test', useDefaultFile: false });
const url = config.mqtt.url[0] ?? '';
const { sink } = startSink(url);
const source = startSource(url, {
  source: { topics: config.source.topics },
  onDelivery(delivery) {
    delivery.ack();
    const { id } = JSON.parse(Buffer.from(delivery.payload).toString());
    const properties = { user: [['id', String(id)]] } as const;
    void delay(WORK_MS).then(() => sink.publish('ekuiper/defect', Buffer.from('{}'), { qos: 1, properties }));
  },
});
createServer((_request, response) => {
  response.statusCode = source.states.at(-1)?.isSubscribed === true ? 200 : 503;
  response.end();
}).listen(config.http.port, '127.0.0.1');
