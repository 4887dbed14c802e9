import type { Parts } from './parts.ts';
import type { Pass, Tape } from './tape.ts';

/**
 * Whether the large blocks of pass `b` live as those of pass `a` do, and no large block of before is
 * freed in them or touched between them. From the same state of the pool both then play the same.
 */
export function repeatsPass(tape: Tape, parts: Parts, a: Pass, b: Pass): boolean {
  const { large, largeFrom } = parts;
  const start = largeFrom[a.from] ?? 0;
  const length = (largeFrom[a.to] ?? 0) - start;
  const other = largeFrom[b.from] ?? 0;
  if (b.to - b.from !== a.to - a.from || (largeFrom[b.to] ?? 0) - other !== length) return false;
  if (other !== start + length || !sameMarks(tape, parts, a, b)) return false;
  const first = tape.marks[a.from]?.block ?? 0;
  const shift = rankFrom(parts, other) - rankFrom(parts, start);
  for (let i = 0; i < length; i++) {
    const x = large[start + i] ?? 0;
    const y = large[other + i] ?? 0;
    if (x < 0 !== y < 0 || Math.abs(x) < first) return false;
    if (!sameBlock(tape, parts, Math.abs(x), Math.abs(y), shift)) return false;
  }
  return true;
}

/** The rank of the first block that is allocated from large event `at` on. */
function rankFrom({ large, rank }: Parts, at: number): number {
  for (let i = at; i < large.length; i++) {
    const event = large[i] ?? 0;
    if (event > 0) return rank[event] ?? 0;
  }
  return 0;
}

function sameBlock(tape: Tape, parts: Parts, a: number, b: number, shift: number): boolean {
  if (tape.size[a] !== tape.size[b] || tape.component[a] !== tape.component[b]) return false;
  return (parts.rank[b] ?? 0) - (parts.rank[a] ?? 0) === shift;
}

function sameMarks({ marks }: Tape, { largeFrom }: Parts, a: Pass, b: Pass): boolean {
  const shift = (largeFrom[b.from] ?? 0) - (largeFrom[a.from] ?? 0);
  for (let i = 0; i < a.to - a.from; i++) {
    const x = marks[a.from + i];
    const y = marks[b.from + i];
    if (x?.layer !== y?.layer || x?.phase !== y?.phase) return false;
    if ((largeFrom[b.from + i] ?? 0) - (largeFrom[a.from + i] ?? 0) !== shift) return false;
  }
  return true;
}
