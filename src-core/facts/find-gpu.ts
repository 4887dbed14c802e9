import { editDistance } from '../text/edit-distance.ts';
import { lazy } from '../text/lazy.ts';
import type { GpuRecord } from './gpu.ts';
import { type GpuName, parseGpuName } from './gpu-names.ts';
import { type GpuEntry, gpuAt, gpuNames, listGpus } from './gpus/gpus.ts';

/** What a GPU's name leads to. */
export interface GpuFinding {
  /** Absent where the name is unknown or fits cards of different memory or capability. */
  readonly record?: GpuRecord;
  /** How many cards the text asks for. */
  readonly count?: number;
  /** Names to choose from where there is no record. */
  readonly suggestions: readonly string[];
  /** `true` when the text fits each of the suggestions; else they are only close to it. */
  readonly ambiguous?: boolean;
}

/** A card of the table, whose name is read when it may be the one. */
class Candidate {
  readonly row: number;
  private readonly name: string;
  private readonly lower: string;
  private read: readonly GpuName[] | undefined;

  constructor(name: string, row: number) {
    this.row = row;
    this.name = name;
    this.lower = name.toLowerCase();
  }

  get entry(): GpuEntry {
    return gpuAt(this.row);
  }

  get names(): readonly GpuName[] {
    this.read ??= namesOf(this.name);
    return this.read;
  }

  /** Whether all words stand in the name. */
  has(words: readonly string[]): boolean {
    return words.every((word) => this.lower.includes(word));
  }
}

const candidates = lazy(() => gpuNames().map((name, row) => new Candidate(name, row)));

/**
 * Finds a card by its name as people write it or nvidia-smi prints it: `4090`, `RTX 4090D x2`,
 * `A100-SXM4-80GB`, `4 x A100 80GB`. A name that fits cards which differ in memory or capability
 * (`A100`, `V100`) gives suggestions and no record.
 */
export function findGpu(text: string): GpuFinding {
  if (text.length > 200) return { suggestions: [] };
  if (last?.text !== text) last = { text, found: lookUp(text) };
  return last.found;
}

/** The same name is asked for at every keystroke. */
let last: { readonly text: string; readonly found: GpuFinding } | undefined;

function lookUp(text: string): GpuFinding {
  const row = gpuNames().indexOf(text);
  const named = row < 0 ? undefined : gpuAt(row);
  if (named !== undefined && named.memoryFromGb === undefined) {
    return { record: named, suggestions: [] };
  }
  const asked = parseGpuName(text);
  const count = asked.count === undefined ? {} : { count: asked.count };
  if (asked.chip.length === 0) return { ...count, suggestions: [] };
  const fitting = matches(asked, candidates());
  const record = choose(fitting, asked);
  if (record !== undefined) return { record, ...count, suggestions: [] };
  const names = fitting.length > 0 ? fitting.flatMap(sizes) : near(asked, candidates());
  const ambiguous = fitting.length > 0 ? { ambiguous: true } : {};
  return { ...count, ...ambiguous, suggestions: [...new Set(names)].slice(0, MAX_SUGGESTIONS) };
}

const MAX_SUGGESTIONS = 6;

/** `GTX 1660 Ti / SUPER` names two cards. */
function namesOf(name: string): readonly GpuName[] {
  const [first = '', second] = name.split(' / ');
  if (second === undefined) return [parseGpuName(name)];
  const stem = first.replace(/\s\S+$/, '');
  return [parseGpuName(first), parseGpuName(second.includes('250') ? second : `${stem} ${second}`)];
}

/** Words that a name may leave out without meaning another card. */
const optional = new Set(
  'rtx gtx quadro rx sxm sxm2 sxm4 sxm5 pcie pcie4 workstation server maxq ada blackwell spark gb10 arc'.split(
    ' ',
  ),
);

/** How a card is packaged, which its memory already tells apart. */
const packaging = new Set('sxm sxm2 sxm3 sxm4 sxm5 sxm6 pcie pcie4 pcie5'.split(' '));

function matches(asked: GpuName, all: readonly Candidate[]): readonly Candidate[] {
  const numbers = asked.chip.filter((word) => /\d/.test(word));
  const found = all.filter(
    (one) => one.has(numbers) && one.names.some((name) => fits(asked, name, one.entry)),
  );
  if (found.length > 0) return found;
  const chip = asked.chip.filter((word) => !packaging.has(word));
  if (chip.length === asked.chip.length || chip.length === 0) return [];
  return matches({ ...asked, chip }, all);
}

function fits(asked: GpuName, { chip }: GpuName, entry: GpuEntry): boolean {
  if (!asked.chip.every((word) => chip.includes(word))) return false;
  if (!chip.every((word) => asked.chip.includes(word) || optional.has(word))) return false;
  if (asked.memoryGb === undefined) return !entry.name.includes('modified');
  const least = entry.memoryFromGb ?? entry.memoryGb;
  return asked.memoryGb >= least && asked.memoryGb <= entry.memoryGb;
}

function choose(fitting: readonly Candidate[], asked: GpuName): GpuRecord | undefined {
  const exact = fitting.filter(({ names }) => names.some((name) => isExactly(asked, name)));
  const [first, ...others] = commonFirst(exact.length > 0 ? exact : fitting);
  if (first === undefined) return undefined;
  if (first.entry.memoryFromGb !== undefined) return ofMemory(first.entry, asked.memoryGb);
  return others.every(({ entry }) => sameToUs(first.entry, entry)) ? first.entry : undefined;
}

/** Of cards that differ in packaging alone, servers for training mostly hold the SXM module. */
function commonFirst(fitting: readonly Candidate[]): readonly Candidate[] {
  const sxm = ({ entry }: Candidate): number => (/\bSXM/.test(entry.name) ? 0 : 1);
  return [...fitting].sort((a, b) => sxm(a) - sxm(b));
}

function isExactly(asked: GpuName, name: GpuName): boolean {
  if (asked.memoryGb !== name.memoryGb || asked.chip.length !== name.chip.length) return false;
  return name.chip.every((word) => asked.chip.includes(word));
}

function sameToUs(a: GpuRecord, b: GpuRecord): boolean {
  return (
    a.memoryBytes === b.memoryBytes &&
    a.computeCapability === b.computeCapability &&
    a.bf16 === b.bf16
  );
}

/** A machine sold with several sizes is known only once the name tells the size. */
function ofMemory(entry: GpuEntry, memoryGb: number | undefined): GpuRecord | undefined {
  if (memoryGb === undefined) return undefined;
  const { memoryFromGb: _, ...record } = entry;
  return {
    ...record,
    name: `${plain(entry)} ${memoryGb}GB`,
    memoryGb,
    memoryBytes: memoryGb * 2 ** 30,
  };
}

const plain = ({ name }: GpuEntry): string => name.replace(/ \(.*\)/, '');

function sizes({ entry }: Candidate): readonly string[] {
  if (entry.memoryFromGb === undefined) return [entry.name];
  return [entry.memoryFromGb, entry.memoryGb].map((gb) => `${plain(entry)} ${gb}GB`);
}

/** Cards whose chip is the asked one with other memory, or one edit away. */
function near({ chip }: GpuName, all: readonly Candidate[]): readonly string[] {
  const text = chip.join('');
  if (!/\d/.test(text)) return [];
  const scored = all.flatMap((candidate) => {
    const best = Math.min(...candidate.names.map((name) => distance(text, chip, name)));
    return best <= 1 ? [{ best, names: sizes(candidate) }] : [];
  });
  return scored.sort((a, b) => a.best - b.best).flatMap(({ names }) => names);
}

function distance(text: string, chip: readonly string[], name: GpuName): number {
  if (chip.every((word) => name.chip.includes(word))) return 0;
  if (text.length < 4) return 2;
  const short = name.chip.filter((word) => !optional.has(word)).join('');
  return Math.min(editDistance(text, name.chip.join(''), 1), editDistance(text, short, 1));
}

/** What the card must be able to do, besides having the memory. */
export interface GpuNeed {
  /** bf16 in tensor cores. */
  readonly bf16?: boolean;
}

const MAX_CARDS = 4;

/**
 * The smallest NVIDIA cards that hold `bytes`, one of each memory size, smallest first: at most
 * four. Laptops, modified cards and boards that are parts of a larger machine are left out. Empty
 * where no single card is large enough.
 */
export function smallestFittingGpus(bytes: number, need: GpuNeed = {}): readonly GpuRecord[] {
  const fitting = listGpus().filter(
    (gpu) => gpu.memoryBytes >= bytes && isOfTheShelf(gpu) && (!need.bf16 || gpu.bf16 === 'native'),
  );
  const bySize = new Map<number, GpuRecord>();
  for (const gpu of fitting) if (!bySize.has(gpu.memoryGb)) bySize.set(gpu.memoryGb, gpu);
  return [...bySize.values()].sort((a, b) => a.memoryGb - b.memoryGb).slice(0, MAX_CARDS);
}

function isOfTheShelf({ vendor, kind, name }: GpuEntry): boolean {
  if (vendor !== 'NVIDIA' || kind === 'laptop' || kind === 'unified') return false;
  return !/modified|per GPU|one of|Jetson|Spark|\b[AH]800\b|\bH20\b/.test(name);
}
