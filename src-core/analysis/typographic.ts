import type { Finding } from '../finding.ts';
import { typographicCharacter } from '../rules/syntax/typographic-character.ts';
import type { Settings } from '../settings.ts';
import type { Document } from '../syntax/document.ts';
import { type Typographic, typographic } from '../syntax/shell/typographic.ts';
import { type Phrase, say } from '../text/message.ts';
import type { AnalyzedRun } from './analyzed-run.ts';
import { looseFinding, looseFix } from './loose-finding.ts';
import { startedUnits } from './started-units.ts';

/** Characters of a word processor in the commands of runs. */
export function typographicFindings(
  document: Document,
  runs: readonly AnalyzedRun[],
  settings: Settings,
): readonly Finding[] {
  const { path: file, language, text } = document.file;
  if (language !== 'shell' || !ANY.test(text)) return [];
  return startedUnits(document, runs).flatMap((index) => {
    const unit = document.units[index];
    const found = unit?.kind === 'command' ? typographic(unit) : undefined;
    if (found === undefined) return [];
    return looseFinding(typographicCharacter, settings, saidOf(found), {
      file,
      span: found.span,
      fixes: [looseFix(file, REPLACE, found.edits)],
    });
  });
}

/** What the rule looks for, and much that it does not: most scripts have none of it. */
const ANY = /[\u00a0\u2000-\u201f\u202f\u2212\u3000\ufeff]/;

const REPLACE = say`Write the characters of the shell`;

function saidOf({ kind, text }: Typographic): Phrase {
  if (kind === 'dash')
    return say`\`${text}\` is no \`--\`: the program does not take what follows for an option`;
  if (kind === 'quote')
    return say`\`${text}\` is no quote to a shell: it becomes part of the value`;
  const code = (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return say`this blank (U+${code}) parts no words: what stands before and behind it is one`;
}
