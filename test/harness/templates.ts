// The texts that code says to the user: templates of say`...`, words, and notes in the tables of keys.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { filesBelow, root } from './suite.ts';

/** Every template of a say`...` and word('...') in a folder, with the file that says it. */
export function templatesBelow(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of filesBelow(folder, '.ts')) {
    const code = readFileSync(path.join(root, file), 'utf8').replace(/^ *(?:\/\*)?\*.*/gm, '');
    for (const { index } of code.matchAll(/\bsay`/g))
      found.set(readTemplate(code, index + 'say`'.length).template, file);
    for (const [, text = ''] of code.matchAll(/\bword\('([^']+)'\)/g)) found.set(text, file);
  }
  return found;
}

/** A template literal from behind its first backquote, its values numbered as `say` does. */
function readTemplate(code: string, start: number): { template: string; end: number } {
  let template = '';
  let values = 0;
  let at = start;
  while (code[at] !== '`') {
    if (code.startsWith('${', at)) {
      template += `{${values++}}`;
      at = endOfValue(code, at + 2);
    } else {
      if (code[at] === '\\') at++;
      template += code[at++];
    }
  }
  return { template, end: at + 1 };
}

/** Behind the brace that closes a value; texts and templates in it may have braces of their own. */
function endOfValue(code: string, start: number): number {
  for (let at = start, depth = 0; ; ) {
    const letter = code[at];
    if (letter === undefined)
      throw new Error(`a value without end: ${code.slice(start, start + 60)}`);
    if (letter === '}' && depth-- === 0) return at + 1;
    if (letter === '{') depth++;
    if (letter === '`') at = readTemplate(code, at + 1).end;
    else if (letter === "'" || letter === '"') at = code.indexOf(letter, at + 1) + 1;
    else at++;
  }
}

/** What the tables say of keys that are gone, with the file. */
export function notesOfKeys(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of filesBelow('src-core/frameworks', 'keys.data.json'))
    for (const row of goneRows(JSON.parse(readFileSync(path.join(root, file), 'utf8')))) {
      const note = row.split('\t')[3];
      if (note) found.set(note, file);
    }
  return found;
}

function goneRows(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const rows: unknown[] = key === 'gone' && Array.isArray(inner) ? inner.flat() : [];
    return [...rows.filter((row) => typeof row === 'string'), ...goneRows(inner)];
  });
}
