import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Language, languageOf, type SourceFile } from '../../src-core/text/source-file.ts';
import { withoutRepeats } from './checkpoints.ts';
import { type Decoded, decode } from './encoding.ts';

/** One file to check. */
export interface InputFile extends Decoded {
  /** As the reports show it: the way the user named it, with forward slashes. */
  readonly path: string;
  readonly language: Language;
  /** The user named the file itself, not a folder above it. */
  readonly named: boolean;
}

/** A path that gave nothing to check. `fatal` when it was named and could not be read. */
export interface InputProblem {
  readonly path: string;
  readonly message: string;
  readonly fatal: boolean;
}

/** What the paths of a command line lead to. */
export interface Inputs {
  readonly files: readonly InputFile[];
  readonly problems: readonly InputProblem[];
}

const LARGEST_FOUND = 2 ** 20;
const LARGEST_NAMED = 2 ** 24;
const LARGEST_LOG = 2 ** 28;
const SKIPPED = new Set(['node_modules', '__pycache__', 'site-packages', 'venv', 'virtualenv']);

/** Whether there may be anything to say of a file. */
export type IsWanted = (file: SourceFile) => boolean;

/** Reads the files at `paths` and below the folders among them; tells of each as it is found. */
export function gatherInputs(
  paths: readonly string[],
  cwd: string,
  isWanted: IsWanted,
  tell: (file: InputFile) => void = () => undefined,
): Inputs {
  const files = new Map<string, InputFile>();
  const problems: InputProblem[] = [];
  for (const named of paths) {
    const full = path.resolve(cwd, named);
    if (isFolder(full)) {
      const before = files.size;
      for (const file of readFolder(full, named, isWanted)) {
        const key = path.resolve(cwd, file.path);
        if (files.has(key)) continue;
        files.set(key, file);
        tell(file);
      }
      if (files.size === before)
        problems.push({ path: named, message: 'no training configs in this folder', fatal: false });
      continue;
    }
    const read = readNamed(full, named, isWanted);
    if ('message' in read) problems.push(read);
    else {
      files.set(full, read);
      tell(read);
    }
  }
  return { files: withoutRepeats([...files.values()]), problems };
}

/** Whether there is a folder; why there is none is told by who reads it. */
function isFolder(full: string, look: typeof statSync = statSync): boolean {
  try {
    return look(full).isDirectory();
  } catch {
    return false;
  }
}

function readNamed(full: string, named: string, isWanted: IsWanted): InputFile | InputProblem {
  const problem = (message: string, fatal = true) => ({ path: named, message, fatal });
  const data = readBytes(full, languageOf(named) === 'log' ? LARGEST_LOG : LARGEST_NAMED);
  if (typeof data === 'string') return problem(data);
  const decoded = decode(data);
  if (decoded === undefined) return problem('not a text file');
  const language = languageIn(named, decoded.text, isWanted);
  if (language === undefined)
    return problem('skipped: not a shell, YAML, JSON or Python file, and no training log', false);
  return { ...decoded, path: toSlashes(named), language, named: true };
}

/** The bytes of a file, or why there are none. */
export function readBytes(full: string, largest = LARGEST_NAMED): Buffer | string {
  try {
    const stat = statSync(full, { throwIfNoEntry: false });
    if (stat === undefined) return 'no such file or folder';
    if (stat.isDirectory()) return 'is a folder';
    // What comes out of a pipe or a device may have no end.
    if (!stat.isFile()) return 'not a regular file';
    if (stat.size > largest) return `larger than ${largest / 2 ** 20} MiB`;
    return readFileSync(full);
  } catch (error) {
    return whyNot(error);
  }
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file or folder';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it';
  return `cannot be read${code === '' ? '' : ` (${code})`}`;
}

function* readFolder(full: string, shown: string, isWanted: IsWanted): Iterable<InputFile> {
  for (const name of list(full)) {
    const below = path.join(full, name);
    const shownBelow = shown === '.' ? name : path.join(shown, name);
    if (isFolder(below, lstatSync)) {
      if (!isSkipped(name, below)) yield* readFolder(below, shownBelow, isWanted);
      continue;
    }
    const language = languageOf(name);
    if (language === undefined || name.startsWith('.')) continue;
    const data = readBytes(below, largestFound(name, language));
    const decoded = typeof data === 'string' ? undefined : decode(data);
    if (decoded === undefined) continue;
    const file = { ...decoded, path: toSlashes(shownBelow), language };
    if (isWanted(file)) yield { ...file, named: false };
  }
}

/** Logs grow long; what is called `.txt` is mostly something else. */
function largestFound(name: string, language: Language): number {
  return language === 'log' && !name.endsWith('.txt') ? LARGEST_NAMED : LARGEST_FOUND;
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function isSkipped(name: string, full: string): boolean {
  if (name.startsWith('.') || SKIPPED.has(name)) return true;
  return existsSync(path.join(full, 'pyvenv.cfg'));
}

/** A path with forward slashes. */
export function toSlashes(shown: string): string {
  return path.sep === '\\' ? shown.replaceAll('\\', '/') : shown;
}

/** The language of a file: by its name where the text agrees, else by its first line. */
export function languageIn(path: string, text: string, isWanted: IsWanted): Language | undefined {
  const named = languageOf(path);
  if (named === 'log' && !isWanted({ path, text, language: named }))
    return languageOfFirstLine(text);
  return named ?? languageOfFirstLine(text);
}

/** The language that a `#!` line names. */
function languageOfFirstLine(text: string): Language | undefined {
  const line = text.slice(0, 200).split('\n', 1)[0] ?? '';
  if (!line.startsWith('#!')) return undefined;
  if (/\b(ba|z|k|da)?sh\b/.test(line)) return 'shell';
  return /\bpython/.test(line) ? 'python' : undefined;
}
