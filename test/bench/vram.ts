import { readFileSync, writeFileSync } from 'node:fs';
import { estimate, fitsWithin } from '../../src-core/estimate/estimate.ts';
import { fit } from '../../src-core/estimate/fit.ts';
import {
  allocatedError,
  type Compared,
  compare,
  type ErrorSummary,
  reservedError,
  summarize,
} from './vram-bench.ts';
import type { VramRecord } from './vram-record.ts';

const USAGE = 'usage: npm run bench:vram -- FILE.jsonl... [--out FILE] [--as-configured]';

/** A run of another record under a cap on the process: `<its id>/lim1.03`. */
interface LimitRow {
  readonly id: string;
  readonly limit_bytes: number;
  readonly ok: boolean;
}

const isLimit = (row: VramRecord | LimitRow): row is LimitRow => 'limit_bytes' in row;

function main(args: readonly string[]): void {
  const out = args.indexOf('--out');
  const outFile = out >= 0 ? args[out + 1] : undefined;
  const leftovers = !args.includes('--as-configured');
  const files = args.filter((a, i) => !a.startsWith('--') && (out < 0 || i !== out + 1));
  if (files.length === 0) throw new Error(USAGE);
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  const rows = lines.filter((l) => l.trim()).map((l) => JSON.parse(l) as VramRecord | LimitRow);
  const records = rows.filter((row): row is VramRecord => !isLimit(row) && row.run !== undefined);
  const runs = compare(records, leftovers);
  limits(rows.filter(isLimit), runs);
  if (outFile !== undefined) writeFileSync(outFile, `${runs.map(outLine).join('\n')}\n`);
  if (runs.length > 0) print(runs);
}

/** Whether limited runs run: those of a record in the same call. */
function limits(rows: readonly LimitRow[], runs: readonly Compared[]): void {
  const specs = new Map(runs.map((c) => [c.record.id, c.spec]));
  let known = 0;
  let wrong = 0;
  let far = 0;
  for (const { id, limit_bytes, ok } of rows) {
    const spec = specs.get(id.replace(/\/lim[\d.]+$/, ''));
    if (spec === undefined) continue;
    const result = estimate(spec);
    const near = [1, 0.97, 1.03].map((part) => fitsWithin(result, limit_bytes * part));
    known += 1;
    if (near[0] !== ok) wrong += 1;
    if (!near.includes(ok)) far += 1;
  }
  if (rows.length > 0)
    console.log(
      `${known} of ${rows.length} limits: ${wrong} wrong, ${far} also 3 % to either side`,
    );
}

function outLine(c: Compared): string {
  return JSON.stringify({
    id: c.record.id,
    peak_allocated: c.record.peak_allocated ?? null,
    predicted_allocated: c.allocated,
    predicted_reserved: c.reserved,
  });
}

function print(runs: readonly Compared[]): void {
  const measured = runs.filter((c) => allocatedError(c) !== undefined);
  console.log(`${runs.length} records, ${measured.length} measured`);
  const left = runs.filter((c) => c.leftover).length;
  if (left > 0) {
    console.log(`${left} ran with Liger classes left over from an earlier run of their process`);
  }
  console.log(HEADER);
  console.log(row('allocated', errorsOf(measured, allocatedError)));
  console.log(row('reserved (clean)', errorsOf(measured, reservedError)));
  group('by method', measured, (c) => String(c.record.run.method));
  group('by model', measured, (c) => String(c.record.run.model));
  worst(measured);
  timing(measured);
}

const HEADER = `${''.padEnd(40)}   runs   median      p90      p95      max     bias  under>5%`;

function row(name: string, errors: readonly number[]): string {
  const s: ErrorSummary = summarize(errors);
  const cells = [s.median, s.p90, s.p95, s.max, s.bias, s.under].map(percent);
  return `${name.padEnd(40)} ${String(s.count).padStart(6)} ${cells.join(' ')}`;
}

const percent = (x: number): string =>
  (Number.isNaN(x) ? '-' : `${(x * 100).toFixed(2)}%`).padStart(8);

function errorsOf(
  runs: readonly Compared[],
  error: (c: Compared) => number | undefined,
): readonly number[] {
  return runs.map(error).filter((e): e is number => e !== undefined);
}

function group(title: string, runs: readonly Compared[], key: (c: Compared) => string): void {
  console.log(`\n${title}, allocated`);
  const groups = new Map<string, Compared[]>();
  for (const c of runs) groups.set(key(c), [...(groups.get(key(c)) ?? []), c]);
  for (const [name, list] of groups) console.log(row(name, errorsOf(list, allocatedError)));
}

function worst(runs: readonly Compared[]): void {
  console.log('\nten worst, allocated');
  const size = (c: Compared): number => Math.abs(allocatedError(c) ?? 0);
  for (const c of [...runs].sort((a, b) => size(b) - size(a)).slice(0, 10)) {
    console.log(`${percent(allocatedError(c) ?? 0)}  ${c.record.id}`);
  }
}

/** Time of one estimate, warm, beside a fixed reference loop. */
function timing(runs: readonly Compared[]): void {
  const specs = runs.slice(0, 40).map((c) => c.spec);
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    for (const spec of specs) {
      const start = performance.now();
      estimate(spec);
      times.push(performance.now() - start);
    }
  }
  const warm = times.slice(specs.length * 2).sort((a, b) => a - b);
  const median = warm[Math.floor(warm.length / 2)] ?? 0;
  const slow = warm[Math.floor(warm.length * 0.95)] ?? 0;
  const unit = reference();
  console.log(
    `\none estimate, warm: median ${median.toFixed(2)} ms, p95 ${slow.toFixed(2)} ms; ` +
      `reference loop ${unit.toFixed(2)} ms, ratio ${(median / unit).toFixed(2)}`,
  );
  const searches = specs.slice(0, 12).map((spec) => {
    const start = performance.now();
    fit(spec, estimate(spec).peakAllocated.expected * 0.7);
    return performance.now() - start;
  });
  searches.sort((a, b) => a - b);
  const search = searches[searches.length >> 1] ?? 0;
  console.log(
    `one search for settings that fit: median ${search.toFixed(0)} ms, most ` +
      `${(searches.at(-1) ?? 0).toFixed(0)} ms, ratio ${(search / unit).toFixed(2)}`,
  );
}

/** A fixed loop of ten million additions: how fast this machine is now. Milliseconds, best of 5. */
function reference(): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    let sum = 0;
    for (let i = 0; i < 1e7; i++) sum = (sum + i * 7) % 1000003;
    if (sum >= 0) best = Math.min(best, performance.now() - start);
  }
  return best;
}

main(process.argv.slice(2));
