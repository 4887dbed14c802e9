import type { AnalyzedRun } from '../../../src-core/index.ts';
import { probeSpecFromRun } from '../../../src-core/probe/from-run.ts';
import { headroomByLayer, headroomByOp } from '../../../src-core/probe/plot.ts';
import { probe as emulate } from '../../../src-core/probe/probe.ts';
import type { FirstOverflow, ProbeResult, Verdict } from '../../../src-core/probe/result.ts';
import { formatCount } from '../../../src-core/run/units.ts';
import { english } from '../../../src-core/text/message.ts';
import { placesIn } from '../../report/report.ts';
import { runLine } from '../../report/run-line.ts';
import { runSummary } from '../../report/run-summary.ts';
import type { Style } from '../../report/style.ts';
import { wrap } from '../../report/width.ts';
import type { Command } from '../command.ts';
import type { Args } from '../flags.ts';
import type { InputFile } from '../inputs.ts';
import { EXIT, type Io } from '../io.ts';
import { styleFor } from '../look.ts';
import { RUN_FLAGS, runsOf } from '../runs.ts';

/** `tunelint probe FILE`: whether the numbers of a step fit the format that computes them. */
export const probe: Command = {
  name: 'probe',
  operands: 'FILE | -- COMMAND',
  summary: 'Say where a training step leaves the range of its number format',
  flags: RUN_FLAGS,
  notes: ['Exit code 1: a published or reported magnitude does not fit the format.'],
  run: runProbe,
};

function runProbe(args: Args, io: Io): number {
  const { file, runs } = runsOf('probe', args, io);
  if (args.text('format') === 'json') io.out(json(file, runs));
  else io.out(`${runs.flatMap((run) => pretty(run, styleFor(args, io))).join('\n')}\n`);
  const overflows = runs.some((run) => probeOf(run)?.verdict === 'overflow');
  return overflows ? EXIT.findings : EXIT.clean;
}

/** The whole probe of a run, its emulated step included. */
function probeOf({ run }: AnalyzedRun): ProbeResult | undefined {
  const spec = probeSpecFromRun(run);
  return spec === undefined ? undefined : emulate(spec);
}

function json(file: InputFile, runs: readonly AnalyzedRun[]): string {
  const place = placesIn(file);
  const summed = runs.map((analyzed) => {
    const found = probeOf(analyzed);
    return {
      start: place(analyzed.span.start),
      end: place(analyzed.span.end),
      run: runSummary(analyzed.run),
      probe: found === undefined ? null : plain(found),
    };
  });
  return `${JSON.stringify({ version: 1, path: file.path, runs: summed }, null, 2)}\n`;
}

function plain({ verdict, basis, format, firstOverflow, perOp, notes }: ProbeResult): object {
  return {
    verdict,
    basis,
    format: format.name,
    firstOverflow: firstOverflow ?? null,
    perOp: perOp.map((op) => ({ ...op, layer: op.layer ?? null })),
    notes: notes.map(english),
  };
}

const SAYS: Readonly<Record<Verdict, string>> = {
  overflow: 'a published or reported magnitude does not fit',
  near: 'a published magnitude takes a quarter of the range or more',
  fine: 'the published magnitudes leave three quarters of the range',
  unknown: 'what is published about its magnitudes, if anything, does not settle it',
};

function pretty(analyzed: AnalyzedRun, style: Style): readonly string[] {
  const found = probeOf(analyzed);
  const title = ['', `  ${style.bold(runLine(analyzed.run))}`, ''];
  if (found === undefined) return [...title, '  no probe: the model is not known', ''];
  const { verdict, basis, format, firstOverflow, notes } = found;
  const paint = {
    overflow: style.error,
    near: style.warning,
    fine: style.good,
    unknown: style.dim,
  };
  const rests =
    basis.kind === 'none' ? [] : [`${basis.kind}: ${basis.model ?? ''} ${basis.source ?? ''}`];
  return [
    ...title,
    `  ${paint[verdict](verdict)}  ${SAYS[verdict]} (${format.name}, up to ${shown(format.max)})`,
    ...(firstOverflow === undefined ? [] : [`  ${where(firstOverflow)}`]),
    ...[...rests, ...notes].flatMap((text) =>
      wrap(english(text), style.columns - 6).map((line, i) =>
        style.dim(`  ${i === 0 ? '=' : ' '} ${line}`),
      ),
    ),
    '',
    ...plots(found, style),
  ];
}

function where({ op, layer, value, direction }: FirstOverflow): string {
  const place = layer === undefined ? op : `${op} of layer ${layer}`;
  return `first in ${direction} at ${place}${value === undefined ? '' : `: ${shown(value)}`}`;
}

/** Room by layer as bars, then by operation. */
function plots(found: ProbeResult, style: Style): readonly string[] {
  const size = { width: Math.max(60, Math.min(style.columns - 2, 110)), ascii: false };
  return [headroomByLayer(found, size), headroomByOp(found)]
    .filter((lines) => lines.length > 0)
    .flatMap(([head = '', ...rows]) => [
      `  ${style.bold(head)}`,
      ...rows.map((row) => `  ${row}`),
      '',
    ]);
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1e7 || (value !== 0 && Math.abs(value) < 0.01))
    return value.toExponential(2);
  return Math.abs(value) >= 100 ? formatCount(value) : value.toPrecision(3);
}
