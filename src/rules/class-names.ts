/** Whether the classes that a predicate names are those of the model. */
import { type ASTNode, ParseError } from '@marcbachmann/cel-js';
import { nearest } from '../std/nearest-name.js';
import { nodesOf } from './grammar.js';

/** @throws {ParseError} at the first `defects` without classes, and at the first name that is none of them */
export function checkClasses(ast: ASTNode, classes: readonly string[]): void {
  for (const node of nodesOf(ast)) {
    if (isDefects(node) && classes.length === 0) throw new ParseError('the model has no classes', node);
    if (node.op !== '.' && node.op !== '[]') continue;
    const name = classNamed(node);
    if (name === undefined || classes.includes(name)) continue;
    const near = nearest(name, classes);
    const hint = near === undefined ? `known: ${classes.join(', ')}` : `did you mean ${near}?`;
    throw new ParseError(`the model has no class ${JSON.stringify(name)} (${hint})`, node.args[0]);
  }
}

/** Of `defects.crack` and `defects["crack"]`. */
function classNamed({ args: [map, index] }: Extract<ASTNode, { readonly op: '.' | '[]' }>): string | undefined {
  if (!isDefects(map)) return undefined;
  if (typeof index === 'string') return index;
  return index.op === 'value' && typeof index.args === 'string' ? index.args : undefined;
}

function isDefects(node: ASTNode): boolean {
  return node.op === 'id' && node.args === 'defects';
}
