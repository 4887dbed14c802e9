import { deviceShares, type Share } from '../../src-core/estimate/shares.ts';
import {
  type AnalyzedRun,
  type ShownFit,
  shownFit,
  smallestCards,
  withMemory,
} from '../../src-core/index.ts';
import { cardCount } from '../../src-core/run/cards.ts';
import { known } from '../../src-core/run/sourced.ts';
import type { Span } from '../../src-core/text/span.ts';
import { type EstimateSummary, estimateSummary } from './estimate-summary.ts';
import { type RunSummary, runSummary } from './run-summary.ts';

/** One run as the reports show it: plain data, so that the analysis it comes from may be forgotten. */
export interface ReportedRun {
  readonly span: Span;
  readonly summary: RunSummary;
  /** The card, where it is known. */
  readonly card?: { readonly name: string; readonly memoryBytes: number };
  readonly memory?: RunMemory;
}

/** What a run needs on one GPU. */
export interface RunMemory {
  readonly summary: EstimateSummary;
  /** What nvidia-smi shows, part by part. */
  readonly shares: readonly Share[];
  /** How bad it is on the card; absent where it fits, or where no card is known. */
  readonly severity?: NonNullable<ShownFit['severity']>;
  /** The smallest card that holds it; absent where the card does, or where a part is not modelled. */
  readonly smallest?: string;
}

/** What there is to report of a run; its memory only where it is `estimated`. */
export function reportedRun(analyzed: AnalyzedRun, estimated: boolean): ReportedRun {
  const { run, span } = analyzed;
  const gpu = known(run.gpu) ?? undefined;
  const memory = estimated ? memoryOf(analyzed) : undefined;
  return {
    span: { start: span.start, end: span.end },
    summary: runSummary(run),
    ...(gpu === undefined ? {} : { card: { name: gpu.name, memoryBytes: gpu.memoryBytes } }),
    ...(memory === undefined ? {} : { memory }),
  };
}

function memoryOf(analyzed: AnalyzedRun): RunMemory | undefined {
  const { run, numbers } = analyzed;
  const estimate = numbers.estimate();
  if (estimate === undefined) return undefined;
  const room = known(run.gpu)?.memoryBytes;
  const severity = shownFit(analyzed)?.severity;
  const fits = room !== undefined && estimate.device.expected <= room;
  const cards = fits ? undefined : smallestCards(analyzed);
  return {
    summary: estimateSummary(estimate),
    shares: deviceShares(estimate),
    ...(severity === undefined ? {} : { severity }),
    ...(cards === undefined ? {} : { smallest: smallestText(cards, run) }),
  };
}

function smallestText(
  [first, second]: ReturnType<typeof smallestCards> & object,
  run: AnalyzedRun['run'],
): string {
  const world = cardCount(run.parallel) ?? 1;
  const each = world > 1 ? `, ${world} of them` : '';
  if (first === undefined)
    return `no known card holds this${world > 1 ? `, even ${world} of them` : ''}`;
  const also = second === undefined ? '' : `, then ${second.name}`;
  return `smallest card that fits${each}: ${withMemory(first)}${also}`;
}
