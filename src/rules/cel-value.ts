/** JSON values as CEL sees them. */

/**
 * A copy of `root` in which every object is a Map, so that a key like `constructor` or `__proto__` is a key like any
 * other. Lists, texts, booleans and null stay what they are, and numbers are doubles. Not recursive: JSON may be nested
 * deeper than the stack.
 */
export function toCel(root: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const top = new Map<string, unknown>();
  const open: [source: object, copy: Map<string, unknown> | unknown[]][] = [[root, top]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [source, copy] = next;
    for (const [key, value] of Object.entries(source)) {
      let item = value;
      if (typeof value === 'object' && value !== null) {
        const child: Map<string, unknown> | unknown[] = Array.isArray(value) ? [] : new Map();
        open.push([value, child]);
        item = child;
      }
      if (Array.isArray(copy)) copy.push(item);
      else copy.set(key, item);
    }
  }
  return top;
}
