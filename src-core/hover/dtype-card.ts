import type { AnalyzedRun } from '../analysis/analyzed-run.ts';
import type { DType } from '../facts/dtypes.ts';
import { formatOf } from '../probe/formats.ts';
import { measuredRange } from '../probe/measured-range.ts';
import { known } from '../run/sourced.ts';
import type { ModelRef } from '../run/training-run.ts';
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
    verdict === undefined ? '' : say`**${VERDICTS[verdict.verdict]}**`,
    say`products run in **${format.name}**: up to ${magnitude(format.max)}, ${digits(dtype)}`,
    roles(run.loadDtype.value, run.trainableDtype.value),
    ...published(known(run.model)),
    ...(verdict?.notes ?? []).slice(0, 2).map((note) => say`_${linked(note)}_`),
  ];
  return joined(
    lines.filter((line) => line !== ''),
    '\n\n',
  );
}

/** The largest magnitude that is published, with who measured it. */
function published(model: ModelRef | undefined): readonly Message[] {
  const range = model === undefined ? undefined : measuredRange(model.record?.id ?? model.text);
  if (range === undefined) return [];
  const whose = range.basis === 'measured' ? say`this model` : range.model;
  return [
    say`largest published magnitude: ${formatCount(range.value)} (the ${range.where}, ${whose})`,
    say`_measured by ${linked(range.source)}_`,
  ];
}

const VERDICTS = {
  overflow: say`overflow: a published magnitude does not fit`,
  near: say`near the end: a published magnitude takes a quarter of the range or more`,
  fine: say`fits: the published magnitudes leave three quarters of the range`,
  unknown: say`not known: nothing is published for this model`,
} as const;

function magnitude(max: number): string {
  return max > 1e6 ? max.toExponential(2) : formatCount(max);
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
