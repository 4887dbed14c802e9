import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { LazyRun } from '../../src-core/analysis/analyzed-run.ts';
import { type Analysis, analyze } from '../../src-core/analyze.ts';
import { candidates, recognizers } from '../../src-core/frameworks/registry.ts';
import type { Document } from '../../src-core/syntax/document.ts';
import { parseDocument } from '../../src-core/syntax/parse.ts';
import { reparse } from '../../src-core/syntax/reparse.ts';
import { mayHoldScripts } from '../../src-core/syntax/yaml/scripts.ts';
import type { Language, SourceFile } from '../../src-core/text/source-file.ts';
import { SAMPLES } from '../syntax/samples.ts';
import { allSpans } from '../syntax/show.ts';

const SUITES = new URL('../suites/', import.meta.url);
const LANGUAGES: Readonly<Record<string, Language>> = {
  ...{ sh: 'shell', yaml: 'yaml', json: 'json' },
  ...{ py: 'python', python: 'python' },
};
const SETTINGS = { gpus: 2 };

/** The samples, the blocks of the suites, and their commands together in one script. */
function texts(): readonly SourceFile[] {
  const found: SourceFile[] = SAMPLES.map(([language, text]) => ({ path: 'x', language, text }));
  for (const name of readdirSync(SUITES)) {
    const page = readFileSync(new URL(name, SUITES), 'utf8');
    for (const [, tag = '', text = ''] of page.matchAll(/^```(\w+).*\n([\s\S]*?)^```/gm)) {
      const language = LANGUAGES[tag];
      if (language !== undefined) found.push({ path: `x.${tag}`, language, text });
    }
  }
  const clean = found.map(withoutRulers).filter(isSound);
  const whole = clean.filter(({ language }) => language === 'shell').slice(0, 40);
  return [
    ...found,
    { path: 'all.sh', language: 'shell', text: whole.map(({ text }) => text).join('\n# next\n') },
  ];
}

function withoutRulers(file: SourceFile): SourceFile {
  return { ...file, text: file.text.replace(/^ *\^.*\n/gm, '') };
}

function isSound(file: SourceFile): boolean {
  return parseDocument(file).problems.length === 0 && !/[<]|tunelint:/.test(file.text);
}

const TEXTS = texts();
/** Commands one after the other. */
const COMMANDS: SourceFile = {
  path: 'some.sh',
  language: 'shell',
  text: TEXTS.filter(({ language }) => language === 'shell')
    .map(withoutRulers)
    .filter(isSound)
    .slice(3, 13)
    .map(({ text }) => text)
    .join('\n'),
};
/** One of the texts, and now and then the script with many commands, which comes last. */
const TEXT = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.constantFrom(...TEXTS.slice(-1)) },
);
const PIECES = ['0', '1', 'a', '-', '_', '.', '/', '=', ':', ',', 'float16', 'swift', ' ', '#'];
const ODD = ['\t', '"', "'", '$', '<', '\\', '\n', '{', '}', '*', '!', '|', '`', '...', '--x'];

/** An edit: mostly at a place that the parser named, sometimes anywhere. */
const EDIT = fc.record({
  place: fc.nat(),
  offset: fc.nat(),
  removed: fc.constantFrom(0, 0, 0, 1, 3),
  text: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...PIECES) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD, '') },
  ),
});
const EDITS = fc.array(EDIT, { minLength: 1, maxLength: 8 });

type Edit = typeof EDIT extends fc.Arbitrary<infer T> ? T : never;

function edited(document: Document, { place, offset, removed, text }: Edit): string {
  const old = document.file.text;
  const spans = allSpans(document);
  const at = spans[place % (spans.length + 1)] ?? { start: 0, end: old.length };
  const start = at.start + (offset % (at.end - at.start + 1));
  return old.slice(0, start) + text + old.slice(start + removed);
}

/** Runs `check` on a text before and after each of some edits that follow one another. */
function each(runs: number, check: (before: SourceFile, after: SourceFile) => void): void {
  const property = fc.property(TEXT, EDITS, (file, edits) => {
    let now = file;
    for (const edit of edits) {
      const after = { ...now, text: edited(parseDocument(now), edit) };
      if (after.text !== now.text) check(now, after);
      now = after;
    }
  });
  fc.assert(property, { seed: 20261124, numRuns: runs });
}

test('a document made from the one before an edit is the one that the parser gives', () => {
  let made = 0;
  each(300, (before, after) => {
    const found = reparse(parseDocument(before), after);
    if (found === undefined) return;
    made += 1;
    assert.deepEqual(found.document, parseDocument(after));
  });
  assert.ok(made > 150, `${made} documents were made without the parser`);
});

/** What a run is, in short: its place, its options, and where its values come from. */
function told({ runs }: Analysis) {
  return runs.map(({ span, trains, run, recognized, options }) => ({
    ...{ span, trains, grip: recognized.grip, model: run.model, precision: run.computeDtype },
    entries: options.entries.map(({ entry }) => entry),
    problems: run.problems,
  }));
}

test('an analysis that goes on from the one before an edit is one from scratch', () => {
  let previous: Analysis | undefined;
  let lazy = 0;
  each(120, (before, file) => {
    const input = { settings: SETTINGS, effort: 'typing' } as const;
    if (previous?.file.text !== before.text) previous = analyze({ ...input, file: before });
    const again = analyze({ ...input, file, previous });
    const fresh = analyze({ ...input, file });
    assert.deepEqual(again.findings, fresh.findings);
    assert.equal(again.framework, fresh.framework);
    assert.deepEqual(
      fresh.wanted.filter((path) => !again.wanted.includes(path)),
      [],
    );
    lazy += again.runs.filter((run) => run instanceof LazyRun).length;
    if (again.runs.length < 9) assert.deepEqual(told(again), told(fresh));
    previous = again;
  });
  assert.ok(lazy > 10, `${lazy} runs were taken over`);
});

const LINES = [
  '\n',
  ' \\\n',
  '\\',
  '# ...\n',
  'swift sft --model Qwen/Qwen2-7B --torch_dtype float16\n',
  'export CUDA_VISIBLE_DEVICES=0\ntrl sft --model_name_or_path gpt2 --fp16 true\n',
];
/** A change of whole lines: some go, and others come. */
const LINED = fc.record({
  place: fc.nat(),
  gone: fc.constantFrom(0, 0, 1, 2, 6),
  came: fc.constantFrom('', ...LINES),
  inside: fc.boolean(),
});

test('commands that come, go and fall apart leave the others as they were', () => {
  let lazy = 0;
  let structural = 0;
  const input = { settings: SETTINGS, effort: 'typing' } as const;
  const property = fc.property(fc.array(LINED, { minLength: 2, maxLength: 6 }), (edits) => {
    let previous = analyze({ ...input, file: COMMANDS });
    for (const { place, gone, came, inside } of edits) {
      const lines = previous.file.text.split('\n');
      const at = place % lines.length;
      const [line = '', ...rest] = lines.slice(at);
      const cut = inside ? place % (line.length + 1) : 0;
      const left = line.slice(0, cut) + came + [line.slice(cut), ...rest].slice(gone).join('\n');
      const text = [...lines.slice(0, at), left].join('\n');
      const file = { ...COMMANDS, text };
      const again = analyze({ ...input, file, previous });
      const fresh = analyze({ ...input, file });
      assert.deepEqual(again.findings, fresh.findings);
      assert.deepEqual(told(again), told(fresh));
      const kept = again.runs.filter((run) => run instanceof LazyRun).length;
      lazy += kept;
      if (kept > 0 && again.runs.length !== previous.runs.length) structural += 1;
      previous = again;
    }
  });
  fc.assert(property, { seed: 20261130, numRuns: 60 });
  assert.ok(lazy > 100 && structural > 20, `${lazy} runs, ${structural} times beside others`);
});

/** Places of numbers and of other plain values, where people type. */
function values({ file, text }: { file: SourceFile; text: string }): readonly number[] {
  const shell = /(?<=--[\w-]+ )[\w./-]+(?=[ \n])/g;
  const other = /(?<=^ *"?[\w.]+"?: "?)[\w./-]+(?=[",\n])/gm;
  const found = text.matchAll(file.language === 'shell' ? shell : other);
  return [...found].map(({ index, 0: word }) => index + word.length);
}

const LETTER = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...'0123456789abZ') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('.', 'e', '-', 'x', 'swift', '/', '.py', '.yaml', ' ', ''),
  },
);
const TYPED = fc.record({
  at: fc.nat(),
  letters: fc.array(LETTER, { minLength: 3, maxLength: 7 }),
});

test('letters typed into one value are judged as the whole text is', () => {
  const cards = [{ gpus: 2 }, { gpu: 'RTX 4090D' }, { gpu: 'T4' }];
  const counts = { typed: 0, whole: 0 };
  const property = fc.property(
    fc.constantFrom(...TEXTS.map(withoutRulers).filter(isSound)),
    TYPED,
    fc.constantFrom(...cards),
    (file, { at, letters }, settings) => {
      const places = values({ file, text: file.text });
      let end = places[at % places.length];
      if (end === undefined) return;
      const input = { settings, effort: 'typing' } as const;
      let { text } = file;
      let previous = analyze({ ...input, file });
      for (const letter of letters) {
        // An empty letter takes the last one away.
        const from: number = letter === '' ? end - 1 : end;
        text = text.slice(0, from) + letter + text.slice(end);
        end = from + letter.length;
        const now = { ...file, text };
        const again = analyze({ ...input, file: now, previous });
        const fresh = analyze({ ...input, file: now });
        assert.deepEqual(again.findings, fresh.findings, text);
        assert.equal(again.framework, fresh.framework);
        counts[again.base === undefined ? 'whole' : 'typed'] += 1;
        previous = again;
      }
      if (previous.runs.length < 9)
        assert.deepEqual(told(previous), told(analyze({ ...input, file: previous.file })));
    },
  );
  fc.assert(property, { seed: 20261129, numRuns: 420 });
  assert.ok(counts.typed > 100, JSON.stringify(counts));
});

test('the evidence around an edit speaks for the same frameworks as the whole text', () => {
  const long = '# some words of a comment that says nothing\n'.repeat(300);
  for (const around of ['', long])
    each(80, (before, after) => {
      const [old, text] = [around + before.text + around, around + after.text + around];
      candidates(old);
      const fresh = recognizers.filter((one) => one.evidence.every((part) => part.test(text)));
      assert.deepEqual(candidates(text), fresh);
    });
});

test('no evidence asks which number stands in a text', () => {
  let numbers = 0;
  const asked = (text: string) =>
    recognizers.map(({ evidence }) => evidence.map((one) => one.test(text)));
  for (const { text } of TEXTS)
    for (const { 0: number, index } of text.matchAll(/(?<![\w.+-])\d[\d.e+-]*(?![\w.+-])/g)) {
      const other = number === '7' ? '3e-05' : '7';
      const after = text.slice(0, index) + other + text.slice(index + number.length);
      assert.deepEqual(asked(after), asked(text), text.slice(index - 40, index + 40));
      numbers += 1;
    }
  assert.ok(numbers > 500, String(numbers));
});

test('the lines that an edit touches tell whether a YAML file came to hold commands', () => {
  const config = 'model: x\n# notes on how to run it\ncutoff_len: 2048\n'.repeat(20);
  const edits = fc.array(
    fc.tuple(
      fc.nat(),
      fc.nat(30),
      fc.constantFrom('run: a', 'r', 'un', ':', '\n', '- ', '  ', 'x.sh: b', ''),
    ),
    { minLength: 1, maxLength: 12 },
  );
  let held = 0;
  const property = fc.property(edits, (each) => {
    let text = config;
    for (const [at, removed, put] of each) {
      const from = at % text.length;
      text = text.slice(0, from) + put + text.slice(from + removed);
      const may = mayHoldScripts(text);
      // Another text lies between, so that this one is looked at whole.
      mayHoldScripts('run: x');
      assert.equal(may, mayHoldScripts(text), text);
      held += Number(may);
    }
  });
  fc.assert(property, { seed: 20261130, numRuns: 300 });
  assert.ok(held > 100, String(held));
});
