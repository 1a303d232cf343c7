/** What a statement is evaluated on: the fields of a message, and what the function of a model says of its picture. */
import type { Value, ValueMap } from './values.js';

export interface Row {
  /** Null when the message has none of that name. */
  column(name: string): Value;
  /** Every field that the message has, for `*`. */
  names(): Iterable<string>;
  /** What the function of the model gives: the same for every call, as it is one inference. */
  prediction(): ValueMap;
  readonly topic: string;
  /** Id of the rule. */
  readonly rule: string;
  readonly now: () => Date;
}
