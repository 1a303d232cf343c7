import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../config/config.js';
import { DEFAULT_ID } from '../../domain/rule.js';
import { missingDevices } from '../../engine/devices.js';
import { thisHost } from '../../engine/host.js';
import { crossCheckContours } from '../../pool/one-shots.js';
import { createTopics } from '../../service/live-catalogue.js';
import { type Prepared, type PreparedModel, prepareWorkers } from '../../service/prepare.js';
import { findRuntime, placeFor } from '../../setup/find-runtime.js';
import { defined } from '../../std/defined.js';
import { ServiceError } from '../../std/errors.js';
import { measureNativeMemory } from '../../std/libc.js';
import { leastNode, packageRoot, version } from '../../std/package-root.js';
import { openInspector } from '../../worker/open-inspector.js';
import { connectBroker, type Side } from '../broker-client.js';
import { type CommandIo, defineCommand } from '../command.js';
import { askReadiness, localUrl } from '../healthcheck.js';
import { loadCommandConfig } from '../load.js';
import { nodeFault } from '../node-version.js';
import { compareOffer, type Finding, judgeVersion } from './broker-offer.js';
import { isServiceOnline, readVersion, tryDelivery, tryReadingPictures, tryTakeover } from './broker-probe.js';

export const doctor = defineCommand({
  summary: 'Says what is there, what is missing, and what to do about it.',
  about: [
    'Runtime, devices, codecs, model, self-test, broker. Ends with 1 if the service could not run.',
    'It subscribes to the topics of pictures for a moment (to shared ones never) and publishes on flawline/<mqtt.clientId>/probe; ' +
      'whether results may be published is not tried, as somebody would receive what it publishes there.',
  ],
  options: {},
  examples: ['doctor', 'doctor --config flawline.yaml'],
  async run(values, _positionals, io) {
    const { config, file } = loadCommandConfig(values, io);
    io.stdout(`flawline   ${version}, Node ${io.nodeVersion}\n`);
    io.stdout(`config     ${file ?? 'defaults and environment'}\n`);
    const checks = [
      async () => checkNode(io),
      () => checkRuntimePlaces(config, io),
      () => checkInspection(config, io),
      () => checkTopics(config, io),
      () => checkService(config, io),
      () => checkBroker('broker', 'mqtt', config, io),
      ...(isDeepStrictEqual(config.sink.url, config.mqtt.url) ? [] : [() => checkBroker('sink', 'sink', config, io)]),
      ...(hasOwnDeadLetterBroker(config) ? [() => checkBroker('letters', 'deadLetter', config, io)] : []),
    ];
    let faults = 0;
    for (const check of checks) faults += await check().catch((error: unknown) => tellFault(error, io));
    io.stdout(faults === 0 ? 'All is well.\n' : `${faults} ${faults === 1 ? 'fault' : 'faults'}.\n`);
    return faults === 0 ? 0 : 1;
  },
});

function hasOwnDeadLetterBroker({ deadLetter, mqtt, sink }: Config): boolean {
  return [mqtt, sink].every(({ url }) => !isDeepStrictEqual(url, deadLetter.broker.url));
}

function checkNode(io: CommandIo): number {
  const fault = nodeFault(io.nodeVersion, leastNode);
  if (fault === undefined) return 0;
  io.stdout(`FAULT      ${fault}\n`);
  return 1;
}

async function checkRuntimePlaces(config: Config, io: CommandIo): Promise<number> {
  const { dir } = config.openvino;
  const search = findRuntime({
    packageRoot,
    env: io.env,
    host: thisHost(),
    extent: 'all',
    ...defined({ dir }),
  });
  const taken = placeFor(config.engine, search);
  for (const place of search.places) {
    const mark = place === taken ? ' ← taken' : '';
    io.stdout(`runtime    ${place.kind}: ${place.verdict}${mark}\n`);
  }
  return 0; // what is missing is told by the check that needs it
}

async function checkInspection(config: Config, io: CommandIo): Promise<number> {
  if (config.models.length === 0) {
    io.stdout('model      none in the configuration: REST makes them\n');
    return 0;
  }
  const prepared = await prepareWorkers(config, io);
  io.stdout(
    `engine     ${prepared.setup.engine.name}, OpenVINO ${prepared.probe?.version ?? ''}, devices ${devices(prepared)}\n`,
  );
  const { library, path = '' } = prepared.runtime ?? {};
  const folder = library === undefined ? path : dirname(library);
  for (const line of missingDevices(prepared.probe?.devices ?? [], folder)) io.stdout(`device     ${line}\n`);
  io.stdout(
    `codecs     JPEG by ${prepared.setup.turbojpeg ?? 'sharp (libturbojpeg is not there: apt-get install libturbojpeg0 makes it cheaper)'}, the rest by sharp\n`,
  );
  let faults = 0;
  for (const model of prepared.models) {
    faults += await checkModel(model, config, io).catch((error: unknown) => tellFault(error, io));
  }
  return faults;
}

async function checkModel({ entry, model, setup }: PreparedModel, { limits }: Config, io: CommandIo): Promise<number> {
  const { spec, origin, warnings } = model;
  const id = entry.id === DEFAULT_ID ? '' : `${entry.id}: `;
  io.stdout(`model      ${id}${spec.name}@${spec.version} (${origin}) ${spec.path}\n`);
  for (const warning of warnings) io.stdout(`warning    ${warning}\n`);
  const takenBytes = measureNativeMemory();
  const unit = await openInspector(setup);
  try {
    const counted = await unit.selfTest();
    if (counted !== undefined) await crossCheckContours(counted, { timeoutFactor: limits.startTimeoutFactor });
    const memoryBytes = takenBytes();
    if (memoryBytes !== undefined)
      io.stdout(`memory     ${id}${Math.round(memoryBytes / 2 ** 20)} MiB for one stream\n`);
  } finally {
    unit.close();
  }
  io.stdout(`self-test  ${id}passed${spec.selfTest ? '' : ' (steady; model.json has no entry to compare with)'}\n`);
  return 0;
}

function devices({ probe }: Prepared): string {
  return probe?.devices.join(', ') ?? '';
}

async function checkTopics(config: Config, io: CommandIo): Promise<number> {
  const topics = createTopics(config);
  io.stdout(
    `topics     ${config.source.topics.join(', ')} → ${topics.resultFilters.join(', ')}; dead letters ${topics.deadLetter}\n`,
  );
  return 0;
}

async function checkService(config: Config, io: CommandIo): Promise<number> {
  const { status, text } = await askReadiness(localUrl(config.http, '/readyz'), config.mqtt.clientId);
  const words = {
    ready: () => 'runs here and is ready',
    'not-ready': () => `runs here and is not ready: ${reasonsOf(text)}`,
    foreign: () => text,
    unreachable: () => `none runs here: ${text}`,
  };
  io.stdout(`service    ${words[status]()}\n`);
  return 0; // a service that is not there, or not ready, is no fault of what it needs
}

/** @param body of /readyz */
function reasonsOf(body: string): string {
  const { reasons } = JSON.parse(body) as { readonly reasons?: unknown };
  return Array.isArray(reasons) ? reasons.join('; ') : body;
}

async function checkBroker(name: string, side: Side, config: Config, io: CommandIo): Promise<number> {
  const { mqtt } = config;
  const clientId = `${mqtt.clientId}-doctor`;
  const { client, connack, url } = await connectBroker(config, side, { clientId });
  try {
    const offer = connack.properties ?? {};
    const [version, isOnline] = await Promise.all([readVersion(client), isServiceOnline(client, mqtt.clientId)]);
    const mqttName =
      mqtt.protocolVersion === 5 ? 'MQTT 5' : 'MQTT 3.1.1: refusals and limits of the broker are not told';
    io.stdout(`${name.padEnd(11)}${url} answers, ${mqttName}${version === undefined ? '' : `; version: ${version}`}\n`);
    const packet = offer.maximumPacketSize === undefined ? 'no limit told' : `${offer.maximumPacketSize} bytes`;
    io.stdout(`           largest packet ${packet}; receive maximum ${offer.receiveMaximum ?? 65_535}\n`);
    const findings = [
      ...compareOffer(offer, config),
      ...judgeVersion(version),
      ...(side === 'mqtt'
        ? [...(await tryReadingPictures(client, config)), ...(await tryDelivery(client, config))]
        : []),
      ...(side === 'mqtt' && isOnline ? await findOtherService(config) : []),
      ...(await tryTakeover(client, side, config, clientId)),
    ];
    for (const { kind, text } of findings) io.stdout(`${kind.padEnd(11)}${text}\n`);
    return findings.filter(({ kind }) => kind === 'FAULT').length;
  } finally {
    await client.endAsync(true);
  }
}

/** A second service with one client id would throw the first one out, and be thrown out by it. */
async function findOtherService({ mqtt, http }: Config): Promise<Finding[]> {
  const { status } = await askReadiness(localUrl(http, '/readyz'), mqtt.clientId);
  if (status === 'ready' || status === 'not-ready') return [];
  const text =
    `a service is connected as ${mqtt.clientId}, and none answers on this machine: a second one with this client id ` +
    'would take its session; give it another one (mqtt.clientId)';
  return [{ kind: 'warning', text }];
}

function tellFault(error: unknown, io: CommandIo): number {
  if (!(error instanceof ServiceError)) throw error;
  io.stdout(`FAULT      ${error.code}: ${error.message}\n`);
  return 1;
}
