import type { Finding, Fix } from '../finding.ts';
import { unexportedVariable } from '../rules/syntax/unexported-variable.ts';
import type { Settings } from '../settings.ts';
import type { Command, Document, Word } from '../syntax/document.ts';
import { say } from '../text/message.ts';
import type { AnalyzedRun } from './analyzed-run.ts';
import { looseFinding, looseFix } from './loose-finding.ts';
import { startedUnits } from './started-units.ts';

/** Variables of a script that stand in single quotes, where the shell puts nothing in their place. */
export function quotedFindings(
  document: Document,
  runs: readonly AnalyzedRun[],
  settings: Settings,
): readonly Finding[] {
  const { file, units, assigned = [] } = document;
  if (file.language !== 'shell' || !QUOTED.test(file.text)) return [];
  const own = new Set(assigned.map(({ name }) => name));
  const said = runs.flatMap(({ findings }) => findings);
  return startedUnits(document, runs).flatMap((index) => {
    const unit = units[index];
    if (unit?.kind !== 'command' || isSplitAgain(unit)) return [];
    return unit.words.flatMap((word) => {
      const name = variableOf(word, own);
      if (name === undefined || said.some((one) => isAt(one, word, file.path))) return [];
      const message = say`the shell puts nothing in place of \`$${name}\` in single quotes: the command is handed these letters`;
      const { span } = word;
      const fixes = fixesOf(word, file.path);
      return looseFinding(unexportedVariable, settings, message, { file: file.path, span, fixes });
    });
  });
}

const QUOTED = /'[^'$\n]*[$][{A-Za-z_]/;
const VARIABLE = /[$](?:([A-Za-z_]\w*)|[{]([A-Za-z_]\w*)[}])/g;

/** `ray job submit -- …` and `ssh host …` hand their words to another shell, which puts values in. */
function isSplitAgain({ words }: Command): boolean {
  return /^(?:ray|ssh)$/.test(words[0]?.value.text ?? '');
}

/** The first variable of the script that is left as it is in a word. */
function variableOf({ raw, value }: Word, own: ReadonlySet<string>): string | undefined {
  if (value.kind !== 'scalar' || !QUOTED.test(raw)) return undefined;
  const names = [...value.text.matchAll(VARIABLE)].map(
    ([, plain, braced]) => plain ?? braced ?? '',
  );
  return names.find((name) => own.has(name));
}

function isAt({ file, span }: Finding, word: Word, path: string): boolean {
  return file === path && span.start < word.span.end && word.span.start < span.end;
}

/** Double quotes in place of single ones, where they mean the same otherwise. */
function fixesOf({ raw, span }: Word, file: string): readonly Fix[] {
  const [, before = '', inner] = /^([\w.=/-]*)'([^'"`\\!]*)'$/.exec(raw) ?? [];
  if (inner === undefined || inner.replace(VARIABLE, '').includes('$')) return [];
  const edits = [{ span, text: `${before}"${inner}"` }];
  return [looseFix(file, say`Take double quotes`, edits)];
}
