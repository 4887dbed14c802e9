import type { CancellationToken } from 'vscode-languageserver';
import { deviceShares } from '../../src-core/estimate/shares.ts';
import { whyNotJudged } from '../../src-core/hover/run-card.ts';
import { isAboutFit, shownFit } from '../../src-core/index.ts';
import { known } from '../../src-core/run/sourced.ts';
import { say, word } from '../../src-core/text/message.ts';
import type { AnalyzedRun } from '../core.ts';
import {
  PANEL,
  PANEL_APPLY,
  type PanelAnswer,
  type PanelData,
  type PanelParams,
  type PanelWithout,
} from '../proto/panel.ts';
import { toWorkspaceEdit } from '../proto/to-proto.ts';
import { guarded, type Shell } from '../shell.ts';
import type { View } from '../view.ts';
import { numbersOf } from './headroom.ts';
import { seriesOf } from './panel-series.ts';
import { type Tried, tryChanges, valuesOf } from './what-if.ts';

/** Errors that came with the changes: what fits is of no use where it does not start. */
function errorsOf(shell: Shell, written: AnalyzedRun, tried: AnalyzedRun): readonly string[] {
  const errors = ({ findings }: AnalyzedRun) =>
    findings.filter((finding) => finding.severity === 'error' && !isAboutFit(finding));
  const before = new Set(errors(written).map(({ rule }) => rule));
  return errors(tried)
    .filter(({ rule }) => !before.has(rule))
    .map(({ message }) => shell.say(message));
}

/** The numbers of the run after the changes, or why it has none. */
function dataOf(shell: Shell, written: AnalyzedRun, tried: Tried): PanelData | PanelWithout {
  const { run } = tried;
  const estimate = run.numbers.estimate();
  if (estimate === undefined) return { why: shell.say(whyNotJudged(run)) };
  const gpu = known(run.run.gpu);
  const fit = shownFit(run);
  return {
    title: shell.say(shell.core.runLine(run.run)),
    ...(gpu ? { gpu: gpu.name, memory: gpu.memoryBytes } : {}),
    ...(fit ? { verdict: fit.kind } : {}),
    need: estimate.device,
    writtenNeed: written.numbers.estimate()?.device.expected ?? estimate.device.expected,
    peak: shell.say(say`${word(estimate.peakPhase)}, at ${estimate.peakOp}`),
    components: deviceShares(estimate).map((share) => ({
      ...share,
      name: shell.say(word(share.name)),
    })),
    series: seriesOf(shell, run, estimate),
    values: valuesOf(run),
    refused: tried.refused,
    errors: errorsOf(shell, written, run),
    writable: tried.files.length > 0,
    numbers: numbersOf(run, shell),
    assumptions: [...estimate.assumptions, ...estimate.widened.map(({ why }) => why)].map(
      shell.say,
    ),
    cards: shell.core.listGpus().map(({ name }) => name),
  };
}

/** Tries the changes on the view's run; a card that is tried wins over the file's own. */
function tried({ core }: Shell, view: View, { run, changes }: PanelParams): Tried | undefined {
  const { file } = view.analysis;
  const hardware = changes.gpu === undefined ? {} : { gpu: changes.gpu, hardwareWins: true };
  const settings = { ...view.settings.core, ...hardware };
  const again = (files: ReadonlyMap<string, string>) => {
    const text = files.get(file.path) ?? file.text;
    return core.analyze({ file: { ...file, text }, settings, files, effort: 'typing' });
  };
  const texts = new Map([...view.analysis.documents].map(([path, one]) => [path, one.file.text]));
  return tryChanges(again(texts), run, changes, again);
}

async function answer(
  shell: Shell,
  params: PanelParams,
  token: CancellationToken,
): Promise<PanelAnswer> {
  const view = await shell.session.view(params.uri, token);
  const written = view?.analysis.runs[params.run];
  const found = view === undefined ? undefined : tried(shell, view, params);
  if (written === undefined || found === undefined) return null;
  return dataOf(shell, written, found);
}

async function apply(
  shell: Shell,
  params: PanelParams,
  token: CancellationToken,
): Promise<boolean> {
  const view = await shell.session.view(params.uri, token);
  const found = view === undefined ? undefined : tried(shell, view, params);
  if (view === undefined || found === undefined) return false;
  const edit = toWorkspaceEdit(view, found.files, shell.abilities);
  if (edit === undefined) return false;
  const label = shell.say('Write what was tried in the memory panel');
  return (await shell.connection.workspace.applyEdit({ label, edit })).applied;
}

/** Answers the memory panel, and writes what was tried there. */
export function registerPanel(shell: Shell): void {
  const { connection } = shell;
  connection.onRequest<PanelAnswer, never>(
    PANEL,
    guarded<PanelParams, PanelAnswer>(connection, PANEL, null, (params, token) =>
      answer(shell, params, token),
    ),
  );
  connection.onRequest<boolean, never>(
    PANEL_APPLY,
    guarded<PanelParams, boolean>(connection, PANEL_APPLY, false, (params, token) =>
      apply(shell, params, token),
    ),
  );
}
