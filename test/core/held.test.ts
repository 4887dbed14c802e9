// An editor stands open for hours: an analysis that goes on from the one before must not hold it for good.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Analysis, analyze } from '../../src-core/analyze.ts';
import { languageOf, type SourceFile } from '../../src-core/text/source-file.ts';

const EDITS = 12;
/** One object: under other settings an analysis starts anew. */
const SETTINGS = { gpu: 'RTX 4090' };
/** The last one, the one that it goes on from, the one whose value was watched, and one that a look-up remembers. */
const HELD = 4;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const SCRIPT = Array.from(
  { length: 3 },
  (_, i) => `# run ${i}\nswift sft --model Qwen/Qwen2.5-7B-Instruct --torch_dtype float16 \\
    --learning_rate 1e-${i + 3} --system "You are one." --max_length 2048\n`,
).join('');
const CONFIG =
  'model_name_or_path: gpt2\nstage: sft\nfinetuning_type: lora\nlearning_rate: 1.0e-4\nfp16: true\n';
const PROGRAM = `from transformers import TrainingArguments
args = TrainingArguments(output_dir="o", learning_rate=1e-4, fp16=True)\n`;
const DEEPSPEED =
  '{"fp16": {"enabled": true}, "zero_optimization": {"stage": 3}, "gradient_clipping": 1.0}';
const NOTEBOOK = JSON.stringify({
  cells: [{ cell_type: 'code', metadata: {}, outputs: [], source: PROGRAM }],
  metadata: {},
  nbformat: 4,
});

/** A name, its text, and behind what is typed. */
const TYPED: readonly (readonly [what: string, name: string, text: string, behind: string])[] = [
  ['a value of a script', 'a.sh', SCRIPT, '--learning_rate 1e-4'],
  ['a word in quotes', 'a.sh', SCRIPT, 'You are'],
  ['a word behind a line that goes on', 'a.sh', SCRIPT, 'float16 \\'],
  ['a comment', 'a.sh', SCRIPT, '# run 1'],
  ['a command of its own', 'a.sh', SCRIPT, '# run 1\n'],
  ['a value of a YAML file', 'a.yaml', CONFIG, '1.0e-4'],
  ['a line of a YAML file', 'a.yaml', CONFIG, 'fp16: true\n'],
  ['a value of a JSON file', 'ds.json', DEEPSPEED, '1.0'],
  ['a value of a program', 'a.py', PROGRAM, '1e-4'],
  ['a line of a program', 'a.py', PROGRAM, 'TrainingArguments\n'],
  ['a value of a notebook', 'a.ipynb', NOTEBOOK, '1e-4'],
];

/** Types letter after letter; gives the last analysis, and all texts that were analysed. */
function type(name: string, text: string, behind: string) {
  const at = text.indexOf(behind) + behind.length;
  const seen: WeakRef<SourceFile>[] = [];
  let previous: Analysis | undefined;
  for (let i = 0; i < EDITS; i++) {
    // Lines come and go; all else grows.
    const typed = behind.endsWith('\n') ? `x${i}: 1\n`.repeat(i % 2) : '1234567890123'.slice(0, i);
    const language = languageOf(name) ?? 'shell';
    const file: SourceFile = {
      path: name,
      language,
      text: text.slice(0, at) + typed + text.slice(at),
    };
    seen.push(new WeakRef(file));
    previous = analyze({
      ...{ file, settings: SETTINGS, effort: 'typing' },
      ...(previous && { previous }),
    });
  }
  return { last: previous, seen };
}

for (const [what, name, text, behind] of TYPED)
  test(`letters typed into ${what} leave no trace of the texts before`, async () => {
    assert.ok(text.includes(behind));
    const { last, seen } = type(name, text, behind);
    await setImmediate();
    collect();
    await setImmediate();
    collect();
    const held = seen.filter((file) => file.deref() !== undefined).length;
    assert.ok(held <= HELD, `${held} of ${EDITS} texts are held`);
    assert.ok(last !== undefined && last.runs.length > 0);
  });
