import type { AnalyzeInput, Core } from '../../server/core.ts';
import type { Finding, Fix } from '../../src-core/finding.ts';

/** What the fake was asked, and how it should behave. */
export interface FakeCore extends Core {
  readonly inputs: AnalyzeInput[];
  /** Throws from now on, as a broken core would. */
  broken: boolean;
}

const WORDS = /\b(float16|tpyo)\b|use:(\S+)/g;

function fixOf(file: string, span: { start: number; end: number }, word: string): Fix {
  const to = word === 'tpyo' ? 'typo' : 'bfloat16';
  const safety = word === 'tpyo' ? 'safe' : 'unsafe';
  return { title: `Write ${to}`, safety, files: [{ file, edits: [{ span, text: to }] }] };
}

function findingsOf(path: string, text: string): Finding[] {
  const base = { claim: 'framework', file: path, related: [], cites: [] } as const;
  return [...text.matchAll(WORDS)].flatMap((found): Finding[] => {
    const word = found[1];
    if (word === undefined || text.includes(`# tunelint: ignore[no-${word}]\n`)) return [];
    const span = { start: found.index, end: found.index + word.length };
    const fixes = [fixOf(path, span, word)];
    const message = `${word} is wrong`;
    return [{ ...base, rule: `no-${word}`, severity: 'error', message, span, fixes }];
  });
}

/** A core that dislikes `float16` and `tpyo`, and wants the file that `use:path` names. */
export function fakeCore(): FakeCore {
  const inputs: AnalyzeInput[] = [];
  return {
    inputs,
    broken: false,
    listGpus: () => [],
    rules: [],
    findGpu: () => ({ suggestions: [] }),
    runLine: () => 'a run',
    keepPlayed: () => undefined,
    isTrainingFile: ({ text }) => text.includes('train'),
    analyze(input) {
      if (this.broken) throw new Error('the core broke');
      inputs.push(input);
      const { path, text } = input.file;
      const wanted = [...text.matchAll(/use:(\S+)/g)].map(([, name]) => name ?? '');
      const elsewhere = [...(input.files ?? [])].flatMap(([name, other]) =>
        findingsOf(name, other),
      );
      return {
        file: input.file,
        framework: 'fake',
        documents: new Map(),
        runs: [],
        findings: [...findingsOf(path, text), ...elsewhere],
        wanted,
        failures: [],
      };
    },
    hover({ file }, offset) {
      const found = findingsOf('', file.text).find(({ span }) => span.start <= offset);
      return found === undefined ? undefined : { span: found.span, markdown: `**${found.rule}**` };
    },
    complete: (_analysis, offset) => ({
      items: [
        {
          label: 'bfloat16',
          kind: 'value',
          edit: { span: { start: offset, end: offset }, text: 'bfloat16' },
        },
      ],
      partial: false,
    }),
  };
}
