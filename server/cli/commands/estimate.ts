import { whyNotJudged } from '../../../src-core/hover/run-card.ts';
import type { AnalyzedRun } from '../../../src-core/index.ts';
import { known } from '../../../src-core/run/sourced.ts';
import { english, type Message } from '../../../src-core/text/message.ts';
import { jsonRun } from '../../report/json.ts';
import { runLines } from '../../report/pretty.ts';
import { placesIn } from '../../report/report.ts';
import { reportedRun } from '../../report/reported-run.ts';
import type { Style } from '../../report/style.ts';
import { wrap } from '../../report/width.ts';
import type { Command } from '../command.ts';
import type { Args } from '../flags.ts';
import type { InputFile } from '../inputs.ts';
import { EXIT, type Io } from '../io.ts';
import { styleFor } from '../look.ts';
import { RUN_FLAGS, runsOf } from '../runs.ts';

/** `tunelint estimate FILE`: the memory of each run, and what the figure rests on. */
export const estimate: Command = {
  name: 'estimate',
  operands: 'FILE | -- COMMAND',
  summary: 'Break down the GPU memory of a training run',
  flags: RUN_FLAGS,
  notes: ['Exit code 1: a run whose memory cannot be estimated.'],
  run: runEstimate,
};

function runEstimate(args: Args, io: Io): number {
  const { file, runs } = runsOf('estimate', args, io);
  if (args.text('format') === 'json') io.out(json(file, runs));
  else io.out(`${runs.flatMap((run) => pretty(run, styleFor(args, io))).join('\n')}\n`);
  return runs.every((run) => run.numbers.estimate() !== undefined) ? EXIT.clean : EXIT.findings;
}

function json(file: InputFile, runs: readonly AnalyzedRun[]): string {
  const place = placesIn(file);
  const summed = runs.map((run) => jsonRun(reportedRun(run, true), place));
  return `${JSON.stringify({ version: 1, path: file.path, runs: summed }, null, 2)}\n`;
}

function pretty(analyzed: AnalyzedRun, style: Style): readonly string[] {
  const estimate = analyzed.numbers.estimate();
  const lines = ['', ...runLines(reportedRun(analyzed, true), style, 'table')];
  if (estimate === undefined) return [...lines.slice(0, -1), ...whyNone(analyzed, style), ''];
  const because = estimate.widened.map(
    ({ why, by }) => `${why} (${(by * 100).toFixed(0)} % up and down)`,
  );
  return [
    ...lines,
    ...sentences('Taken for granted', estimate.assumptions, style),
    ...sentences('The range allows for', because, style),
  ];
}

function whyNone(analyzed: AnalyzedRun, style: Style): readonly string[] {
  const { model, modelled } = analyzed.run;
  const unknown = modelled.value !== 'none' && known(model)?.record?.arch === undefined;
  const help = '. "tunelint models" lists those that are; a config.json beside the weights is read';
  const why = `${english(whyNotJudged(analyzed))}${unknown ? help : ''}`;
  return wrap(why, style.columns - 2).map((line) => `  ${line}`);
}

function sentences(title: string, texts: readonly Message[], style: Style): readonly string[] {
  if (texts.length === 0) return [];
  const items = texts.flatMap((text) =>
    wrap(english(text), style.columns - 6).map((line, i) => `  ${i === 0 ? '-' : ' '} ${line}`),
  );
  return [`  ${style.bold(title)}`, ...items, ''];
}
