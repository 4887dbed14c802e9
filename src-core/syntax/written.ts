import { languageOf, type SourceFile } from '../text/source-file.ts';
import { type Span, span } from '../text/span.ts';
import { blank, hole } from './blank.ts';
import type { Document, WrittenText } from './document.ts';
import { CELL_BREAK, hasHole } from './magics.ts';
import { parseDocument } from './parse.ts';
import { dumpedFiles } from './python/dumped.ts';

/** A file that a script or a notebook writes: its text at its own place, blanks for all else, of the same length. */
export interface WrittenFile extends SourceFile {
  /** Where its text stands. */
  readonly span: Span;
  readonly isVerbatim: boolean;
  /** Whether commands may be given it by its path: it is all of that file. */
  readonly isNamed: boolean;
  /** The place of a place in the text, where that is made of a mapping and stands nowhere as it is. */
  readonly toScript?: (place: Span) => Span;
}

/** A heredoc that becomes a file or a program: others are messages, for which no script is read once more. */
const BECOMES_FILE =
  /\b(?:cat\b[^\n<]{0,200}>[^\n<]{0,200}<<|cat\b[^\n<]{0,200}<<[^\n>]{0,200}>|(?:tee|python[\d.]*)[ \t][^\n<]{0,200}<<)/;
const WRITING_CELL = /^\s*%%(?:write)?file[ \t]+(-a[ \t]+)?(\S+)[ \t]*\r?\n/;

/** The files that the text of a script or of a notebook writes. */
export function writtenFiles(file: SourceFile): readonly WrittenFile[] {
  const { language, text } = file;
  return language === 'python' ? [...textsIn(file), ...mappings(text)] : textsIn(file);
}

/** The mappings that a program writes into files. */
function mappings(text: string): readonly WrittenFile[] {
  return dumpedFiles(text).flatMap(({ path, toProgram: toScript, ...one }, _, all) => {
    const language = languageOf(path);
    if (language !== 'yaml' && language !== 'json') return [];
    if (all.some((other) => other.path === path && other.span.start !== one.span.start)) return [];
    return [{ ...one, path, language, isVerbatim: true, isNamed: true, toScript }];
  });
}

function textsIn(file: SourceFile): readonly WrittenFile[] {
  const { language, text } = file;
  const found =
    language === 'python' ? cells(text) : language === 'shell' ? heredocs(file) : undefined;
  return (found ?? []).flatMap((one, _, all) => {
    const view = viewOf(text, one);
    if (view === undefined) return [];
    const isNamed = one.path !== undefined && all.every((o) => o === one || o.path !== one.path);
    const { language, span, isVerbatim, path = file.path } = one;
    // Of a file that is put together of several texts, none is the file.
    return all.some((other) => other.path === path && other.isPart)
      ? []
      : [{ path, text: view, language, span, isVerbatim, isNamed }];
  });
}

function heredocs(file: SourceFile): Document['written'] {
  return file.text.includes('<<') && BECOMES_FILE.test(file.text)
    ? parseDocument(file).written
    : undefined;
}

/** The cells of a notebook that are files of their own; scripts for a shell are read with the other commands. */
function cells(text: string): readonly WrittenText[] {
  if (!text.includes('%%writefile') && !text.includes('%%file')) return [];
  let at = 0;
  return text.split(CELL_BREAK).flatMap((cell) => {
    const start = at;
    at += cell.length + CELL_BREAK.length;
    const [head = '', adds, path = ''] = WRITING_CELL.exec(cell) ?? [];
    const language = languageOf(path);
    if (language === undefined || language === 'log' || language === 'shell') return [];
    const where = span(start + head.length, start + cell.length);
    return [{ path, language, span: where, isVerbatim: true, isPart: adds !== undefined }];
  });
}

/** What the shell puts in the place of a name or of a command; a backslash there hides what follows. */
const PUT_IN = /\$(?:\w+|\{[^{}\n]*\}|\([^()\n]*\))|`[^`\n]*`/g;

/** `undefined` where what becomes of the text cannot be told. */
function viewOf(text: string, { span: where, isVerbatim, language }: WrittenText) {
  const raw = text.slice(where.start, where.end);
  const body = isVerbatim ? raw : raw.replace(PUT_IN, (all) => hole(Math.max(3, all.length)));
  if (body.length !== raw.length) return undefined;
  if (!isVerbatim && /\\|`|\$(?!_)|^[ \t]*\$_+[ \t]*$/m.test(body)) return undefined;
  if (!isVerbatim && hasHole(body) && language !== 'yaml') return undefined;
  return blank(text.slice(0, where.start)) + body + blank(text.slice(where.end));
}
