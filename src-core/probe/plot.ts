import { formatCount } from '../run/units.ts';
import type { FloatFormat } from './formats.ts';
import type { OpRange, ProbeResult } from './result.ts';

/** How a plot is drawn. */
export interface PlotOptions {
  /** Columns of the terminal; at least 60 are used. */
  readonly width: number;
  /** Draw with ASCII only. */
  readonly ascii: boolean;
}

/** A magnitude in a few characters: `13,312`, `77`, `0.0016`, `2.1e-7`, `inf`. */
export function formatMagnitude(x: number): string {
  const size = Math.abs(x);
  if (!Number.isFinite(x)) return 'inf';
  if (size >= 1e7 || (size > 0 && size < 1e-3)) return x.toExponential(1);
  if (size >= 100) return formatCount(x);
  return String(Number(x.toPrecision(2)));
}

/** `+4.3` bits left, `-1.9` bits past the limit. */
export function formatBits(bits: number): string {
  if (!Number.isFinite(bits)) return bits < 0 ? 'past' : '-';
  return `${bits >= 0 ? '+' : '-'}${Math.abs(bits).toFixed(1)}`;
}

/**
 * The probe's answer as lines of text: the verdict and what it rests on, headroom by layer as bars
 * against the format's limit, and the ops with the least headroom.
 */
export function plotProbe(model: string, result: ProbeResult, options: PlotOptions): string {
  const width = Math.max(60, Math.min(options.width, 120));
  const sections = [verdictLines(model, result), headroomByLayer(result, { ...options, width })];
  sections.push(
    headroomByOp(result),
    result.notes.map((note) => `note: ${note}`),
  );
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function verdictLines(model: string, result: ProbeResult): string[] {
  const { verdict, basis, format, firstOverflow: first } = result;
  const lines = [
    `${model} in ${format.name} (largest value ${formatMagnitude(format.max)}): ${verdict}`,
  ];
  if (first) {
    const at = first.layer === undefined ? '' : ` in layer ${first.layer}`;
    const value = first.value === undefined ? '' : `: ${formatMagnitude(first.value)}`;
    lines.push(`first past the limit: ${first.op}${at}, ${first.direction}${value}`);
  }
  const of = basis.model === undefined ? '' : ` on ${basis.model}`;
  const source = basis.source === undefined ? '' : ` (${basis.source})`;
  lines.push(
    basis.kind === 'none' ? 'basis: nothing is published' : `basis: ${basis.kind}${of}${source}`,
  );
  return lines;
}

/** The forward op with the least headroom in each layer, first layers first. */
export function worstByLayer(result: ProbeResult): readonly OpRange[] {
  const worst = new Map<number, OpRange>();
  for (const one of result.perOp) {
    if (one.direction !== 'forward' || one.layer === undefined) continue;
    const before = worst.get(one.layer);
    if (before === undefined || one.max >= before.max) worst.set(one.layer, one);
  }
  return [...worst].sort((a, b) => a[0] - b[0]).map(([, one]) => one);
}

/**
 * A headline and one line for each layer: its forward op with the least headroom as a bar against
 * the format's limit. No lines when nothing was emulated.
 */
export function headroomByLayer(result: ProbeResult, { width, ascii }: PlotOptions): string[] {
  const worst = worstByLayer(result);
  if (worst.length === 0) return [];
  const room = width - 42;
  const lines = [
    `layer  ${'largest'.padStart(9)}  bits left  ${'op'.padEnd(14)} 1 .. ${formatMagnitude(result.format.max)}`,
  ];
  for (const one of worst) {
    const left = formatBits(one.headroomBits);
    const head = `${String(one.layer).padStart(5)}  ${formatMagnitude(one.max).padStart(9)}  ${left.padStart(9)}`;
    lines.push(`${head}  ${one.op.padEnd(14)} ${bar(one.max, result.format, room, ascii)}`);
  }
  return lines;
}

/** A bar on a logarithmic scale from 1 to the limit; a mark beyond it when the value is past. */
function bar(max: number, format: FloatFormat, room: number, ascii: boolean): string {
  const [full, limit, past] = ascii ? ['#', '|', '!'] : ['█', '│', '▶'];
  const share = Math.log2(Math.max(1, max)) / Math.log2(format.max);
  const filled = Math.min(room, Math.round(room * share));
  const beyond = max >= format.overflowsFrom ? past : '';
  return `${full.repeat(filled)}${' '.repeat(room - filled)}${limit}${beyond}`;
}

/** A headline and one line for each op: its layer of least headroom, and what rounding lost. */
export function headroomByOp(result: ProbeResult): string[] {
  const worst = new Map<string, OpRange>();
  for (const one of result.perOp) {
    const key = `${one.direction} ${one.op}`;
    const before = worst.get(key);
    if (before === undefined || one.max > before.max) worst.set(key, one);
  }
  if (worst.size === 0) return [];
  const { firstOverflow: first } = result;
  const lines = [`${'op'.padEnd(24)} layer  ${'largest'.padStart(9)}  bits left  to zero  figure`];
  if (first && first.value === undefined) {
    lines.push(
      `${first.op.padEnd(24)} ${'?'.padStart(5)}  ${'unknown'.padStart(9)}  ${'past'.padStart(9)}  ${'-'.padStart(7)}  reported`,
    );
  }
  for (const [name, one] of worst) {
    const layer = one.layer === undefined ? '-' : String(one.layer);
    const zero = percent(one.flushedShare);
    const short = name.replace(/^forward /, '').replace(/^backward /, 'd ');
    lines.push(
      `${short.padEnd(24)} ${layer.padStart(5)}  ${formatMagnitude(one.max).padStart(9)}  ` +
        `${formatBits(one.headroomBits).padStart(9)}  ${zero.padStart(7)}  ${one.published ? 'published' : 'emulated'}`,
    );
  }
  return lines;
}

function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${(100 * share).toFixed(share > 0.1 ? 0 : 1)} %`;
}
