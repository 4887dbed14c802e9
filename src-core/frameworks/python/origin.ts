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
  const path = receiver === '' ? callee : `${receiver}.${callee}`;
  const known = origins.get(document) ?? new Map<string, Origin>();
  const origin = known.get(path) ?? originOfPath(codeOf(document), path);
  origins.set(document, known.set(path, origin));
  return origin;
}

/** Whether a class is surely the library's: it is imported from there, or the text is an excerpt without imports. */
export function isLibrarys(document: Document, call: Named): boolean {
  if (originOf(document, call) !== 'library') return false;
  const path = call.receiver === '' ? call.callee : call.receiver;
  const root = path.replace(/\..*$/, '');
  const code = codeOf(document);
  return modulesOf(code, root).length > 0 || !/^[ \t]*(?:from|import)\s/m.test(code);
}

const origins = new WeakMap<Document, Map<string, Origin>>();

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

function originOfPath(text: string, path: string, depth = 0): Origin {
  const root = path.replace(/\s*[.([][\s\S]*$/, '');
  const own = depth < MAX_DEPTH && root === path ? basesOf(text, path) : undefined;
  const isBuilt = (base: string) =>
    base === path || originOfPath(text, base, depth + 1) !== 'foreign';
  if (own?.some(isBuilt)) return 'derived';
  const modules = modulesOf(text, root);
  // What is taken from elsewhere, or defined, beside that is for where the library is missing.
  if (modules.some((one) => LIBRARIES.test(one))) return 'library';
  if (own !== undefined || modules.length > 0) return 'foreign';
  return root === path || LIBRARIES.test(root) ? 'library' : 'foreign';
}

const MAX_DEPTH = 8;

/** The base classes of a class that the file defines. */
function basesOf(text: string, name: string): readonly string[] | undefined {
  const found = new RegExp(`^[ \\t]*class\\s+${name}\\b\\s*(?:\\(([^)]*)\\))?`, 'm').exec(text);
  if (found === null) return undefined;
  return (found[1] ?? '')
    .split(',')
    .map((base) => base.trim())
    .filter((base) => /^[\w.]+$/.test(base));
}

/** The modules that a name is imported from, or that it stands for. */
function modulesOf(text: string, name: string): readonly string[] {
  const found: string[] = [];
  const imports = /^[ \t]*(?:from\s+([\w.]+)\s+import\s+(\([^)]*\)|[^\n]*)|import\s+([^\n]*))/gm;
  for (const [, module, names, modules = ''] of text.matchAll(imports)) {
    const clauses = (names ?? modules).replace(/#[^\n]*|[()\\]/g, '').split(/[,;]/);
    for (const clause of clauses) {
      const [given = '', as = given] = clause.trim().split(/\s+as\s+/);
      if (as.replace(/\s*\..*$/, '') === name) found.push(module ?? given);
    }
  }
  return found;
}
