import type { SourceFile } from '../text/source-file.ts';
import { type Span, span } from '../text/span.ts';
import { type Bar, barsBefore } from './bars.ts';
import { commandSpans } from './commands.ts';
import { entryOf } from './entry.ts';
import { KNOWN_ERRORS, KNOWN_ERRORS_SOURCE } from './known-errors.ts';
import { readOutOfMemory } from './out-of-memory.ts';
import { dictPairs, megatronPairs, type Pairs, plainPairs, tunePairs } from './pairs.ts';
import type {
  ErrorLine,
  LogEntry,
  LoggedRun,
  OutOfMemory,
  SkippedStep,
  TrainingLog,
} from './training-log.ts';

/** Entries and events beyond these many are not kept: a log of any length has a bounded reading. */
const MOST_ENTRIES = 200_000;
const MOST_EVENTS = 10_000;
const MOST_RUNS = 50;

/** Where something of interest begins. Each alternative begins with a letter or sign of its own. */
const ANCHOR = new RegExp(
  [
    '(?<dict>\\{(?=\\s*\\S{0,20}[\'"]))',
    '(?<tune>Step \\d+ \\| )',
    '(?<megatron>iteration\\s{1,9}\\d+/\\s{0,9}\\d+ \\|)',
    '(?<plain>\\bloss: (?=[-\\d.]|nan|inf))',
    '(?<scale>Attempted loss scale: (?<from>[\\d.]+(?:e\\+?\\d+)?), (?:reducing to (?<to>[\\d.]+(?:e\\+?\\d+)?)|but hysteresis))',
    '(?<minimum>Current loss scale already at minimum)',
    '(?<memory>(?:CUDA|HIP|NPU|XPU) out of memory|CUDA error: out of memory)',
    '(?<banner>\\*{5} Running training \\*{5})',
    '(?<total>Total optimization steps = (?<steps>[\\d,]{1,15}))',
    KNOWN_ERRORS_SOURCE,
  ].join('|'),
  'g',
);

interface OpenRun extends LoggedRun {
  readonly entries: LogEntry[];
  readonly skipped: SkippedStep[];
  readonly atMinimum: Span[];
  readonly outOfMemory: OutOfMemory[];
  readonly errors: ErrorLine[];
  /** Bars in front of entries, by entry. */
  readonly bars: Map<number, readonly Bar[]>;
  /** Steps that the banner announces. */
  total?: number;
  /** The largest of each that an entry named. */
  step: number;
  epoch: number;
}

interface Reader {
  readonly text: string;
  readonly runs: OpenRun[];
  run: OpenRun;
  entries: number;
  events: number;
  /** Where the last entry ended. */
  last: number;
}

/** Reads a log in one pass. Never throws; what is in no known form is passed over. */
export function readLog({ path, text }: SourceFile): TrainingLog {
  const run = openRun();
  const reader: Reader = { text, runs: [run], run, entries: 0, events: 0, last: 0 };
  ANCHOR.lastIndex = 0;
  for (let found = ANCHOR.exec(text); found !== null; found = ANCHOR.exec(text)) {
    const end = take(reader, found);
    ANCHOR.lastIndex = Math.max(end, found.index + 1);
  }
  return { path, runs: reader.runs.map(closed), commands: commandSpans(text) };
}

function openRun(): OpenRun {
  return {
    entries: [],
    skipped: [],
    atMinimum: [],
    outOfMemory: [],
    errors: [],
    bars: new Map(),
    step: 0,
    epoch: 0,
  };
}

/** Takes what begins at the anchor and gives the place where reading goes on. */
function take(reader: Reader, found: RegExpExecArray): number {
  const { text } = reader;
  const groups = found.groups ?? {};
  const start = found.index;
  const end = start + found[0].length;
  if (groups.dict !== undefined) return takeEntry(reader, start, dictPairs(text, end));
  if (groups.tune !== undefined) return takeTune(reader, start, end);
  if (groups.megatron !== undefined) return takeEntry(reader, start, megatronPairs(text, end));
  if (groups.plain !== undefined) return takePlain(reader, start);
  if (groups.banner !== undefined) newRun(reader);
  else if (groups.steps !== undefined) reader.run.total = Number(groups.steps.replaceAll(',', ''));
  else if (reader.events < MOST_EVENTS) takeEvent(reader, found, groups);
  return end;
}

function takeEvent(
  reader: Reader,
  found: RegExpExecArray,
  groups: Readonly<Record<string, string | undefined>>,
): void {
  const { run, text } = reader;
  const place = span(found.index, found.index + found[0].length);
  reader.events += 1;
  if (groups.scale !== undefined) {
    const from = Number(groups.from);
    run.skipped.push({ span: place, from, to: Number(groups.to ?? from) });
  } else if (groups.minimum !== undefined) run.atMinimum.push(place);
  else if (groups.memory !== undefined) {
    const read = readOutOfMemory(text, place);
    if (read !== undefined) run.outOfMemory.push(read);
  } else {
    const error = KNOWN_ERRORS().find((_, i) => groups[`e${i}`] !== undefined);
    if (error !== undefined) run.errors.push({ span: place, rule: error.rule, says: error.says });
  }
}

function takeTune(reader: Reader, start: number, end: number): number {
  const { pairs, end: behind } = tunePairs(reader.text, end);
  const digits = /\d+/.exec(reader.text.slice(start, end));
  const at = start + (digits?.index ?? 0);
  const text = digits?.[0] ?? '';
  const step = { key: 'step', text, span: span(at, at + text.length) };
  return takeEntry(reader, start, { pairs: [step, ...pairs], end: behind });
}

/** One `loss: ` in prose is no entry: it takes three pairs in a row. */
function takePlain(reader: Reader, start: number): number {
  const read = plainPairs(reader.text, start);
  return read.pairs.length < 3 ? start + 1 : takeEntry(reader, start, read);
}

function takeEntry(reader: Reader, start: number, { pairs, end }: Pairs): number {
  const entry = pairs.length < 2 ? undefined : entryOf(pairs, start, end);
  if (entry === undefined || reader.entries >= MOST_ENTRIES) return Math.max(end, start + 1);
  if (beginsAnew(reader.run, entry)) newRun(reader);
  const { run } = reader;
  reader.entries += 1;
  run.step = Math.max(run.step, entry.step?.value ?? 0);
  run.epoch = Math.max(run.epoch, entry.epoch?.value ?? 0);
  if (entry.step === undefined) {
    const bars = barsBefore(reader.text, reader.last, start);
    if (bars.length > 0) run.bars.set(run.entries.length, bars);
  }
  run.entries.push(entry);
  reader.last = end;
  return end;
}

function newRun(reader: Reader): void {
  const { entries, skipped, outOfMemory, errors } = reader.run;
  const isEmpty = [entries, skipped, outOfMemory, errors].every((list) => list.length === 0);
  if (isEmpty || reader.runs.length >= MOST_RUNS) return;
  reader.run = openRun();
  reader.runs.push(reader.run);
}

/** Progress that falls to less than half belongs to another run; ranks and resumes fall less. */
function beginsAnew(run: OpenRun, { kind, step, epoch }: LogEntry): boolean {
  if (kind !== 'train') return false;
  return step === undefined
    ? (epoch?.value ?? run.epoch) < run.epoch / 2
    : step.value < run.step / 2;
}

/** The run with steps and times from the bar that counts its steps. */
function closed({ bars, total, step: _, epoch: __, ...run }: OpenRun): LoggedRun {
  const steps = total ?? commonTotal(bars);
  const entries = run.entries.map((entry, i) => {
    const bar = bars.get(i)?.findLast((one) => one.total === steps);
    return bar === undefined
      ? entry
      : { ...entry, step: bar.step, elapsed: entry.elapsed ?? bar.elapsed };
  });
  return { ...run, entries };
}

/** The total that most entries have a bar of. */
function commonTotal(bars: ReadonlyMap<number, readonly Bar[]>): number | undefined {
  const counts = new Map<number, number>();
  for (const some of bars.values())
    for (const total of new Set(some.map((bar) => bar.total)))
      counts.set(total, (counts.get(total) ?? 0) + 1);
  let best: number | undefined;
  for (const [total, count] of counts)
    if (best === undefined || count > (counts.get(best) ?? 0)) best = total;
  return best;
}
