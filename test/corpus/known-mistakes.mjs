import { readFileSync } from 'node:fs';

/** Mistakes that were confirmed by reading the frameworks: file, line, text, and why. */
export function knownMistakes(path) {
  const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const mistakes = lines.map((line) => {
    const [file, at, text, why] = line.split('\t');
    return { file, line: Number(at), text, why };
  });
  return {
    /** The mistakes of the checked files, each with the findings on its line. */
    judge(results) {
      const byFile = new Map(results.map((r) => [r.row.file, r.findings]));
      return mistakes
        .filter((m) => byFile.has(m.file))
        .map((m) => ({ ...m, said: byFile.get(m.file).filter((f) => f.line === m.line) }));
    },
    /** Head and rows of the table of the judged mistakes. */
    rows(judged) {
      const said = (m) => m.said.map((f) => `${f.severity}[${f.rule}]`).join(' ');
      const rows = judged.map((m) => [m.file, m.line, m.text, m.why, said(m) || 'MISSED']);
      return [['file', 'line', 'text', 'why', 'said'], rows];
    },
  };
}
