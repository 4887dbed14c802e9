import type { CST } from 'yaml';

/** A piece of the text as the parser cut it. */
export interface Piece {
  readonly type: string;
  readonly offset: number;
  readonly source: string;
}

const PARTS = ['start', 'key', 'sep', 'value', 'items', 'props', 'end'];

/** Every piece of the token stream, in order of place; a stack instead of recursion, for deeply nested text. */
export function piecesOf(tokens: readonly CST.Token[], wanted: ReadonlySet<string>): Piece[] {
  const found: Piece[] = [];
  const stack: unknown[] = [...tokens].reverse();
  for (let token = stack.pop(); token !== undefined; token = stack.pop()) {
    if (!isRecord(token)) continue;
    const { type, offset, source } = token;
    if (typeof type === 'string' && typeof offset === 'number' && typeof source === 'string') {
      if (wanted.has(type)) found.push({ type, offset, source });
    }
    for (const name of PARTS) {
      const inner = token[name];
      if (Array.isArray(inner)) for (const one of inner) stack.push(one);
      else if (isRecord(inner)) stack.push(inner);
    }
  }
  return found.sort((a, b) => a.offset - b.offset);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
