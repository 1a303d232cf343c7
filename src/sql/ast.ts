/** What a statement says, as the grammar reads it. */

/** In the order of eKuiper's precedence, weakest first; those of a row bind equally, from the left. */
export const PRECEDENCE = [
  ['OR'],
  ['AND'],
  ['=', '!=', '<', '<=', '>', '>=', 'IN', 'NOT IN', 'BETWEEN', 'NOT BETWEEN', 'LIKE', 'NOT LIKE'],
  ['+', '-', '|', '^'],
  ['*', '/', '%', '&', '->', '[]'],
] as const;

export type Operator = (typeof PRECEDENCE)[number][number];
/** Those of two values. */
export type ValueOperator = Exclude<
  Operator,
  'IN' | 'NOT IN' | 'BETWEEN' | 'NOT BETWEEN' | 'LIKE' | 'NOT LIKE' | '->' | '[]'
>;

export type Expression =
  /** Of 64 bits. */
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** `stream` is a stream or, until the plan knows which there are, the first half of a path. */
  | { readonly kind: 'column'; readonly name: string; readonly stream?: string }
  | { readonly kind: 'paren'; readonly expression: Expression }
  | { readonly kind: 'binary'; readonly op: Operator; readonly left: Expression; readonly right: RightSide }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly (Expression | All)[] }
  | Choice;

export type Choice = {
  readonly kind: 'case';
  /** Compared with every WHEN; absent: each is a condition. */
  readonly value?: Expression;
  readonly clauses: readonly { readonly when: Expression; readonly result: Expression }[];
  readonly otherwise?: Expression;
};

/** What stands only at the right of an operator. */
export type RightSide =
  | Expression
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'index'; readonly at: Expression }
  | { readonly kind: 'slice'; readonly from?: Expression; readonly to?: Expression }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'bounds'; readonly low: Expression; readonly high: Expression };

type All = { readonly kind: 'all' };

export type Field =
  | { readonly kind: 'all'; readonly except: readonly string[] }
  | {
      readonly kind: 'field';
      readonly expression: Expression;
      readonly alias: string | null;
      readonly isInvisible: boolean;
    };

export interface Select {
  readonly fields: readonly Field[];
  readonly stream: string;
  readonly alias: string | null;
  readonly where: Expression | null;
}

/** `BIGINT`, …: in small letters. */
export type FieldType =
  | 'bigint'
  | 'float'
  | 'string'
  | 'datetime'
  | 'boolean'
  | 'bytea'
  | { readonly array: FieldType }
  | { readonly struct: readonly StreamField[] };

export interface StreamField {
  readonly name: string;
  readonly type: FieldType;
}

/** Options that a stream can have here, under eKuiper's names for them in JSON, in its order. */
export interface StreamOptions {
  readonly datasource?: string;
  readonly format?: string;
  readonly type?: string;
  readonly strictValidation?: boolean;
  readonly shared?: boolean;
}

export interface CreateStream {
  readonly kind: 'create';
  readonly name: string;
  /** Empty: messages may have any fields. */
  readonly fields: readonly StreamField[];
  readonly options: StreamOptions;
}

export type StreamStatement =
  | CreateStream
  | { readonly kind: 'show' }
  | { readonly kind: 'describe' | 'drop'; readonly name: string };
