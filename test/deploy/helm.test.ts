/** The chart, rendered by helm; checked against Kubernetes' own schemas where they are there. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Document, isNode, parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/std/package-root.js';
import { runTool, toolMissing } from '../support/process/run-tool.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const CHART = join(packageRoot, 'deploy/helm/flawline');
const ALL_ON = [
  'autoscaling.enabled=true',
  'serviceMonitor.enabled=true',
  'brokerSecret=mqtt',
  'modelVolume.emptyDir.medium=Memory',
];
/** Folder of Kubernetes' JSON schemas with a shared _definitions.json, as the PyPI package kubernetes-validate has them. */
const SCHEMAS = process.env['KUBERNETES_SCHEMAS'] ?? '';

const render = (settings: readonly string[]) =>
  runTool('helm', [
    ...['template', 'factory', CHART, '--namespace', 'inspection', '--kube-version', '1.31.0'],
    ...settings.flatMap((setting) => ['--set', setting]),
  ]);

/** What stands at a path of the manifest of a kind, as `spec.template.spec.containers.0.env`; undefined when it is not there. */
async function rendered(kind: string, path: string, settings: readonly string[] = []): Promise<unknown> {
  const { code, out, err } = await render(settings);
  assert.equal(code, 0, err);
  const document = parseAllDocuments(out).find((each) => each.get('kind') === kind);
  const node = document?.getIn(path.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key)));
  return isNode(node) ? node.toJS(document as Document) : node;
}

async function variable(name: string, settings: readonly string[] = []): Promise<unknown> {
  const all = (await rendered('StatefulSet', `${POD}.containers.0.env`, settings)) as readonly {
    readonly name: string;
  }[];
  return all.find((each) => each.name === name);
}

const POD = 'spec.template.spec';

const noHelm = toolMissing('helm', 'go install helm.sh/helm/v3/cmd/helm@latest');

describe('the Helm chart', { skip: noHelm }, () => {
  it('makes the pod its own session: the client id is the name of the pod', async () => {
    const name = 'FLAWLINE_MQTT_CLIENT_ID';
    assert.deepEqual(await variable(name), { name, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } });
  });

  it('keeps the variables out that Kubernetes makes of services', async () => {
    assert.equal(await rendered('StatefulSet', `${POD}.enableServiceLinks`), false);
  });

  it('writes a configuration that the service takes', async () => {
    await using folder = await makeTemporaryFolder();
    const data = (await rendered('ConfigMap', 'data')) as Readonly<Record<string, string>>;
    const file = await folder.write('flawline.yaml', data['flawline.yaml'] ?? '');
    const { config, warnings } = loadConfig({ file, env: {}, cwd: '/', cores: 2, hostname: 'pod' });
    assert.deepEqual(config.source.topics, ['$share/flawline/openvino_demo']);
    assert.deepEqual(warnings, []);
  });

  it('lets a pod finish before it is killed', async () => {
    const graceSeconds = Number(await rendered('StatefulSet', `${POD}.terminationGracePeriodSeconds`));
    const { config } = loadConfig({ env: {}, cwd: '/', cores: 2, hostname: 'pod', useDefaultFile: false });
    assert.ok(graceSeconds * 1000 > config.shutdown.timeoutMs);
  });

  it('leaves the number of pods to KEDA when it scales, with members that retire', async () => {
    const name = 'FLAWLINE_MQTT_ON_STOP';
    assert.equal(await rendered('StatefulSet', 'spec.replicas', ALL_ON), undefined);
    assert.deepEqual(await variable(name, ALL_ON), { name, value: 'retire' });
  });

  it('scales on a metric that the service has', async () => {
    const query = String(await rendered('ScaledObject', 'spec.triggers.0.metadata.query', ALL_ON));
    const name = /flawline_\w+/.exec(query)?.[0] ?? '';
    assert.match(readFileSync(join(packageRoot, 'docs/metrics.md'), 'utf8'), new RegExp(`\`${name}\``));
  });

  for (const [fault, settings] of [
    ['a topic that is not shared', ['config.source.topics[0]=openvino_demo']],
    ['a lone member that retires', ['onStop=retire', 'replicas=1']],
    ['a client id for all pods', ['config.mqtt.clientId=flawline']],
    ['an unknown value', ['replica=3']],
  ] as const) {
    it(`refuses ${fault}`, async () => {
      const { code, err } = await render(settings);
      assert.notEqual(code, 0);
      assert.match(err, /source|retire|clientId|replica/);
    });
  }

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
    assert.deepEqual([chart.version, chart.appVersion], [version, version]);
  });
});

const noKubeconform =
  noHelm || toolMissing('kubeconform', 'go install github.com/yannh/kubeconform/cmd/kubeconform@latest');
const noSchemas = existsSync(join(SCHEMAS, '_definitions.json'))
  ? false
  : 'KUBERNETES_SCHEMAS names no folder of schemas (.ci/deploy gets them)';

describe("Kubernetes' schemas", { skip: noKubeconform || noSchemas }, () => {
  it('hold for everything that the chart renders, with all on and as it is', async () => {
    await using folder = await makeTemporaryFolder();
    const kinds = ['statefulset-apps-v1', 'service-v1', 'configmap-v1', 'poddisruptionbudget-policy-v1'];
    for (const kind of kinds) await folder.write(`${kind}.json`, standalone(kind));
    const location = join(folder.path, '{{ .ResourceKind }}{{ .KindSuffix }}.json');
    for (const settings of [ALL_ON, []]) {
      const { out: input } = await render(settings);
      const skip = 'ServiceMonitor,ScaledObject'; // not Kubernetes' own
      const checked = await runTool(
        'kubeconform',
        ['-strict', '-summary', '-skip', skip, '-schema-location', location],
        { input },
      );
      assert.equal(checked.code, 0, checked.out + checked.err);
      assert.match(checked.out, /Valid: 4, Invalid: 0, Errors: 0/);
    }
  });
});

/** One kind's schema with the definitions that it refers to in the same file. */
function standalone(kind: string): string {
  const own = readFileSync(join(SCHEMAS, `${kind}.json`), 'utf8').replaceAll('/api/_definitions.json#', '#');
  const { $schema, $defs } = JSON.parse(readFileSync(join(SCHEMAS, '_definitions.json'), 'utf8'));
  const { $id: _id, ...schema } = JSON.parse(own);
  return JSON.stringify({ ...schema, $schema, $defs });
}
