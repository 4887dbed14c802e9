import { readFileSync } from 'node:fs';
import path from 'node:path';
import { caseOf } from './case.ts';
import { parseMarkdown } from './markdown.ts';
import { filesBelow, root } from './suite.ts';

/** The text of every file of every suite, rule page and example, by a path of its own. */
export function everyFile(): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const suites = [...filesBelow('test/suites', '.md'), ...filesBelow('src-core/rules', '.md')];
  for (const suite of suites) {
    const source = readFileSync(path.join(root, suite), 'utf8');
    parseMarkdown(source).forEach((section, i) => {
      for (const file of caseOf(section)?.files ?? [])
        files[`${suite.replaceAll('/', '-')}-${i}/${file.name}`] = file.text;
    });
  }
  for (const example of filesBelow('examples', ''))
    files[example] = readFileSync(path.join(root, example), 'utf8');
  return files;
}
