/** Values of the domain as tests need them: everything set, and only what a test is about named by it. */
import type { Delivery } from '../../src/domain/delivery.js';
import type { Inspection } from '../../src/domain/inspection.js';
import type { Measures } from '../../src/domain/measures.js';
import type { PublishRow, RuleSpec, SelectRule } from '../../src/domain/rule.js';

/** A delivery of `in` by the first filter, at QoS 1, received at the beginning of time; acknowledging it does nothing. */
export function aDelivery(over: Partial<Delivery> = {}): Delivery {
  return {
    topic: 'in',
    filterId: '0',
    payload: new Uint8Array(),
    qos: 1,
    properties: { user: [] },
    receivedAtMs: 0,
    receivedAtMonotonicMs: 0,
    ack: () => undefined,
    ...over,
  };
}

/** What the mask of a clean picture of one pixel says. */
export function measuresOf(over: Partial<Measures> = {}): Measures {
  return { defect: 0, area: 0, largest: 0, score: 0, regions: [], width: 1, height: 1, ...over };
}

/** A finished inspection of a clean picture that no rule wanted. */
export function anInspection(over: Partial<Inspection> = {}): Inspection {
  return { id: 'a', model: 'm@1', measures: measuresOf(), inferenceTimeMs: 1, stagesMs: {}, results: [], ...over };
}

const TUTORIAL =
  'SELECT image as origin, inference(image)->base64 as afterProcess from openvino_demo WHERE inference(image)->defect >=0';

/** The tutorial's rule. */
export function sqlRule(
  over: Partial<RuleSpec> = {},
  select: Partial<SelectRule> = {},
): RuleSpec & { readonly select: SelectRule } {
  return {
    ...{
      id: 'ruleOp',
      stream: 'openvino_demo',
      model: 'default',
      where: 'true',
      topic: '',
      fields: [],
      render: 'pair',
    },
    ...over,
    select: {
      sql: TUTORIAL,
      streamSql: 'CREATE STREAM openvino_demo () WITH (DATASOURCE="openvino_demo")',
      functions: ['inference'],
      actions: [publishRow()],
      sendError: false,
      ...select,
    },
  };
}

/** The tutorial's action. */
export function publishRow(over: Partial<PublishRow> = {}): PublishRow {
  const fixed = { kind: 'mqtt', sink: 's', topic: 'ekuiper/defect', qos: 1, retain: false } as const;
  return { ...fixed, sendSingle: true, omitIfEmpty: false, ...over };
}
