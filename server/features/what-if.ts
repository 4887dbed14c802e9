import type { FileEdits } from '../../src-core/finding.ts';
import { resolveFix } from '../../src-core/fix/resolve.ts';
import { applyEdits } from '../../src-core/index.ts';
import { type Change, setField } from '../../src-core/run/fix-intent.ts';
import { known } from '../../src-core/run/sourced.ts';
import { word } from '../../src-core/text/message.ts';
import type { Analysis, AnalyzedRun } from '../core.ts';
import type { WhatIf } from '../proto/panel.ts';

/** The values that a run has, as the controls show them. */
export function valuesOf({ run }: AnalyzedRun): WhatIf {
  const quantization = known(run.quantization);
  const given = {
    microBatch: known(run.microBatch),
    gradientAccumulation: known(run.gradientAccumulation),
    maxLength: known(run.maxLength),
    loraRank: known(run.method) === 'lora' ? known(run.lora.rank) : undefined,
    gradientCheckpointing: known(run.gradientCheckpointing),
    optimizer: known(run.optimizer),
    quantization: quantization === undefined ? undefined : quantization === null ? 'none' : 'nf4',
    gpu: known(run.gpu)?.name,
  } as const;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** A run with changes tried on it. */
export interface Tried {
  readonly run: AnalyzedRun;
  readonly files: readonly FileEdits[];
  readonly refused: readonly (keyof WhatIf)[];
}

/** What each control changes in the run. The card is no part of the files. */
function changeOf(name: keyof WhatIf, changes: WhatIf): Change | undefined {
  const { microBatch, gradientAccumulation, maxLength, loraRank } = changes;
  const { gradientCheckpointing, optimizer, quantization } = changes;
  if (name === 'microBatch' && microBatch) return setField('microBatch', microBatch);
  if (name === 'gradientAccumulation' && gradientAccumulation)
    return setField('gradientAccumulation', gradientAccumulation);
  if (name === 'maxLength' && maxLength) return setField('maxLength', maxLength);
  if (name === 'loraRank' && loraRank) return setField('lora.rank', loraRank);
  if (name === 'optimizer' && optimizer) return setField('optimizer', optimizer);
  if (name === 'gradientCheckpointing' && gradientCheckpointing !== undefined)
    return setField('gradientCheckpointing', gradientCheckpointing);
  if (name === 'quantization' && quantization !== undefined)
    return setField(
      'quantization',
      quantization === 'none' ? null : { method: 'bnb', bits: 4, type: 'nf4' },
    );
  return undefined;
}

const NAMES = [
  'microBatch',
  'gradientAccumulation',
  'maxLength',
  'loraRank',
  'gradientCheckpointing',
  'optimizer',
  'quantization',
] as const;

/** Texts of the files after the edits: the analysed file's, and those of the files it reads. */
export function textsAfter(
  analysis: Analysis,
  files: readonly FileEdits[],
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [path, { file }] of analysis.documents) texts.set(path, file.text);
  texts.set(analysis.file.path, analysis.file.text);
  for (const { file, edits } of files) {
    const text = texts.get(file);
    if (text !== undefined) texts.set(file, applyEdits(text, edits));
  }
  return texts;
}

/**
 * Applies the changes one after the other to the text, as the editor would, and reads the run again
 * after each: what the panel shows is what the framework will do with the written file.
 */
export function tryChanges(
  analysis: Analysis,
  index: number,
  changes: WhatIf,
  again: (texts: ReadonlyMap<string, string>) => Analysis,
): Tried | undefined {
  const start = analysis.runs[index];
  if (start === undefined) return undefined;
  const refused: (keyof WhatIf)[] = [];
  let now = analysis;
  let run = start;
  for (const name of NAMES) {
    const change = changeOf(name, changes);
    if (change === undefined || valuesOf(run)[name] === changes[name]) continue;
    const intent = { title: word(name), safety: 'suggestion', changes: [change] } as const;
    const fix = resolveFix(intent, run, now.documents);
    const next = fix === undefined ? undefined : again(textsAfter(now, fix.files));
    const found = next?.runs[index];
    if (next === undefined || found === undefined) refused.push(name);
    else [now, run] = [next, found];
  }
  return { run, files: rewritten(analysis, now), refused };
}

/** One edit for each file that changed: from the first letter that differs to the last. */
function rewritten(before: Analysis, after: Analysis): readonly FileEdits[] {
  const news = textsAfter(after, []);
  return [...textsAfter(before, [])].flatMap(([file, old]) => {
    const text = news.get(file);
    if (text === undefined || text === old) return [];
    let start = 0;
    while (start < old.length && old[start] === text[start]) start++;
    let tail = 0;
    const most = Math.min(old.length, text.length) - start;
    while (tail < most && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail++;
    const span = { start, end: old.length - tail };
    return [{ file, edits: [{ span, text: text.slice(start, text.length - tail) }] }];
  });
}
