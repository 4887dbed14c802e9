import type { HereDoc, Redirect, Command as ShellCommand, Word as ShellWord } from 'unbash';
import { languageOf } from '../../text/source-file.ts';
import { span } from '../../text/span.ts';
import type { WrittenText } from '../document.ts';
import { expandToWords, type Reading } from './expand.ts';

/** `cat > c.yaml <<EOF`, `tee c.yaml <<EOF`: the file that a heredoc becomes; a program in `python - <<EOF`. */
export function writtenText(node: ShellCommand, reading: Reading): WrittenText | undefined {
  const doc = node.suffix.find((part): part is HereDoc => part.type === 'HereDoc');
  if (doc === undefined) return undefined;
  const { body, delimiter, operator } = doc;
  const text = reading.source.slice(body.pos, body.end);
  if (operator === '<<-' && /^\t/m.test(text)) return undefined;
  const where = { span: span(body.pos, body.end), isVerbatim: delimiter?.quoted === true };
  if (isPython(node)) return { ...where, language: 'python', isPart: false };
  const target = targetOf(node);
  if (target === undefined) return undefined;
  const path = pathOf(target.word, reading);
  const language = languageOf(path);
  if (language === undefined || language === 'log' || language === 'shell') return undefined;
  return { ...where, path, language, isPart: target.isPart };
}

/** Whether what the command writes into a file is a script by the name of the file. */
export function writesScript(node: ShellCommand, reading: Reading): boolean {
  const target = targetOf(node);
  return target !== undefined && languageOf(pathOf(target.word, reading)) === 'shell';
}

interface Target {
  readonly word: ShellWord;
  readonly isPart: boolean;
}

function targetOf({ name, suffix }: ShellCommand): Target | undefined {
  const words = suffix.filter((part): part is ShellWord => part.type === 'Word');
  const [first, ...others] = words.filter(({ value }) => !value.startsWith('-'));
  if (/(?:^|\/)tee$/.test(name?.value ?? '') && first !== undefined)
    return others.length > 0 ? undefined : { word: first, isPart: words.length > 1 };
  if (!/(?:^|\/)cat$/.test(name?.value ?? '')) return undefined;
  const to = suffix.find(
    (part): part is Redirect => part.type === 'Redirect' && part.operator.includes('>'),
  );
  return to?.target && { word: to.target, isPart: to.operator.includes('>>') };
}

/** The path as a word would give it to a command; as written where that is not known. */
function pathOf(word: ShellWord, reading: Reading): string {
  const [only] = expandToWords(word, reading);
  return only?.value.kind === 'scalar' ? only.value.text : word.text;
}

function isPython({ name, suffix }: ShellCommand): boolean {
  const words = suffix.filter((part): part is ShellWord => part.type === 'Word');
  return (
    /(?:^|\/)python[\d.]*$/.test(name?.value ?? '') &&
    words.every(({ value }) => value === '-' || value === '-u')
  );
}
