import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRtInfo, readMetadata } from '../../../src/model/read-metadata.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

describe('parseRtInfo()', () => {
  it('reads the entries of model_info and nothing else', () => {
    const xml = `<net><layers><layer><rt_info><attribute name="fused_names_0" value="a"/></rt_info></layer></layers>
      <rt_info><Runtime_version value="2026"/><model_info><labels value="a b"/><pad_value value="114" /></model_info>
      <nncf><friendly_names_were_updated value="True"/></nncf></rt_info></net>`;
    assert.deepEqual(
      [...parseRtInfo(xml).modelInfo],
      [
        ['labels', 'a b'],
        ['pad_value', '114'],
      ],
    );
  });

  it('gives texts without XML entities', () => {
    const xml = '<model_info><label_info value="{&quot;a&quot;: &lt;&#228;&#x20AC;&amp;&apos;&gt;}"/></model_info>';
    assert.equal(parseRtInfo(xml).modelInfo.get('label_info'), '{"a": <ä€&\'>}');
  });

  for (const xml of ['', '<net/>', '<model_info>', '</model_info><model_info>']) {
    it(`finds nothing in "${xml}"`, () => assert.equal(parseRtInfo(xml).modelInfo.size, 0));
  }
});

describe('readMetadata() of an ONNX file', () => {
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);
  const field = (number: number, bytes: Uint8Array) => [
    ...varint((number << 3) | 2),
    ...varint(bytes.length),
    ...bytes,
  ];
  const text = (value: string) => Buffer.from(value);
  const pair = (key: string, value: string) =>
    field(14, Uint8Array.from([...field(1, text(key)), ...field(2, text(value))]));
  const graph = field(7, new Uint8Array(70_000));
  const version = [0x08, 0x0a];

  async function entriesOf(bytes: readonly number[]): Promise<[string, string][]> {
    await using folder = await makeTemporaryFolder();
    const file = await folder.write('model.onnx', Uint8Array.from(bytes));
    return [...(await readMetadata(file)).modelInfo];
  }

  it('reads the entries that begin with model_info, before and after the graph', async () => {
    const bytes = [
      ...version,
      ...pair('model_info labels', 'a ü'),
      ...graph,
      ...pair('model_info scale_values', '255'),
    ];
    assert.deepEqual(await entriesOf(bytes), [
      ['labels', 'a ü'],
      ['scale_values', '255'],
    ]);
  });

  for (const [what, bytes] of [
    ['-1', [...Array<number>(9).fill(0xff), 0x01]],
    ['the largest int64', [...Array<number>(8).fill(0xff), 0x7f]],
  ] as const) {
    it(`reads what comes after a model_version of ${what}`, async () => {
      const modelVersion = [0x28, ...bytes];
      assert.deepEqual(await entriesOf([...version, ...modelVersion, ...graph, ...pair('model_info a', 'b')]), [
        ['a', 'b'],
      ]);
    });
  }

  it('leaves other entries alone', async () => {
    assert.deepEqual(await entriesOf([...graph, ...pair('author', 'x')]), []);
  });

  it('gives what it has read of a file that is cut or is none', async () => {
    assert.deepEqual(await entriesOf([...pair('model_info a', 'b'), ...graph.slice(0, 900)]), [['a', 'b']]);
    assert.deepEqual(await entriesOf([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), []);
    assert.deepEqual(await entriesOf([]), []);
  });
});
