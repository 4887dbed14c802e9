import type { Finding, Fix } from '../finding.ts';
import { isDots } from '../frameworks/elided.ts';
import { cutOffCommand } from '../rules/syntax/cut-off-command.ts';
import { windowsLineEnds } from '../rules/syntax/windows-line-ends.ts';
import type { Settings } from '../settings.ts';
import type { Document, Unit } from '../syntax/document.ts';
import { type Cut, type CutBy, cutAfter } from '../syntax/shell/cut.ts';
import { escapedBlank } from '../syntax/shell/escaped-blank.ts';
import { english, type Phrase, say } from '../text/message.ts';
import { span } from '../text/span.ts';
import type { AnalyzedRun } from './analyzed-run.ts';
import { looseFinding, looseFix } from './loose-finding.ts';
import { startedUnits } from './started-units.ts';

/** Commands of a script that a shell ends before their options do. */
export function cutOffFindings(
  document: Document,
  runs: readonly AnalyzedRun[],
  settings: Settings,
): readonly Finding[] {
  if (document.file.language !== 'shell') return [];
  const { path } = document.file;
  const started = startedUnits(document, runs);
  const whole = started.filter((index) => !isExcerpt(document.units[index]));
  const cuts = whole.flatMap((index) => cutAfter(document, index) ?? []);
  return [
    ...cuts.flatMap((cut) => cutOff(cut, document, settings)),
    ...whole.flatMap((index) => escaped(document.units[index], path, settings)),
    ...carriageReturn(document, started).flatMap((at) =>
      looseFinding(windowsLineEnds, settings, WINDOWS, { file: path, span: at }),
    ),
  ];
}

/** A command with `...` in it is printed in part: what stands below it may belong to it. */
function isExcerpt(unit: Unit | undefined): boolean {
  return unit?.kind === 'command' && unit.words.some(({ raw }) => isDots(raw));
}

function cutOff(cut: Cut, { file }: Document, settings: Settings): readonly Finding[] {
  const { by, end, lost } = cut;
  const { path, text } = file;
  const fixes = fixesOf(cut, path);
  if (lost === undefined)
    return looseFinding(cutOffCommand, settings, STRAY, { file: path, span: end, fixes });
  const first = /^[^\s=]+/.exec(text.slice(lost.start, lost.end))?.[0];
  const said = say`the command above does not get \`${first}\`: ${REASONS[by]}`;
  const message = english(ENDS);
  const related = [{ file: path, span: end, message, said: ENDS }];
  return looseFinding(cutOffCommand, settings, said, { file: path, span: lost, related, fixes });
}

/** What was several lines stands on one, with the `\\` between them. */
function escaped(unit: Unit | undefined, file: string, settings: Settings): readonly Finding[] {
  const found = unit?.kind === 'command' ? escapedBlank(unit) : undefined;
  if (found === undefined) return [];
  const { span: where, flag, edits } = found;
  const said = flag
    ? say`\`\\\` joins the blank and \`${flag}\` to one word, which is no option`
    : say`\`\\\` and a blank within a line: the program is handed a blank as an argument`;
  const fixes = [looseFix(file, TAKE_OUT, edits)];
  return looseFinding(cutOffCommand, settings, said, { file, span: where, fixes });
}

const TAKE_OUT = say`Remove \`\\\` where it joins no lines`;
const ENDS = say`the command ends here`;
const STRAY = say`the command ends in \`\\\` and a blank: it is handed a blank as an argument`;
const WINDOWS = say`lines end as on Windows here: where they do when it runs, bash ends the command at the first \`\\\``;

const REASONS: Readonly<Record<CutBy, Phrase>> = {
  comment: say`a comment ends it`,
  blank: say`the blank behind \`\\\` ends it`,
  'empty line': say`an empty line ends it`,
  'line end': say`the line before ends without \`\\\``,
};

const TITLES: Readonly<Record<CutBy, Phrase>> = {
  comment: say`Move the comment above the command`,
  blank: say`Remove the blank behind \`\\\``,
  'empty line': say`Remove the empty line`,
  'line end': say`End the line with \`\\\``,
};

/** Options that were lost change the training when they count. */
function fixesOf({ by, alike, lost, edits }: Cut, file: string): readonly Fix[] {
  if (edits === undefined) return [];
  const said = alike ? TITLES[by] : say`Join the lines of the command`;
  const safety = lost === undefined ? 'safe' : 'unsafe';
  return [looseFix(file, said, edits, safety)];
}

/** The first `\` of a run that a carriage return stands behind. */
function carriageReturn({ file: { text }, units }: Document, started: readonly number[]) {
  for (const index of started) {
    const { start, end } = units[index]?.span ?? span(0, 0);
    const at = text.slice(start, end).indexOf('\\\r\n');
    if (at >= 0) return [span(start + at, start + at + 1)];
  }
  return [];
}
