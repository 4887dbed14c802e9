import type { Node } from '../syntax/document.ts';
import type { Recognized } from './framework.ts';
import { findKey } from './resolve-key.ts';
import type { Scope } from './schema.ts';

const DOTS = /^(?:\.{3,}|…+)$/;
/** A continued line that runs into a comment with dots: `--loss_type x \` and then `# ...`. */
const COMMENTED = /^[ \t]*\\[ \t]*\r?\n[ \t]*#[^\n]*(?:\.{3}|…)/;

/** Whether a word is `...`: something is left out. */
export function isDots(text: string): boolean {
  return DOTS.test(text);
}

/** How far behind a command the text still belongs to it, in UTF-16 units. */
export const ELISION_REACH = 300;

/**
 * Whether a run is seen in part: an excerpt, as documentation prints it, in which `...` stands for
 * options left out, a command whose config could not be read, or a template that decides on lines.
 */
export function isElided(recognized: Recognized): boolean {
  if (recognized.unread === true) return true;
  return recognized.sections.some(({ unit, document }) => {
    if (document.template === true) return true;
    if (unit.kind === 'call')
      return unit.positional.some((node) => node.kind === 'opaque' && isDots(node.text));
    if (unit.kind !== 'command') return false;
    const { end } = unit.span;
    const after = document.file.text.slice(end, end + ELISION_REACH);
    return unit.words.some((word) => DOTS.test(word.raw)) || COMMENTED.test(after);
  });
}

/** A word that is an expansion from its first character on; a script hands options on that way. */
const EXPANSION = /^"?[$`{]/;
/** `"$@"`, `"${ARGS[@]}"`: as many words as there are, even where one is expected. */
const WORDS = /^"?\$\{?(?:\w+\[)?[@*]/;

/** `$ARGS` without quotes: behind a switch it may be its value, or more options. */
const BARE = new RegExp(`${WORDS.source}|^\\$`);

function isSwitch(scope: Scope, key: string): boolean {
  const spec = findKey(scope, key);
  return spec?.flag === true || spec?.kinds[0] === 'bool';
}

/** Whether a command may be given options that are not seen: `swift sft --model X "$@"`. */
export function isOpenEnded({ sections }: Recognized): boolean {
  return sections.some(
    ({ unit, entries, leftover, scope, document }) =>
      unit.kind === 'command' &&
      (leftover.some(({ value }) => isExpansion(value, EXPANSION)) ||
        entries.some(({ key, keySpan, value }) =>
          value.kind === 'list'
            ? value.items.some((item, at) => isExpansion(item, at === 0 ? WORDS : EXPANSION))
            : isExpansion(
                value,
                isSwitch(scope, key) && document.file.text[keySpan.end] !== '=' ? BARE : WORDS,
              ),
        )),
  );
}

/** Blanks, comments and line ends behind a command, then an option: no program has one for its name. */
const CUT_OFF = /^(?:[ \t\\]*(?:#[^\n]*)?\r?\n)+[ \t]*(?:--?[A-Za-z]|\+{0,2}\w+[.@:/-][\w.@:/-]*=)/;

/** Whether the shell ends a command before options that were meant for it: they may hold what it seems to lack. */
export function isCutOff({ sections }: Recognized): boolean {
  return sections.some(({ unit, document: { file } }) => {
    if (unit.kind !== 'command' || file.language !== 'shell') return false;
    const { end } = unit.span;
    return CUT_OFF.test(file.text.slice(end, end + ELISION_REACH));
  });
}

function isExpansion(node: Node, pattern: RegExp): boolean {
  return node.kind === 'opaque' && pattern.test(node.text);
}
