import type { CancellationToken, CodeLens } from 'vscode-languageserver';
import { type ShownFit, shownFit, smallestCards, withMemory } from '../../src-core/index.ts';
import { cardCount } from '../../src-core/run/cards.ts';
import { known } from '../../src-core/run/sourced.ts';
import { gibibytes } from '../../src-core/run/units.ts';
import { english, joined, type Message, say } from '../../src-core/text/message.ts';
import type { Span } from '../../src-core/text/span.ts';
import type { AnalyzedRun } from '../core.ts';
import { namesCard } from '../launches.ts';
import { SUMMARY, type SummaryItem, type SummaryParams } from '../proto/requests.ts';
import { toRange } from '../proto/to-proto.ts';
import { type LaunchView, ofLaunch, runsWith, sayersOf } from '../seen.ts';
import { guarded, type Shell } from '../shell.ts';
import type { View } from '../view.ts';

/** Of memory alone: none may read as "the run is right". */
const ICON = {
  fits: '$(circuit-board)',
  tight: '$(info)',
  unlikely: '$(warning)',
  'does-not-fit': '$(error)',
};

/** What the verdict is about, before the figures. */
const WORDS = {
  fits: (need: Message) => say`memory fits: ${need}`,
  tight: (need: Message) => say`memory is tight: ${need}`,
  unlikely: (need: Message) => say`memory probably does not fit: ${need}`,
  'does-not-fit': (need: Message) => say`memory does not fit: ${need}`,
};

/**
 * `memory fits: ≈ 18.4 of 24.0 GiB`, the device's memory as nvidia-smi counts it; without a card the
 * need, and the smallest that it fits.
 */
function memoryText(run: AnalyzedRun): Message | undefined {
  const need = run.numbers.estimate()?.device.expected;
  if (need === undefined) return undefined;
  const memory = known(run.run.gpu)?.memoryBytes;
  const fit = shownFit(run);
  if (fit !== undefined && memory !== undefined)
    return WORDS[fit.kind](say`≈ ${gibibytes(need)} of ${gibibytes(memory)} GiB`);
  const [card] = smallestCards(run) ?? [];
  return card === undefined
    ? say`memory: ≈ ${gibibytes(need)} GiB`
    : say`memory: ≈ ${gibibytes(need)} GiB, fits ${withMemory(card)}`;
}

/** The verdict whose colour and icon are those of the finding. */
const COLOURED = { error: 'does-not-fit', warning: 'unlikely', hint: 'tight' } as const;

function colouredAs({ severity }: ShownFit): NonNullable<SummaryItem['verdict']> {
  return severity === undefined ? 'fits' : COLOURED[severity];
}

/** Whether an error of the run is shown: one that a comment silences is not. */
function isFailing({ analysis }: View, run: AnalyzedRun): boolean {
  const own = new Set(run.findings.map(({ rule, message }) => `${rule} ${message}`));
  return analysis.findings.some(
    ({ rule, message, severity }) => severity === 'error' && own.has(`${rule} ${message}`),
  );
}

/** What a run needs, `Qwen2.5-7B-Instruct · LoRA r8 · bf16` behind it. */
function textOf({ core }: Shell, run: AnalyzedRun): Message {
  const line = core.runLine(run.run);
  const memory = memoryText(run);
  return memory === undefined ? line : joined([memory, line], ' · ');
}

/** A run as marks and lines show it. */
function itemOf(shell: Shell, { view, run, uri, at, text }: ShownRun): SummaryItem {
  const fit = shownFit(run);
  const gpu = known(run.run.gpu) ?? undefined;
  return {
    uri,
    run: view.analysis.runs.indexOf(run),
    line: view.document.positionAt(at.start).line,
    text: shell.say(text),
    ...(fit ? { verdict: colouredAs(fit) } : {}),
    failing: isFailing(view, run),
    ...(gpu === undefined ? {} : { gpu: gpu.name }),
    gpus: cardCount(run.run.parallel) ?? 1,
    named: namesCard(run.run),
  };
}

/** A run where it is shown. */
interface ShownRun {
  readonly view: View;
  readonly run: AnalyzedRun;
  /** The document whose run it is. */
  readonly uri: string;
  /** Where it is shown, in the view's document. */
  readonly at: Span;
  readonly text: Message;
}

/** What a document shows: its own runs, or in their place those of the launches that stand for it. */
async function shownIn(
  shell: Shell,
  uri: string,
  token: CancellationToken,
): Promise<readonly ShownRun[]> {
  const { own, launches, spoken } = await sayersOf(shell.session, uri, token);
  const launched = spoken ? launches.flatMap((one) => launchedRuns(shell, one, own)) : [];
  // Launches that differ in nothing are one line.
  const different = new Map(launched.map((one) => [`${one.at.start} ${english(one.text)}`, one]));
  const named = [...different.values()].map((one) => ({
    ...one,
    text: ofLaunch(one.view, one.text),
  }));
  if (named.length > 0 || own === undefined) return named;
  return runsIn(own).map((run) => ({
    view: own,
    run,
    uri,
    at: run.span,
    text: textOf(shell, run),
  }));
}

/** The runs of a launch in the document that it starts, each where the document's own run would be. */
function launchedRuns(shell: Shell, view: LaunchView, own: View | undefined): readonly ShownRun[] {
  const { document, found, launcher: uri } = view;
  return runsWith(view, document).flatMap((run) => {
    const spans = run.recognized.sections
      .filter(({ file }) => found.get(file) === document)
      .map(({ unit }) => unit.span);
    const same = own && runsIn(own).find((one) => sharesUnit(one, spans));
    const at = same?.span ?? spans.at(-1);
    return run.trains && at ? [{ view, run, uri, at, text: textOf(shell, run) }] : [];
  });
}

function sharesUnit({ recognized: { sections } }: AnalyzedRun, spans: readonly Span[]): boolean {
  return sections.some(({ unit }) => spans.some(({ start }) => start === unit.span.start));
}

/** Runs that train and stand in this very document. */
function runsIn(view: View): readonly AnalyzedRun[] {
  return view.analysis.runs.filter(
    ({ trains, recognized: { grip } }) =>
      trains && view.place(grip.file, grip.span) === view.document,
  );
}

/** What choosing the line does, for clients that have the panel; others only read it. */
const SHOW_MEMORY = 'tunelint.showMemory';

function lensOf(shell: Shell, shown: ShownRun): CodeLens {
  const { uri, run: index, text, verdict: kind } = itemOf(shell, shown);
  const known = shown.run.numbers.estimate() !== undefined;
  const icon = kind === undefined ? (known ? '$(circuit-board)\u00a0' : '') : `${ICON[kind]}\u00a0`;
  const args = [uri, index];
  const command = {
    title: shell.shows.panel ? `${icon}${text}` : text,
    command: shell.shows.panel ? SHOW_MEMORY : '',
    arguments: args,
  };
  return { range: toRange(shown.view.document, shown.at), command };
}

/** A line above each run with what it needs; choosing it opens the panel. */
export function registerSummary(shell: Shell): void {
  const { connection, session } = shell;
  connection.onCodeLens(
    guarded(connection, 'textDocument/codeLens', [], async ({ textDocument }, token) => {
      const { enable, summary } = await session.settings(textDocument.uri);
      if (!enable || !summary) return [];
      const shown = await shownIn(shell, textDocument.uri, token);
      return shown.map((one) => lensOf(shell, one));
    }),
  );
  connection.onRequest<SummaryItem[], never>(
    SUMMARY,
    guarded<SummaryParams, SummaryItem[]>(connection, SUMMARY, [], async ({ uri }, token) => {
      const shown = await shownIn(shell, uri, token);
      return shown.map((one) => itemOf(shell, one));
    }),
  );
}
