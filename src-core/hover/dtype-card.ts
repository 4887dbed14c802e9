import type { AnalyzedRun } from '../analysis/analyzed-run.ts';
import type { DType } from '../facts/dtypes.ts';
import { formatOf } from '../probe/formats.ts';
import { dtypeSpecFromRun } from '../probe/from-run.ts';
import { measuredRange } from '../probe/measured-range.ts';
import { storedIn } from '../probe/stored-formats.ts';
import type { QuickVerdict } from '../probe/verdict.ts';
import { magnitudeWords, verdictWords } from '../probe/verdict-words.ts';
import { known } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import { formatCount } from '../run/units.ts';
import { joined, type Message, say } from '../text/message.ts';
import { linked } from './sources.ts';

/** What the compute dtype of a run can hold, and what its model is known to need. */
export function dtypeCard({ run, numbers }: AnalyzedRun): Message | undefined {
  const dtype = known(run.computeDtype);
  const format = dtype === undefined ? undefined : formatOf(dtype);
  if (dtype === undefined || format === undefined) return undefined;
  const verdict = numbers.probe();
  const lines = [
    verdict === undefined ? '' : say`**${verdictWords(verdict)}**`,
    verdict === undefined ? '' : evidence(verdict),
    say`products run in **${format.name}**: up to ${magnitudeWords(format.max)}, ${digits(dtype)}`,
    roles(run.loadDtype.value, run.trainableDtype.value),
    ...published(run, verdict),
    ...notes(verdict).map((note) => say`_${linked(note)}_`),
  ];
  return joined(
    lines.filter((line) => line !== ''),
    '\n\n',
  );
}

/** What an overflow rests on: who saw it, in which model. */
function evidence({ verdict, basis, outcome }: QuickVerdict): Message {
  const { kind, model, source } = basis;
  if (verdict !== 'overflow' || model === undefined || source === undefined) return '';
  if (kind === 'reported')
    return say`_reported for ${model}: ${outcome ?? ''} (${linked(source)})_`;
  return kind === 'family'
    ? say`_measured in ${model}, a sibling, by ${linked(source)}_`
    : say`_measured by ${linked(source)}_`;
}

/** The notes that say more than the lines above them. */
function notes(verdict: QuickVerdict | undefined): readonly Message[] {
  const all = verdict?.notes ?? [];
  return (verdict?.outcome === undefined ? all : all.slice(1)).slice(0, 2);
}

/**
 * The largest magnitude that is published, with who measured it: of the op that overflows if it has
 * a figure, else of the others.
 */
function published(run: TrainingRun, verdict: QuickVerdict | undefined): readonly Message[] {
  const model = known(run.model);
  const range = model === undefined ? undefined : measuredRange(model.record?.id ?? model.text);
  const first = verdict?.verdict === 'overflow' ? verdict.firstOverflow : undefined;
  if (range === undefined || first?.value === range.value) return [];
  const whose = range.basis === 'measured' ? say`this model` : range.model;
  const spec = dtypeSpecFromRun(run);
  const stored = spec && storedIn(range.site, spec);
  const kept =
    stored === undefined || stored.name === verdict?.format.name
      ? ''
      : say`, kept in ${stored.name} here`;
  const figure = say`${formatCount(range.value)} (the ${range.where}, ${whose}${kept})`;
  const elsewhere = first !== undefined && first.value === undefined;
  return [
    elsewhere
      ? say`elsewhere the largest published magnitude is ${figure}`
      : say`largest published magnitude: ${figure}`,
    ...(range.source === verdict?.basis.source && first !== undefined
      ? []
      : [say`_measured by ${linked(range.source)}_`]),
  ];
}

const BITS: { readonly [K in DType]?: number } = {
  float32: 24,
  tf32: 11,
  bfloat16: 8,
  float16: 11,
  float8_e4m3fn: 4,
  float8_e5m2: 3,
};

function digits(dtype: DType): Message {
  const bits = BITS[dtype];
  return bits === undefined ? '' : say`${bits} significant bits`;
}

function roles(load: unknown, train: unknown): Message {
  const parts = [
    typeof load === 'string' ? say`weights load in \`${load}\`` : undefined,
    typeof train === 'string' ? say`what trains is kept in \`${train}\`` : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : joined(parts, '; ');
}
