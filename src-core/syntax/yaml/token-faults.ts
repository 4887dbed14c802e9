import type { CST } from 'yaml';
import { type Phrase, say } from '../../text/message.ts';
import { type Piece, piecesOf } from './tokens.ts';

/** What PyYAML refuses and the parser takes, where it begins. */
export interface TokenFault {
  readonly at: number;
  readonly length: number;
  readonly why: Phrase;
  /** Whether only this line is lost to a reader that goes on. */
  readonly local?: boolean;
}

/** Pieces in which no tab may stand: all but comments, text in quotes and blocks of text. */
const BARE: ReadonlySet<string> = new Set(['space', 'scalar', 'newline', 'block-scalar-header']);
const MARKED: ReadonlySet<string> = new Set(['anchor', 'alias', 'tag']);

/** Tags that PyYAML's safe loader has a constructor for (6.0, constructor.py, SafeConstructor). */
const TAG =
  /^(?:!|!!(?:null|bool|int|float|binary|timestamp|omap|pairs|set|str|seq|map)|!<.*>|!!python\/object\/apply:pathlib\.\w+)$/;

/** Tabs between tokens, unknown tags, and aliases of nothing. */
export function tokenFaults(text: string, tokens: readonly CST.Token[]): readonly TokenFault[] {
  const found: TokenFault[] = [];
  if (text.includes('\t')) {
    const tab = piecesOf(tokens, BARE).find(({ source }) => source.includes('\t'));
    if (tab !== undefined)
      found.push({
        at: tab.offset + tab.source.indexOf('\t'),
        length: 1,
        why: say`a tab stands where only blanks may`,
      });
  }
  if (/[&*!]/.test(text)) found.push(...markFaults(piecesOf(tokens, MARKED)));
  return found;
}

function markFaults(pieces: readonly Piece[]): readonly TokenFault[] {
  const anchors = new Set<string>();
  return pieces.flatMap(({ type, offset, source }): readonly TokenFault[] => {
    const name = source.slice(1);
    const at = { at: offset, length: source.length };
    if (type === 'anchor') anchors.add(name);
    else if (type === 'tag' && !TAG.test(source))
      return [{ ...at, why: say`the safe loader knows no tag \`${source}\`` }];
    else if (type === 'alias' && name !== '' && !anchors.has(name))
      return [
        { ...at, why: say`\`${source}\` refers to \`&${name}\`, which stands nowhere before` },
      ];
    return [];
  });
}
