import type { CodeLens } from 'vscode-languageserver';
import { type Estimate, verdict } from '../../src-core/index.ts';
import { known } from '../../src-core/run/sourced.ts';
import type { AnalyzedRun } from '../core.ts';
import { toRange } from '../proto/to-proto.ts';
import { guarded, type Shell } from '../shell.ts';
import type { View } from '../view.ts';

const ICON = {
  fits: '$(pass)',
  tight: '$(info)',
  unlikely: '$(warning)',
  'does-not-fit': '$(error)',
};

const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

/** `18.4 of 24.0 GiB`, the device's memory as nvidia-smi counts it; without a card the need alone. */
function memoryText(estimate: Estimate, memoryBytes: number | undefined): string {
  const need = gib(estimate.device.expected);
  if (memoryBytes === undefined) return `$(circuit-board)\u00a0≈ ${need} GiB`;
  return `${ICON[verdict(estimate, memoryBytes).kind]}\u00a0≈ ${need} of ${gib(memoryBytes)} GiB`;
}

/** The run in one line: `≈ 18.4 of 24.0 GiB · Qwen2.5-7B-Instruct · LoRA r8 · bf16 · RTX 4090D`. */
export function summaryOf(runLine: (run: AnalyzedRun['run']) => string, run: AnalyzedRun): string {
  const estimate = run.numbers.estimate();
  const line = runLine(run.run);
  if (estimate === undefined) return line;
  return `${memoryText(estimate, known(run.run.gpu)?.memoryBytes)} · ${line}`;
}

/** What choosing the line does, for clients that have the panel; others only read it. */
const SHOW_MEMORY = 'tunelint.showMemory';

function lenses({ core, shows }: Shell, view: View): CodeLens[] {
  const { runs } = view.analysis;
  return runs
    .filter((run) => run.trains && view.place(run.recognized.grip.file) === view.document)
    .map((run) => {
      const title = summaryOf(core.runLine, run);
      const args = [view.document.uri, runs.indexOf(run)];
      const command = { title, command: shows.panel ? SHOW_MEMORY : '', arguments: args };
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
}
