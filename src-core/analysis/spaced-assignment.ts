import type { Finding } from '../finding.ts';
import { mayBeRead } from '../frameworks/environment.ts';
import { unexportedVariable } from '../rules/syntax/unexported-variable.ts';
import type { Settings } from '../settings.ts';
import type { Command, Document } from '../syntax/document.ts';
import { isMakefile } from '../syntax/shell/makefile.ts';
import { say } from '../text/message.ts';
import { cover, span } from '../text/span.ts';
import { looseFinding, looseFix } from './loose-finding.ts';

/**
 * `NAME = value`, which a shell takes for a command of that name: where the script uses the variable, or a training
 * would read it.
 */
export function spacedFindings(document: Document, settings: Settings): readonly Finding[] {
  const { file, units } = document;
  if (file.language !== 'shell' || isMakefile(file.path) || !SPACED.test(file.text)) return [];
  return units.flatMap((unit) => (unit.kind === 'command' ? spaced(unit, document, settings) : []));
}

const SPACED = /(?:^|[\s;&|{(])[A-Z_][A-Z\d_]*[ \t]+=[ \t]/m;

function spaced(
  { words }: Command,
  { file: { path, text } }: Document,
  settings: Settings,
): readonly Finding[] {
  const [name, sign, value, ...others] = words;
  if (name === undefined || value === undefined || sign?.raw !== '=') return [];
  if (!/^[A-Z_][A-Z\d_]*$/.test(name.raw) || name.span.end > sign.span.start) return [];
  const isRead = mayBeRead(name.raw);
  if (!isRead && !new RegExp(`[$][{]?${name.raw}\\b`).test(text.slice(value.span.end))) return [];
  const started = isRead && others.length > 0;
  const said = started
    ? say`with blanks around \`=\` the shell takes \`${name.raw}\` for a command, which it does not find: what follows is not started`
    : say`with blanks around \`=\` the shell takes \`${name.raw}\` for a command, which it does not find: the variable is not set`;
  const edits = [{ span: span(name.span.end, value.span.start), text: '=' }];
  const isPlain = started || others.length === 0;
  return looseFinding(unexportedVariable, settings, said, {
    file: path,
    span: [name.span, sign.span, value.span].reduce(cover),
    severity: started ? 'error' : 'warning',
    fixes: isPlain ? [looseFix(path, say`Take the blanks out`, edits)] : [],
  });
}
