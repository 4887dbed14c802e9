import type { Call, Document } from '../../syntax/document.ts';

/**
 * Where a class comes from: a library, the program on top of a library's class, or elsewhere, so that
 * nothing but its name is known.
 */
export type Origin = 'library' | 'derived' | 'foreign';

const LIBRARIES = /^(?:trl|transformers|peft|unsloth)(?:\.|$)/;

/** A class by its name, and what stands before it. */
type Named = Pick<Call, 'receiver' | 'callee'>;

/** Where the class that a call makes, or whose method it calls, comes from. */
export function originOf(document: Document, { receiver, callee }: Named): Origin {
  // A method: `AutoModelForCausalLM.from_pretrained`.
  if (!/^[A-Z]/.test(callee)) return 'library';
  const path = receiver === '' ? callee : `${rootOf(receiver)}.`;
  const names = namesOf(document);
  const { origins } = names;
  const isOther = receiver === '' && names.renamed.has(callee);
  const origin = isOther ? 'foreign' : (origins.get(path) ?? originOfPath(names, path));
  origins.set(path, origin);
  return origin;
}

/** Whether a class is surely the library's: it is imported from there, or the text is an excerpt without imports. */
export function isLibrarys(document: Document, call: Named): boolean {
  if (originOf(document, call) !== 'library') return false;
  const path = call.receiver === '' ? call.callee : call.receiver;
  const root = rootOf(path);
  const { modules, imports } = namesOf(document);
  return modules.has(root) || !imports;
}

/** What a path begins with: `trl` of `trl.SFTConfig`. */
function rootOf(path: string): string {
  return /^[^.([]*/.exec(path)?.[0].trimEnd() ?? path;
}

/** What the names of a program stand for. */
interface Names {
  /** The modules that a name is imported from, or that it stands for. */
  readonly modules: ReadonlyMap<string, readonly string[]>;
  /** Names that stand for a class of another name: `from trl import MyTrainer as GRPOTrainer`. */
  readonly renamed: ReadonlySet<string>;
  /** The base classes of the classes that the file defines. */
  readonly bases: ReadonlyMap<string, readonly string[]>;
  /** Whether anything is imported. */
  readonly imports: boolean;
}

interface Known extends Names {
  readonly origins: Map<string, Origin>;
}

const known = new WeakMap<Document, Known>();

function namesOf(document: Document): Known {
  const found = known.get(document);
  if (found !== undefined) return found;
  const code = codeOf(document);
  const names = {
    ...importsIn(code),
    bases: basesIn(code),
    imports: /^[ \t]*(?:from|import)\s/m.test(code),
    origins: new Map<string, Origin>(),
  };
  known.set(document, names);
  return names;
}

/** The text without strings of several lines: what a docstring shows is not run. */
function codeOf({ file, unbroken = [] }: Document): string {
  let [code, end] = ['', 0];
  for (const span of unbroken) {
    if (span.start < end) continue;
    code += file.text.slice(end, span.start);
    end = span.end;
  }
  return code + file.text.slice(end);
}

function originOfPath(names: Names, path: string, depth = 0): Origin {
  const root = rootOf(path);
  const own = depth < MAX_DEPTH && root === path ? names.bases.get(path) : undefined;
  const isBuilt = (base: string) =>
    base === path || originOfPath(names, base, depth + 1) !== 'foreign';
  if (own?.some(isBuilt)) return 'derived';
  const modules = names.modules.get(root) ?? [];
  // What is taken from elsewhere, or defined, beside that is for where the library is missing.
  if (modules.some((one) => LIBRARIES.test(one))) return 'library';
  if (own !== undefined || modules.length > 0) return 'foreign';
  return root === path || LIBRARIES.test(root) ? 'library' : 'foreign';
}

const MAX_DEPTH = 8;

function basesIn(text: string): Names['bases'] {
  const found = new Map<string, readonly string[]>();
  for (const [, name = '', bases = ''] of text.matchAll(CLASS)) {
    if (found.has(name)) continue;
    const all = bases.split(',').map((base) => base.trim());
    found.set(
      name,
      all.filter((base) => /^[\w.]+$/.test(base)),
    );
  }
  return found;
}

const CLASS = /^[ \t]*class\s+([^\s(:]+)\s*(?:\(((?:(?!^[ \t]*class\s)[^)])*)\))?/gm;

function importsIn(text: string): Pick<Names, 'modules' | 'renamed'> {
  const found = new Map<string, string[]>();
  const [plain, renamed] = [new Set<string>(), new Set<string>()];
  for (const [, module, names, modules = ''] of text.matchAll(IMPORT)) {
    const clauses = (names ?? modules).replace(/#[^\n]*|[()\\]/g, '').split(/[,;]/);
    for (const clause of clauses) {
      const [given = '', as = given] = clause.trim().split(/(?<!\s)\s+as\s+/);
      const name = as.replace(/(?<!\s)\s*\.[\s\S]*$/, '');
      const all = found.get(name) ?? [];
      all.push(module ?? given);
      if (names !== undefined) (name === given ? plain : renamed).add(name);
      found.set(name, all);
    }
  }
  for (const name of plain) renamed.delete(name);
  return { modules: found, renamed };
}

const IMPORT =
  /^[ \t]*(?:from\s+([\w.]+)\s+import\s+(\((?:#[^\n]*\n|[^()#])*\)|[^\n]*)|import\s+([^\n]*))/gm;
