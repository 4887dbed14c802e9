import type { Interval } from '../../src-core/estimate/result.ts';
import type { Share } from '../../src-core/estimate/shares.ts';
import { bytes, formatBytes } from '../../src-core/run/units.ts';
import type { ReportedRun, RunMemory } from './reported-run.ts';
import type { Style } from './style.ts';
import { padEnd, padStart, wrap } from './width.ts';

const NAME = 17;
const SIZE = 9;
const WIDEST_BAR = 40;
/** Components below this share of the total are summed up in one line. */
const SMALL = 0.004;

type Card = ReportedRun['card'];

/** The memory of one GPU: a stair of components, the total against the card, and what it rests on. */
export function memoryTable(memory: RunMemory, card: Card, style: Style): readonly string[] {
  const { device } = memory.summary;
  const scale = Math.max(card?.memoryBytes ?? 0, device.expected);
  const width = Math.min(WIDEST_BAR, style.columns - NAME - SIZE - 8);
  let before = 0;
  const rows = rowsOf(memory).map((share) => {
    const drawn = stair(before / scale, share.bytes / scale, width, style);
    before += share.bytes;
    const size = padStart(formatBytes(share.bytes), SIZE);
    return `  ${padEnd(share.name, NAME)} ${size}  ${style.dim(drawn)}`;
  });
  return [...rows, totalRow(memory, card, scale, width, style), ...notes(memory, card, style)];
}

/** The same in one line, where many files are reported: what a GPU of the run's card has to hold. */
export function memoryLine({ summary: { device } }: RunMemory, card: number, style: Style): string {
  const against = `${formatBytes(device.expected)} of ${formatBytes(bytes(card))}`;
  return style.dim(`memory: ${against} (${rangeText(device)})`);
}

function rowsOf({ shares, summary: { device } }: RunMemory): readonly Share[] {
  const large = shares.filter((share) => share.bytes >= device.expected * SMALL);
  const small = shares.filter((share) => !large.includes(share));
  if (small.length < 2) return shares;
  const sum = small.reduce((total, share) => total + share.bytes, 0);
  return [...large, { name: `${small.length} small ones`, bytes: bytes(sum) }];
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
  { summary: { device }, severity }: RunMemory,
  card: Card,
  scale: number,
  width: number,
  style: Style,
): string {
  const label = `  ${padEnd('total', NAME)} ${padStart(formatBytes(device.expected), SIZE)}`;
  if (card === undefined) return `${style.bold(label)}  ${bar(width, style)}`;
  const paint = severity === undefined ? style.good : style[severity];
  const used = Math.max(1, Math.min(width, Math.round((device.expected / scale) * width)));
  const free = style.unicode ? '░' : '.';
  const full = style.unicode ? '█' : '#';
  const drawn = paint(full.repeat(used)) + style.dim(free.repeat(width - used));
  return `${style.bold(label)}  ${drawn}`;
}

function notes(
  { summary: { device, peak }, smallest }: RunMemory,
  card: Card,
  style: Style,
): readonly string[] {
  const indent = ' '.repeat(NAME + SIZE + 5);
  const range = `${rangeText(device)}; peak in ${peak.phase}${peak.op === '' ? '' : ` (${peak.op})`}`;
  const against = card && againstCard(device, card.memoryBytes, card.name);
  return [against, smallest, range]
    .filter((text) => text !== undefined)
    .flatMap((text) => wrap(text, style.columns - indent.length))
    .map((line) => indent + style.dim(line));
}

function againstCard(device: Interval, card: number, name: string): string {
  const share = device.expected / card;
  const shown = share < 2 ? `${Math.round(share * 100)} % of` : `${share.toFixed(1)} times`;
  return `${shown} the ${formatBytes(bytes(card))} of ${name}`;
}

/** `16.9 to 19.1 GiB`, or with two units where they differ. */
function rangeText({ low, high }: Interval): string {
  const [number = '', unit] = formatBytes(low).split(' ');
  const last = formatBytes(high);
  return `${last.endsWith(` ${unit}`) ? number : formatBytes(low)} to ${last}`;
}
