/** Calls about rules, in eKuiper's words. */
import { isMapping } from '../std/checks.js';
import { type Answer, json, jsonText, text } from './answer.js';
import { KEPT, type RestCatalogue } from './catalogue.js';
import { CODE, prefixed, RestError } from './rest-error.js';
import type { Call } from './routes.js';
import { type RuleDefinition, type RuleView, readRule, shownJson, viewOf, withTriggered } from './rule-definition.js';
import { type RuleFigures, statusOf, summaryOf, topoOf } from './rule-status.js';
import { assertOwn, type Change, type RestState, withEntry } from './state.js';

export interface RuleCallParts {
  readonly state: RestState;
  /** Undefined: it is no rule that runs or ran. */
  readonly figures: (rule: string) => RuleFigures;
}

export function createRuleCalls({ state, figures }: RuleCallParts) {
  const surroundings = (now: RestCatalogue) => ({ ...now, config: state.base(), cwd: state.cwd });

  function find(id: string, refusal: string): RuleView {
    const rule = state.catalogue().rules.get(id);
    if (rule !== undefined) return rule;
    const ofFile = state.base().rules.find((each) => each.id === id);
    if (ofFile !== undefined) return viewOf(ofFile);
    throw new RestError(CODE.notFound, refusal.replace('{id}', id));
  }

  async function create({ body }: Call): Promise<Answer> {
    return await state.change((now) => {
      const rule = readRule(body, surroundings(now));
      if (now.rules.has(rule.id) || state.isOfFile('rules', rule.id)) {
        throw new RestError(CODE.undefined, `rule ${rule.id} already exists`);
      }
      return withRule(now, rule, text(`Rule ${rule.id} was created successfully.`, 201));
    });
  }

  async function replace({ ids: [id = ''], body }: Call): Promise<Answer> {
    try {
      assertOwn(state, 'rules', id);
      return await state.change((now) => {
        const rule = readRule(body, surroundings(now), id);
        const former = now.rules.get(id);
        if (former !== undefined && former.version !== '' && rule.version <= former.version) {
          throw new RestError(
            CODE.undefined,
            `rule ${id} already exists with version (${former.version}), new version (${rule.version}) is lower`,
          );
        }
        return withRule(now, rule, text(`Rule ${id} was updated successfully.`));
      });
    } catch (error) {
      if (!(error instanceof RestError) || error.code !== CODE.undefined) throw error;
      throw prefixed('Update rule error: ', new RestError(error.code, error.message.replace(/^i/, 'I')));
    }
  }

  async function remove({ ids: [id = ''] }: Call): Promise<Answer> {
    assertOwn(state, 'rules', id);
    return await state.change((now): Change<Answer> => {
      if (!now.rules.has(id)) throw new RestError(CODE.undefined, `Delete rule error: rule ${id} not found`);
      const next = withoutUnused({ ...now, rules: withEntry(now.rules, id, undefined) });
      const kept = [{ kind: KEPT.rules, id, value: undefined }, ...next.kept];
      return { next: next.catalogue, kept, answer: text(`Rule ${id} is dropped.`) };
    });
  }

  async function trigger(id: string, triggered: boolean, verb: string): Promise<void> {
    assertOwn(state, 'rules', id);
    find(id, `${verb} rule error: Rule {id} is not found in registry, please check if it is created`);
    await state.change((now) => {
      const rule = now.rules.get(id);
      if (rule === undefined) throw new RestError(CODE.notFound, `Rule ${id} is not found in registry`);
      const changed = { ...rule, triggered, json: withTriggered(rule.json, triggered) };
      return withRule(now, rule.triggered === triggered && isMarked(rule) ? rule : changed, undefined);
    });
  }

  const stop = (id: string, verb = 'stop') => trigger(id, false, verb);
  const start = (id: string, verb = 'start') => trigger(id, true, verb);

  return {
    list: () => json(listRules(state, figures)),
    create,
    show: ({ ids: [id = ''] }: Call) =>
      jsonText(shownJson(find(id, 'Describe rule error: Rule {id} is not found.').json)),
    replace,
    remove,
    async start({ ids: [id = ''] }: Call) {
      await start(id);
      return text(`Rule ${id} was started`);
    },
    async stop({ ids: [id = ''] }: Call) {
      await stop(id);
      return text(`Rule ${id} was stopped.`);
    },
    async restart({ ids: [id = ''] }: Call) {
      await stop(id, 'restart');
      await start(id, 'restart');
      return text(`Rule ${id} was restarted`);
    },
    status({ ids: [id = ''] }: Call) {
      const rule = find(id, 'get rule status error: Rule {id} is not found');
      return jsonText(JSON.stringify(statusOf(rule, figures(id)), null, 2));
    },
    statusOfV2({ ids: [id = ''] }: Call) {
      const status = statusOf(find(id, 'get rule status error: Rule {id} is not found'), figures(id));
      return text(JSON.stringify(Object.fromEntries(Object.entries(status).sort(([a], [b]) => (a < b ? -1 : 1)))));
    },
    statusOfAll: () =>
      json(
        Object.fromEntries(
          [...state.catalogue().rules.values(), ...state.base().rules.map(viewOf)].map((rule) => [
            rule.id,
            summaryOf(rule, figures(rule.id)),
          ]),
        ),
      ),
    topo: ({ ids: [id = ''] }: Call) => json(topoOf(find(id, 'get rule topo error: Rule {id} is not found'))),
    explain: ({ ids: [id = ''] }: Call) => text(find(id, 'explain rules error: Rule {id} is not found.').explain()),
    validate({ body }: Call) {
      try {
        const rule = readRule(body, surroundings(state.catalogue()));
        return text(JSON.stringify({ sources: [rule.spec.stream], valid: true }));
      } catch (error) {
        if (!(error instanceof RestError)) throw error;
        const [, stream] = /^fail to get stream (.*), please check if stream is created$/.exec(error.message) ?? [];
        return text(stream === undefined ? error.message : `${stream} is not found`, 422);
      }
    },
    schema: ({ ids: [id = ''] }: Call) => json(schemaOf(find(id, 'get rule schema error: Rule {id} is not found'))),
    bulk:
      (verb: 'start' | 'stop') =>
      ({ body }: Call): Answer => {
        const tags = tagsOf(body);
        const isAny = [...state.catalogue().rules.values()].some((rule) =>
          rule.tags?.some((tag) => tags.includes(tag)),
        );
        const reason = isAny
          ? 'this call is not supported here: rules are started and stopped one by one'
          : 'no matching rules';
        throw new RestError(CODE.undefined, `bulk ${verb} failed: ${reason}`);
      },
  };
}

function withRule<T>(now: RestCatalogue, rule: RuleDefinition, answer: T): Change<T> {
  const next = withoutUnused({ ...now, rules: withEntry(now.rules, rule.id, rule) });
  const value = { json: rule.json, triggered: rule.triggered };
  return { next: next.catalogue, kept: [{ kind: KEPT.rules, id: rule.id, value }, ...next.kept], answer };
}

/** Plugins that were deleted go with the last rule that calls them. */
function withoutUnused(catalogue: RestCatalogue) {
  const used = new Set([...catalogue.rules.values()].map(({ spec }) => spec.model));
  const gone = [...catalogue.plugins.values()].filter(({ isDeleted, model }) => isDeleted && !used.has(model));
  const plugins = new Map([...catalogue.plugins].filter(([, plugin]) => !gone.includes(plugin)));
  const kept = gone.map(({ name }) => ({ kind: KEPT.plugins, id: name, value: undefined }));
  return { catalogue: { ...catalogue, plugins }, kept };
}

/** The fields of what it publishes, in the order of the statement. */
function schemaOf({ fields }: RuleView): unknown {
  const byName = fields.map((name, index) => [name, { hasIndex: true, index }] as const);
  return Object.fromEntries([...byName].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What cannot be read names none. */
function tagsOf(body: string): readonly unknown[] {
  try {
    const given: unknown = JSON.parse(body);
    const tags: unknown = isMapping(given) ? given['tags'] : undefined;
    return Array.isArray(tags) ? tags : [];
  } catch {
    return [];
  }
}

function isMarked({ json }: RuleDefinition): boolean {
  return 'triggered' in (JSON.parse(json) as object);
}

function listRules(state: RestState, figures: RuleCallParts['figures']): unknown {
  const own = [...state.catalogue().rules.values()].map(({ id, name, tags, version }) => ({ id, name, tags, version }));
  const others = state.base().rules.map(({ id }) => ({ id, name: id, tags: null, version: '' }));
  return [...own, ...others]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, name, tags, version }) => ({
      id,
      name,
      status: figures(id).isRunning ? 'running' : 'stopped',
      tags,
      trace: false,
      version,
    }));
}
