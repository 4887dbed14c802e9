import type { CodeLens } from 'vscode-languageserver';
import { type Estimate, verdict } from '../../src-core/index.ts';
import { cardCount } from '../../src-core/run/cards.ts';
import { known } from '../../src-core/run/sourced.ts';
import { joined, type Message, say } from '../../src-core/text/message.ts';
import type { AnalyzedRun } from '../core.ts';
import { SUMMARY, type SummaryItem, type SummaryParams } from '../proto/requests.ts';
import { toRange } from '../proto/to-proto.ts';
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

const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

/**
 * `memory fits: ≈ 18.4 of 24.0 GiB`, the device's memory as nvidia-smi counts it; without a card the
 * need alone.
 */
function memoryText(estimate: Estimate, memoryBytes: number | undefined): Message {
  const need = gib(estimate.device.expected);
  if (memoryBytes === undefined) return say`≈ ${need} GiB`;
  const { kind } = verdict(estimate, memoryBytes);
  return WORDS[kind](say`≈ ${need} of ${gib(memoryBytes)} GiB`);
}

/** Whether an error of the run is shown: one that a comment silences is not. */
function isFailing({ analysis }: View, run: AnalyzedRun): boolean {
  const own = new Set(run.findings.map(({ rule, message }) => `${rule} ${message}`));
  return analysis.findings.some(
    ({ rule, message, severity }) => severity === 'error' && own.has(`${rule} ${message}`),
  );
}

/** A run as marks and lines show it: what it needs, `Qwen2.5-7B-Instruct · LoRA r8 · bf16` behind it. */
function itemOf({ core, say: localize }: Shell, view: View, run: AnalyzedRun): SummaryItem {
  const estimate = run.numbers.estimate();
  const gpu = known(run.run.gpu) ?? undefined;
  const line = core.runLine(run.run);
  return {
    run: view.analysis.runs.indexOf(run),
    line: view.document.positionAt(run.span.start).line,
    text: localize(
      estimate === undefined ? line : joined([memoryText(estimate, gpu?.memoryBytes), line], ' · '),
    ),
    ...(estimate && gpu ? { verdict: verdict(estimate, gpu.memoryBytes).kind } : {}),
    failing: isFailing(view, run),
    ...(gpu === undefined ? {} : { gpu: gpu.name }),
    gpus: cardCount(run.run.parallel) ?? 1,
  };
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

function lenses(shell: Shell, view: View): CodeLens[] {
  return runsIn(view).map((run) => {
    const { run: index, text, verdict: kind } = itemOf(shell, view, run);
    const known = run.numbers.estimate() !== undefined;
    const icon =
      kind === undefined ? (known ? '$(circuit-board)\u00a0' : '') : `${ICON[kind]}\u00a0`;
    const args = [view.document.uri, index];
    const command = {
      title: shell.shows.panel ? `${icon}${text}` : text,
      command: shell.shows.panel ? SHOW_MEMORY : '',
      arguments: args,
    };
    return { range: toRange(view.document, run.span), command };
  });
}

/** A line above each run with what it needs; choosing it opens the panel. */
export function registerSummary(shell: Shell): void {
  const { connection, session } = shell;
  connection.onCodeLens(
    guarded(connection, 'textDocument/codeLens', [], async ({ textDocument }, token) => {
      const view = await session.view(textDocument.uri, token);
      return view?.settings.summary ? lenses(shell, view) : [];
    }),
  );
  connection.onRequest<SummaryItem[], never>(
    SUMMARY,
    guarded<SummaryParams, SummaryItem[]>(connection, SUMMARY, [], async ({ uri }, token) => {
      const view = await session.view(uri, token);
      return view === undefined ? [] : runsIn(view).map((run) => itemOf(shell, view, run));
    }),
  );
}
