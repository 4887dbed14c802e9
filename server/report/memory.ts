import type { Estimate } from '../../src-core/estimate/result.ts';
import { deviceShares } from '../../src-core/estimate/shares.ts';
import { verdict } from '../../src-core/estimate/verdict.ts';
import { smallestFittingGpus } from '../../src-core/facts/lookup.ts';
import { cardCount } from '../../src-core/run/cards.ts';
import { known } from '../../src-core/run/sourced.ts';
import type { TrainingRun } from '../../src-core/run/training-run.ts';
import { type Bytes, bytes, formatBytes } from '../../src-core/run/units.ts';
import type { Paint, Style } from './style.ts';
import { padEnd, padStart, wrap } from './width.ts';

const NAME = 17;
const SIZE = 9;
const WIDEST_BAR = 40;
/** Components below this share of the total are summed up in one line. */
const SMALL = 0.004;

interface Row {
  readonly name: string;
  readonly size: Bytes;
}

/** The memory of one GPU: a stair of components, the total against the card, and what it rests on. */
export function memoryTable(estimate: Estimate, run: TrainingRun, style: Style): readonly string[] {
  const card = known(run.gpu) ?? undefined;
  const { device } = estimate;
  const scale = Math.max(card?.memoryBytes ?? 0, device.expected);
  const width = Math.min(WIDEST_BAR, style.columns - NAME - SIZE - 8);
  let before = 0;
  const rows = rowsOf(estimate).map(({ name, size }) => {
    const drawn = stair(before / scale, size / scale, width, style);
    before += size;
    return `  ${padEnd(name, NAME)} ${padStart(formatBytes(size), SIZE)}  ${style.dim(drawn)}`;
  });
  return [
    ...rows,
    totalRow(estimate, card?.memoryBytes, scale, width, style),
    ...notes(estimate, run, style),
  ];
}

/** The same in one line, where many files are reported. */
export function memoryLine({ device }: Estimate, style: Style): string {
  return style.dim(`${formatBytes(device.expected)} on each GPU, ${rangeText(device)}`);
}

function rowsOf(estimate: Estimate): readonly Row[] {
  const { device } = estimate;
  const all: Row[] = deviceShares(estimate).map((share) => ({
    name: share.name,
    size: share.bytes,
  }));
  const large = all.filter(({ size }) => size >= device.expected * SMALL);
  const small = all.filter((row) => !large.includes(row));
  if (small.length < 2) return all;
  const sum = small.reduce((total, { size }) => total + size, 0);
  return [...large, { name: `${small.length} small ones`, size: bytes(sum) }];
}

function stair(from: number, share: number, width: number, style: Style): string {
  const start = Math.min(width - 1, Math.round(from * width));
  return ' '.repeat(start) + bar(share * width, style);
}

function bar(cells: number, { unicode }: Style): string {
  if (!unicode) return '#'.repeat(Math.max(1, Math.round(cells)));
  const whole = Math.floor(cells);
  const eighths = Math.round((cells - whole) * 8);
  const part = eighths === 8 ? '█' : (' ▏▎▍▌▋▊▉'[eighths] ?? '').trim();
  return '█'.repeat(whole) + (whole === 0 && part === '' ? '▏' : part);
}

function totalRow(
  estimate: Estimate,
  card: Bytes | number | undefined,
  scale: number,
  width: number,
  style: Style,
): string {
  const { device } = estimate;
  const label = `  ${padEnd('total', NAME)} ${padStart(formatBytes(device.expected), SIZE)}`;
  if (card === undefined) return `${style.bold(label)}  ${bar(width, style)}`;
  const paint = paintFor(estimate, card, style);
  const used = Math.max(1, Math.min(width, Math.round((device.expected / scale) * width)));
  const free = style.unicode ? '░' : '.';
  const full = style.unicode ? '█' : '#';
  const drawn = paint(full.repeat(used)) + style.dim(free.repeat(width - used));
  return `${style.bold(label)}  ${drawn}`;
}

function paintFor(estimate: Estimate, card: number, style: Style): Paint {
  const { severity } = verdict(estimate, card);
  return severity === undefined ? style.good : style[severity];
}

function notes(estimate: Estimate, run: TrainingRun, style: Style): readonly string[] {
  const { device, peakPhase, peakOp } = estimate;
  const indent = ' '.repeat(NAME + SIZE + 5);
  const card = known(run.gpu) ?? undefined;
  const range = `${rangeText(device)}; peak in ${peakPhase}${peakOp === '' ? '' : ` (${peakOp})`}`;
  const against = card && againstCard(estimate, card.memoryBytes, card.name);
  const fits = card !== undefined && device.expected <= card.memoryBytes;
  return [
    against,
    fits || run.modelled.value === 'part' ? undefined : smallestText(estimate, run),
    range,
  ]
    .filter((text) => text !== undefined)
    .flatMap((text) => wrap(text, style.columns - indent.length))
    .map((line) => indent + style.dim(line));
}

function againstCard({ device }: Estimate, card: number, name: string): string {
  const share = device.expected / card;
  const shown = share < 2 ? `${Math.round(share * 100)} % of` : `${share.toFixed(1)} times`;
  return `${shown} the ${formatBytes(bytes(card))} of ${name}`;
}

function smallestText({ device }: Estimate, run: TrainingRun): string {
  const bf16 = known(run.computeDtype) === 'bfloat16';
  const [first, second] = smallestFittingGpus(device.high, { bf16 });
  const world = cardCount(run.parallel) ?? 1;
  const each = world > 1 ? `, ${world} of them` : '';
  if (first === undefined)
    return `no known card holds this${world > 1 ? `, even ${world} of them` : ''}`;
  const also = second === undefined ? '' : `, then ${second.name}`;
  return `smallest card that fits${each}: ${first.name} (${first.memoryGb} GB)${also}`;
}

/** `16.9 to 19.1 GiB`, or with two units where they differ. */
function rangeText({ low, high }: Estimate['device']): string {
  const [number = '', unit] = formatBytes(low).split(' ');
  const last = formatBytes(high);
  return `${last.endsWith(` ${unit}`) ? number : formatBytes(low)} to ${last}`;
}
