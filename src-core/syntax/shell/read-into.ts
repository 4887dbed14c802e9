import type { Command as ShellCommand } from 'unbash';
import { span } from '../../text/span.ts';
import type { Word } from '../document.ts';
import { assignName } from './assign.ts';
import type { Reading } from './expand.ts';
import { heredocPieces } from './held.ts';
import type { Scope } from './scope.ts';

/** `read -r -d '' NAME <<EOF` and its like give the name the text of the heredoc. */
export function bindHeredoc(node: ShellCommand, words: readonly Word[], reading: Reading): void {
  const doc = node.suffix.find((part) => part.type === 'HereDoc');
  if (doc?.type !== 'HereDoc' || node.name?.value !== 'read') return;
  const name = words.at(-1)?.value.text ?? '';
  const { body, delimiter } = doc;
  if (!/^[A-Za-z_]\w*$/.test(name) || !words.some((word) => word.raw.includes('d'))) return;
  const pieces = heredocPieces(body, delimiter?.quoted === true, reading);
  reading.assign(name, { kind: 'text', pieces, span: span(body.pos, body.end) });
}

/** `read X` and its like assign what the text cannot tell; `unset X` takes it away. */
export function forgetRead(name: string, words: readonly Word[], scope: Scope): void {
  if (!['read', 'mapfile', 'readarray', 'getopts', 'unset'].includes(name)) return;
  for (const word of words.slice(1)) {
    const text = word.value.text;
    if (/^[A-Za-z_]\w*$/.test(text)) assignName(scope, text, { kind: 'unknown', why: 'variable' });
  }
}
