/** An expression as eKuiper prints it: in the error of a column, and in its answer to `explain`. */
import type { Expression, RightSide } from './ast.js';
import { printed } from './values.js';

/** @param stream that columns are of, where they name none */
export function describe(expression: RightSide, stream: string): string {
  const of = (inner: RightSide) => describe(inner, stream);
  switch (expression.kind) {
    case 'integer':
    case 'float':
    case 'boolean':
      return printed(expression.value);
    case 'text':
      return expression.value;
    case 'column':
      return `${expression.stream ?? stream}.${expression.name}`;
    case 'member':
      return `jsonFieldName:${expression.name}`;
    case 'paren':
      return `parenExpr:{ ${of(expression.expression)} }`;
    case 'binary':
      return `binaryExpr:{ ${of(expression.left)} ${expression.op} ${of(expression.right)} }`;
    case 'call': {
      const args = expression.args.map((arg) => (arg.kind === 'all' ? '*' : of(arg)));
      return `Call:{ name:${expression.name}${args.length === 0 ? '' : `, args:[${args.join(', ')}]`} }`;
    }
    case 'index':
      return of(expression.at);
    case 'slice':
      return `start:{ ${expression.from ? of(expression.from) : 0} }, end:{ ${expression.to ? of(expression.to) : ''} }`;
    case 'list':
      return `literalExprs:[${expression.items.map(of).join(', ')}]`;
    case 'bounds':
      return `betweenExpr:{ ${of(expression.low)}, ${of(expression.high)} }`;
    case 'case':
      return `caseExpr:{ ${caseParts(expression, of).join(', ')} }`;
  }
}

function caseParts(
  { value, clauses, otherwise }: Extract<Expression, { kind: 'case' }>,
  of: (inner: Expression) => string,
): string[] {
  const parts = clauses.map(({ when, result }) => `{ ${of(when)}, ${of(result)} }`);
  return [
    ...(value ? [`value:{ ${of(value)} }`] : []),
    `whenClauses:[${parts.join(', ')}]`,
    ...(otherwise ? [`elseClause:{ ${of(otherwise)} }`] : []),
  ];
}
