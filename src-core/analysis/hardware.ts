import type { GpuRecord } from '../facts/gpu.ts';
import { findGpu, type GpuFinding } from '../facts/lookup.ts';
import { byDefault, type Sourced, UNKNOWN } from '../run/sourced.ts';
import type { Settings } from '../settings.ts';
import type { Job } from '../syntax/shell/job.ts';
import type { Span } from '../text/span.ts';

/** The card, the count and whatever else was said about them. */
export interface Hardware {
  readonly gpu: Sourced<GpuRecord | null>;
  readonly gpus?: Sourced<number>;
  /** A name that no card or several cards have. */
  readonly trouble?: {
    readonly text: string;
    readonly suggestions: readonly string[];
    /** The card that is taken all the same: the largest of those that differ in memory alone. */
    readonly taken?: string;
    readonly span?: Span;
    /** Where a comment may say it, when the name at `span` is there for somebody else. */
    readonly below?: number;
  };
}

/** A directive in a comment: `# tunelint: gpu=RTX 4090D x2`. */
export interface HardwareDirective {
  readonly text: string;
  readonly span: Span;
}

/**
 * The hardware of a run. First counts the command line, then a comment in the file, then what a job
 * script asks its cluster for, then the setting.
 */
export function readHardware(
  settings: Settings,
  file: string,
  directive?: HardwareDirective,
  job?: Job,
): Hardware {
  const wins = settings.hardwareWins === true;
  if (directive !== undefined && !wins) {
    const said = {
      text: directive.text,
      label: 'the comment',
      place: { file, span: directive.span },
    };
    return named(said, settings, wins);
  }
  const asked = wins || job === undefined ? undefined : ofJob(job, settings, file);
  if (asked !== undefined) return asked;
  return named({ text: settings.gpu ?? directive?.text, label: 'the setting' }, settings, wins);
}

/** A card as somebody names it. */
interface Named {
  readonly text: string | undefined;
  readonly label: string;
  /** Where it stands in a file. */
  readonly place?: { readonly file: string; readonly span: Span };
}

function named({ text, label, place }: Named, settings: Settings, wins: boolean): Hardware {
  if (text === undefined || text.trim() === '')
    return { gpu: byDefault(null, 'no GPU is named'), ...countOf(settings.gpus, 'the setting') };
  const found = findGpu(text);
  const { record, count, suggestions } = found;
  const taken = takenOf(found);
  const gpu: Sourced<GpuRecord | null> = {
    value: taken ?? UNKNOWN,
    origin: { kind: 'setting', label, ...place },
  };
  const gpus = countOf(wins ? (settings.gpus ?? count) : (count ?? settings.gpus), label);
  if (record !== undefined) return { gpu, ...gpus };
  const trouble = { text, suggestions, ...(taken && { taken: taken.name }) };
  return { gpu, ...gpus, trouble: { ...trouble, ...(place && { span: place.span }) } };
}

/**
 * The cards that a job script asks for. The kind is the cluster's own name: one that says nothing to
 * us leaves the setting in force, as does one that fits the card of the setting. How many of them the
 * script sees stands in its environment (`syntax/shell/job.ts`).
 */
function ofJob(job: Job, settings: Settings, file: string): Hardware | undefined {
  const counts = job.gpusPerNode === undefined ? countOf(settings.gpus, 'the setting') : {};
  const set = settings.gpu === undefined ? undefined : findGpu(settings.gpu).record;
  const own = job.gpu && findGpu(job.gpu.value);
  const fits = own?.suggestions.some((name) => name === set?.name) === true;
  const taken = own && takenOf(own);
  if (job.gpu === undefined || own === undefined || taken === undefined || fits) {
    if (job.gpusPerNode === undefined) return undefined;
    const { gpus: _, ...rest } = named(
      { text: settings.gpu, label: 'the setting' },
      settings,
      false,
    );
    return rest;
  }
  const { value: text, span } = job.gpu;
  const origin = { kind: 'setting', label: 'the job script', file, span } as const;
  const hardware = { gpu: { value: taken, origin }, ...counts };
  if (own.record !== undefined) return hardware;
  const { suggestions } = own;
  return { ...hardware, trouble: { text, suggestions, taken: taken.name, span, below: job.end } };
}

/** The card of that name, or the largest where it is the memory that is left open. */
function takenOf({ record, ambiguous, suggestions }: GpuFinding): GpuRecord | undefined {
  return record ?? (ambiguous ? largestAlike(suggestions) : undefined);
}

/** The largest of cards that differ in memory alone: what does not fit it fits none of them. */
function largestAlike(names: readonly string[]): GpuRecord | undefined {
  const records = names.map((name) => findGpu(name).record).filter((one) => one !== undefined);
  const [first] = records;
  const alike = records.every(
    (one) => one.arch === first?.arch && one.computeCapability === first?.computeCapability,
  );
  if (!alike || records.length !== names.length) return undefined;
  return [...records].sort((a, b) => b.memoryBytes - a.memoryBytes)[0];
}

function countOf(count: number | undefined, label: string): { gpus?: Sourced<number> } {
  if (count === undefined || !Number.isInteger(count) || count < 1) return {};
  return { gpus: { value: count, origin: { kind: 'setting', label } } };
}
