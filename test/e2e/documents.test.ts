/**
 * The commands of the documents, typed as they stand there. What would go wrong: an option is renamed, a path is moved, and the
 * first thing that a newcomer tries fails. Commands that cannot run here are listed with the reason; a new one is in neither.
 */
import assert from 'node:assert/strict';
import { copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { freePort } from '../../src/std/loopback.js';
import { packageRoot } from '../../src/std/package-root.js';
import { brokerMissing, startBroker } from '../support/broker/broker.js';
import { commandsOf, docCommands, readPage } from '../support/doc-commands.js';
import { engineHere } from '../support/engine/engines-here.js';
import { toolMissing } from '../support/process/run-tool.js';
import { until } from '../support/until.js';
import { openReaderShell, type ReaderShell, type RunningCommand } from './reader-shell.js';

/** By the start of the command: why it cannot run here. */
const NOT_HERE: readonly (readonly [start: string, reason: string])[] = [
  ['docker ', 'needs a container engine; the files are checked by test/deploy/compose.test.ts, the image by .ci/image'],
  ['FLAWLINE_CONFIG=config/docker.yaml ', 'needs a container engine; verify --kill-with: test/e2e/cli/verify.test.ts'],
  ['npm run certs && docker ', 'needs a container engine; npm run certs: test/deploy/certs.test.ts'],
  ['export FLAWLINE_HTTP_TOKEN=choose-one', 'is for the lines after it, which need a container engine'],
  ['sudo apt-get install ', 'needs root; npm test installs the same where it may'],
  ['sudo cp deploy/systemd/', 'needs root and systemd; the unit is checked by test/deploy/systemd.test.ts'],
  ['sudo systemctl ', 'needs root and systemd; the unit is checked by test/deploy/systemd.test.ts'],
  ['journalctl ', 'needs a unit that runs'],
  ['kubectl create secret ', 'needs a cluster'],
  ['helm install ', 'needs a cluster; the chart is rendered and checked by test/deploy/helm.test.ts'],
  ['curl -X POST http://localhost:9081/', 'needs an eKuiper'],
  ['npm ci', 'scripts/bootstrap.mjs, which npm test begins with, does so in a clean clone'],
  ['npm run train', 'installs PyTorch and takes minutes to hours'],
  ['FLAWLINE_MODEL_PATH=models/mine ', 'needs the model that was trained before'],
  ['.ci/image', 'needs root and minutes; run by the workflow ci'],
  ['.ci/brokers', 'gets other brokers from package registries for minutes'],
  ['export FLAWLINE_MQTT_USERNAME=operator', 'needs the users of a broker; test/deploy/mosquitto.test.ts makes them'],
  ['flawline replay', 'as a tied user, test/deploy/mosquitto.test.ts; else test/e2e/cli/replay.test.ts'],
  ['export FLAWLINE_SINK_USERNAME=operator', 'needs the users of a broker; test/deploy/mosquitto.test.ts makes them'],
  ['npm run mosquitto-users', 'writes below /etc; test/deploy/mosquitto.test.ts runs the script'],
  ['chown -R mosquitto: ', 'needs root; what is owned then is tested by test/deploy/mosquitto.test.ts'],
  ['npx flawline run | npx pino-pretty', 'gets pino-pretty from the registry'],
  ['node scripts/run-tests.mjs vectors tasks', 'is a part of npm test'],
  ['.ci/node', 'gets Node 18 to 26 from npm and runs the suite on each for minutes'],
  ['.ci/rest', 'gets schemathesis from the Python package index and asks for a minute; run by the workflow ci'],
  ['docker compose --profile rest', 'needs Docker; test/deploy/compose.test.ts loads what it sets'],
  ['.ci/arm64', 'needs root and minutes; run by the workflow ci'],
  ['.ci/upgrade', 'builds the last release for a minute; run by the workflow ci'],
  ['.ci/release', 'needs root, registries and minutes; run by the workflow ci'],
  ['.ci/deploy', 'builds programs from the Go module proxy for minutes; run by the workflow ci'],
  ['npm run soak', 'takes minutes to hours'],
  ['npm run bench', 'takes minutes, and its figures want a quiet machine'],
  ['node build/bench/', 'takes minutes, and its figures want a quiet machine'],
  ['npm run dev', 'ends when the developer does'],
  ['npm audit', 'asks the registry; run by the workflow ci'],
  ['npm sbom --omit dev', 'is named as what leaves packages out'],
  ['npm view PACKAGE time', 'asks the registry, of a package of your choice'],
  ['npm run build && node build/bench/', 'takes minutes, and its figures want a quiet machine'],
  ['npm run setup && node build/bench/', 'takes minutes, and its figures want a quiet machine'],
];

/** By the start of the command: what else runs it, before or beside this test. */
const ELSEWHERE: readonly (readonly [start: string, where: string])[] = [
  ['node scripts/set-version.mjs', 'test/docs/set-version.test.ts'],
  ['npm run grammar', 'test/unit/sql/parser.test.ts makes the same'],
  ['npx flawline kept', 'test/unit/cli/kept.test.ts'],
  ['curl -H "Authorization: Bearer $TOKEN"', 'test/integration/service/control.test.ts asks the same'],
  ['npx flawline migrate', 'test/e2e/rest-tutorial.test.ts, and test/unit/cli/migrate/to-file.test.ts'],
  ['npm run way-back', 'trains for minutes; its steps one by one: test/e2e/judge.test.ts'],
  ['npm run kernels', 'test/unit/wasm-modules.test.ts assembles the same'],
  ['flawline config check', 'test/e2e/cli/config.test.ts'],
  ['npm test', 'it is what runs this test'],
  ['npm run check', 'scripts/check.mjs, the first part of npm test'],
  ['npm run test:one', 'tsc and scripts/run-tests.mjs, as all of npm test'],
  ['npm run build && node --test ', 'tsc, and what scripts/run-tests.mjs starts'],
  ['npm run format', 'scripts/check.mjs has it look without writing'],
  ['npm run lint', 'scripts/check.mjs'],
  ['npm run docs', 'test/docs/configuration.test.ts makes the same'],
  ['npm run setup', 'scripts/bootstrap.mjs, which npm test begins with'],
  ['npm run demo', 'scripts/bootstrap.mjs, then `flawline demo`: test/e2e/cli/demo.test.ts'],
  ['npm run faults', 'test/faults/short.test.ts, for the rows that take seconds'],
  ['npm run sbom', 'test/docs/dependencies.test.ts'],
  ['npm run certs', 'test/deploy/certs.test.ts'],
  ['npm run grammar', 'test/unit/sql/parser.test.ts makes the same'],
  ['FLAWLINE_REST_ENABLED=true ', 'test/e2e/rest-tutorial.test.ts'],
  ['npx flawline migrate', 'test/e2e/rest-tutorial.test.ts'],
];

const engine = engineHere('openvino-capi');
const noEngine = typeof engine === 'string' && engine;
const noTool =
  toolMissing('curl', 'apt-get install curl') ||
  toolMissing('mosquitto_pub', 'apt-get install mosquitto-clients') ||
  toolMissing('jq', 'apt-get install jq') ||
  toolMissing('git', 'apt-get install git');
const documented = new Set(docCommands().map(({ text }) => text));
const typed = new Set<string>();

/** What the log of a service has that ended as it should. npx itself ends by the signal, so its code says nothing. */
const STOPPED = /"unfinished":0,"msg":"stopped"/;

/** The command as it is printed; on the port of this test. */
function printed(command: string, httpPort = ''): string {
  assert.ok(documented.has(command), `no document has: ${command}`);
  typed.add(command);
  return command.replace('localhost:9464', `localhost:${httpPort}`);
}

async function readersFolder(shell: ReaderShell): Promise<void> {
  const samples = join(packageRoot, 'models/samples');
  await mkdir(join(shell.path, 'pictures'));
  for (const name of ['crack-1.jpg', 'fray-1.jpg', 'clean-1.jpg']) {
    await copyFile(join(samples, name), join(shell.path, 'pictures', name));
  }
  for (const name of ['part.jpg', 'test.jpg']) await copyFile(join(samples, 'crack-1.jpg'), join(shell.path, name));
}

async function assertRuns(shell: ReaderShell, command: string): Promise<string> {
  const { code, out, err } = await shell.run(command);
  assert.equal(code, 0, `${command}\n${out}${err}`);
  return out;
}

describe('commands of the documents', { skip: brokerMissing || noEngine || noTool }, () => {
  it('the quick start beside mosquitto is typed from top to bottom', async () => {
    await using broker = await startBroker();
    const port = String(await freePort());
    await using shell = await openReaderShell({ FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: port });
    const [besideMosquitto = ''] = readPage('docs/quick-start.md').split('## With containers');
    const running: RunningCommand[] = [];
    const outputs = new Map<string, string>();
    const start = async (command: string, wanted: string) => {
      const begun = shell.start(printed(command));
      running.push(begun);
      await begun.printed(wanted);
    };
    try {
      for (const command of commandsOf(besideMosquitto)) {
        if (/^(sudo|npm run setup)/.test(command)) continue; // the broker is there, and so is the set-up
        if (command.endsWith('flawline run')) {
          for (const begun of running.splice(0)) await begun.stop('SIGINT'); // two would share a port and a session
          await start(command, '"msg":"ready"');
        } else if (command.includes('flawline watch')) await start(command, 'watching');
        else outputs.set(command, await assertRuns(shell, printed(command, port)));
      }
      assert.match(await assertRuns(shell, 'npx flawline verify --count 12'), /filtered +[1-9]/); // by the predicate
      assert.match((await running.at(-1)?.stop('SIGTERM')) ?? '', STOPPED);
    } finally {
      for (const begun of running) await begun[Symbol.asyncDispose]();
    }
    const said = (start: string) => [...outputs].find(([command]) => command.startsWith(start))?.[1] ?? '';
    assert.match(said('npx flawline doctor'), /All is well/);
    assert.match(said('curl'), /"ready":true/);
    assert.match(said('npx flawline verify'), /lost +0\nledger +adds up/);
    assert.match(said('npx flawline replay'), /^1 published again/m);
    const saved = (await readdir(join(shell.path, 'results'))).filter((name) => name.endsWith('.jpg'));
    assert.ok(saved.length >= 12, String(saved.length));
  });

  it('what the quick start types into the container of the service, typed beside a broker', async () => {
    await using broker = await startBroker();
    const port = String(await freePort());
    await using shell = await openReaderShell({
      FLAWLINE_CONFIG: join(packageRoot, 'config/docker.yaml'),
      FLAWLINE_MQTT_URL: broker.url,
      FLAWLINE_HTTP_PORT: port,
      FLAWLINE_HTTP_TOKEN: 'choose-one',
      FLAWLINE_JOURNAL_PATH: 'journal',
    });
    await using service = shell.start('npx flawline run');
    await service.printed('"msg":"ready"');
    const [, inContainers = ''] = readPage('docs/quick-start.md').split('## With containers');
    const inside = commandsOf(inContainers).flatMap(
      (command) => /^docker compose exec flawline (.*)/.exec(command)?.[1] ?? [],
    );
    assert.deepEqual(inside, [
      'flawline healthcheck',
      'flawline watch',
      'flawline config check',
      'flawline reload',
      'flawline replay',
    ]);
    for (const command of inside) {
      if (command !== 'flawline watch') await assertRuns(shell, `npx ${command}`);
    }
    assert.match(await service.stop('SIGTERM'), STOPPED);
  });

  it('a change is checked, taken and looked at in the log, as docs/operate.md has it', async () => {
    await using broker = await startBroker();
    const port = String(await freePort());
    await using shell = await openReaderShell({ FLAWLINE_HTTP_PORT: port });
    await readersFolder(shell);
    await shell.write('flawline.yaml', `mqtt: {url: ['${broker.url}']}\nhttp: {token: a-token}\n`);
    await using service = shell.start('npx flawline run --config flawline.yaml | (trap "" TERM; tee flawline.log)');
    await service.printed('"msg":"ready"');
    const typedInOrder = commandsOf(readPage('docs/operate.md')).filter((command) => !command.startsWith('docker '));
    for (const command of typedInOrder.filter((each) => !/^(jq|npx flawline replay)/.test(each))) {
      const out = await assertRuns(shell, printed(command));
      if (command === 'cp flawline.yaml next.yaml') await shell.append('next.yaml', 'rule: {where: defect > 0}\n');
      if (command.startsWith('npx flawline reload')) assert.match(out, /rule/);
    }
    await assertRuns(shell, 'echo nothing | tee rubbish && npx flawline feed rubbish --raw --config flawline.yaml');
    await service.printed('dead letter');
    for (const command of typedInOrder.filter((each) => each.startsWith('npx flawline replay'))) {
      typed.add(command);
      await assertRuns(shell, `${command} --config flawline.yaml`);
    }
    const looks = typedInOrder.filter((each) => each.startsWith('jq'));
    const [all = '', worth = '', codes = '', gap = ''] = await Promise.all(
      looks.map((each) => assertRuns(shell, printed(each))),
    );
    assert.match(all, /\tservice\tlistening\n/);
    assert.match(worth, /\tERR_PAYLOAD_JSON\topenvino_demo\tdead letter/);
    assert.match(codes, /^ +\d+ ERR_PAYLOAD_JSON$/m);
    assert.match(gap, /Z\tready\n/);
    assert.match(await service.stop('SIGTERM'), STOPPED);
  });

  it('README and HTTP lead to results', async () => {
    await using broker = await startBroker();
    const port = String(await freePort());
    await using shell = await openReaderShell({
      FLAWLINE_MQTT_URL: broker.url,
      FLAWLINE_HTTP_PORT: port,
      FLAWLINE_HTTP_INSPECT: 'true',
    });
    await readersFolder(shell);
    await using service = shell.start(printed('npx flawline run'));
    await service.printed('"msg":"ready"');
    await using watch = shell.start(printed('npx flawline watch --save results/'));
    await watch.printed('watching');
    await assertRuns(shell, printed('npx flawline feed pictures/ --rate 5'));
    const results = () => readdir(join(shell.path, 'results'));
    await until('the pictures of the folder are saved', async () => (await results()).length === 3);
    await watch.stop('SIGINT');
    const inspect =
      "curl --data-binary @part.jpg 'http://localhost:9464/inspect?where=defect%20%3E%200&render=overlay'";
    const answer = JSON.parse(await assertRuns(shell, printed(inspect, port)));
    assert.deepEqual([answer.where, answer.render], [{ source: 'defect > 0', matches: true }, 'overlay']);
    assert.match(await service.stop('SIGTERM'), STOPPED);
  });

  it('a request over MQTT is answered', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(await freePort()) };
    await using shell = await openReaderShell(env);
    await readersFolder(shell);
    await mkdir(join(shell.path, 'home/.config'));
    await shell.run(`echo '-p ${broker.port}' | tee home/.config/mosquitto_pub >home/.config/mosquitto_sub`);
    await using service = shell.start('npx flawline run');
    await service.printed('"msg":"ready"');
    const listen = printed('mosquitto_sub -V 5 -t flawline/me/response/1 -C 1 &');
    const ask = printed(
      'mosquitto_pub -V 5 -t flawline/flawline/request/infer -D publish response-topic flawline/me/response/1 -f part.jpg; wait',
    );
    assert.equal(JSON.parse(await assertRuns(shell, `${listen}\n${ask}`)).defect, 1);
    await using gate = shell.start(printed("mosquitto_sub -t ekuiper/defect -V 5 -F '%P'"));
    await until('the gate listens', () => broker.log().includes('ekuiper/defect (QoS'));
    await assertRuns(shell, 'npx flawline feed pictures/ --rate 5');
    await gate.printed('ok:false');
    await gate.printed('ok:true');
    assert.match(await service.stop('SIGTERM'), STOPPED);
  });

  it('the migration goes step by step', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(await freePort()) };
    await using shell = await openReaderShell(env);
    await readersFolder(shell);
    await cp(join(packageRoot, 'models/test-unet'), join(shell.path, 'models'), { recursive: true });
    assert.match(await assertRuns(shell, printed('npx flawline model check models/')), /self-test +passed/);
    const verdict = await assertRuns(shell, printed('npx flawline config check --picture test.jpg'));
    assert.match(verdict, /rule default: defect >= 0 {2}→ {2}matches/);
    await using service = shell.start(printed('FLAWLINE_SINK_TOPIC=flawline/trial npx flawline run'));
    await service.printed('"msg":"ready"');
    const verify = 'FLAWLINE_SINK_TOPIC=flawline/trial npx flawline verify --count 100';
    assert.match(await assertRuns(shell, printed(verify)), /lost +0\nledger +adds up/);
    assert.match(await service.stop('SIGTERM'), STOPPED);
  });

  it('the repository can be cloned', async () => {
    await using shell = await openReaderShell({});
    const clone = printed('git clone <this repository> flawline && cd flawline');
    await assertRuns(shell, `${clone.replace('<this repository>', packageRoot)} && test -e package-lock.json`);
  });

  it('each is run here or elsewhere, or says why it cannot be', (test) => {
    const missed: string[] = [];
    for (const { page, text } of docCommands()) {
      const isOf = ([start]: readonly [string, string]) => text.startsWith(start);
      const where = ELSEWHERE.find(isOf)?.[1];
      const reason = NOT_HERE.find(isOf)?.[1];
      if (typed.has(text)) continue;
      if (reason !== undefined) test.diagnostic(`not run: ${page}: ${text}: ${reason}`);
      else if (where !== undefined) test.diagnostic(`run elsewhere: ${page}: ${text}: ${where}`);
      else missed.push(`${page}: ${text}`);
    }
    assert.deepEqual(missed, []);
  });
});
