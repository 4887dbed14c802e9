import type { AnalyzedRun } from '../analysis/analyzed-run.ts';
import { shownFit } from '../analysis/shown-fit.ts';
import { smallestCards, withMemory } from '../analysis/smallest-cards.ts';
import type { Estimate } from '../estimate/result.ts';
import { deviceShares } from '../estimate/shares.ts';
import { modelTitle } from '../facts/model-names.ts';
import { cardCount } from '../run/cards.ts';
import { known } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import { bytes, formatBytes, gibibytes } from '../run/units.ts';
import { joined, type Message, say, word } from '../text/message.ts';

/** The run in a line: `Qwen2.5-7B-Instruct · LoRA r8 · bf16 · 1 x 2048 tokens · 2 GPUs`. */
export function runLine(run: TrainingRun): Message {
  const parts = [
    modelName(run),
    methodWords(run),
    known(run.precision),
    batchWords(run),
    gpuWords(run),
  ];
  return joined(
    parts.filter((part) => part !== undefined).filter((part) => part !== ''),
    ' · ',
  );
}

function modelName(run: TrainingRun): string | undefined {
  const model = known(run.model);
  const id = model?.record?.id ?? model?.text;
  return id && modelTitle(id, model?.record !== undefined);
}

function methodWords(run: TrainingRun): Message | undefined {
  const method = known(run.method);
  const quantization = known(run.quantization);
  const rank = known(run.lora.rank);
  const names = {
    full: word('full'),
    freeze: word('freeze'),
    galore: 'GaLore',
    other: undefined,
  } as const;
  if (method === 'lora' || method === 'dora') {
    const name =
      method === 'dora' ? 'DoRA' : quantization ? say`QLoRA ${quantization.bits}-bit` : 'LoRA';
    return rank === undefined ? name : joined([name, `r${rank}`], ' ');
  }
  return method === undefined ? undefined : names[method];
}

function batchWords(run: TrainingRun): Message | undefined {
  const batch = known(run.microBatch);
  const length = known(run.maxLength);
  if (batch === undefined) return undefined;
  return length === undefined ? say`micro batch ${batch}` : say`${batch} x ${length} tokens`;
}

function gpuWords(run: TrainingRun): Message | undefined {
  const gpu = known(run.gpu);
  const world = cardCount(run.parallel) ?? 1;
  const count = world > 1 ? `${world} x ` : '';
  if (gpu) return `${count}${gpu.name}`;
  return world > 1 ? say`${world} GPUs` : undefined;
}

/** Rows of the table. */
const LARGEST = 6;

/** Why there is no estimate of a run: what has to be known for one, and is not. */
export function whyNotJudged({ run, framework }: AnalyzedRun): Message {
  if (run.modelled.value === 'none')
    return say`memory: not judged, how ${framework} uses the cards is not modelled`;
  if (known(run.model)?.record?.arch === undefined)
    return say`memory: not judged, the model’s dimensions are not known`;
  return known(run.method) === undefined
    ? say`memory: not judged, the text does not say whether all weights or adapters train`
    : say`memory: not judged, the batch or the length is no count that a card could hold`;
}

/** Memory against the card, the largest parts, or the smallest card that would do. */
export function memoryLines(run: AnalyzedRun): readonly Message[] {
  const estimate = run.numbers.estimate();
  if (run.run.modelled.value === 'none' || estimate === undefined) return [whyNotJudged(run)];
  const gpu = known(run.run.gpu);
  const fit = shownFit(run);
  const head =
    gpu && fit
      ? say`**${FIT_WORDS[fit.kind]}**: about ${range(estimate)} of ${formatBytes(bytes(gpu.memoryBytes))}`
      : say`about **${range(estimate)}**${smallest(run)}`;
  const rows = [...deviceShares(estimate)]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, LARGEST)
    .map((share) => say`| ${word(share.name)} | ${formatBytes(share.bytes)} |`);
  return [head, '', say`| at the peak | |`, '| --- | ---: |', ...rows];
}

/** `18.4 GiB (17.9 to 19.6)`: what nvidia-smi would show. */
function range({ device }: Estimate): Message {
  return say`${formatBytes(device.expected)} (${gibibytes(device.low)} to ${gibibytes(device.high)})`;
}

const FIT_WORDS = {
  fits: word('fits'),
  tight: word('tight'),
  unlikely: say`probably does not fit`,
  'does-not-fit': say`does not fit`,
} as const;

function smallest(run: AnalyzedRun): Message | string {
  const cards = smallestCards(run);
  if (cards === undefined) return '';
  const [first] = cards;
  return first === undefined
    ? say`: more than any single card`
    : say`; smallest card that holds it: ${withMemory(first)}`;
}

/** Everything about a run, for the hover on its head. */
export function runCard(run: AnalyzedRun): Message {
  if (!run.trains) {
    const name = modelName(run.run);
    const model = name === undefined ? [] : [`**${name}**`, ''];
    return joined([...model, say`trains nothing: its memory is not estimated`], '\n');
  }
  const estimate = run.numbers.estimate();
  const peak = estimate?.peakOp
    ? ['', say`peak: ${word(estimate.peakPhase)}, at \`${estimate.peakOp}\``]
    : [];
  return joined([say`**${runLine(run.run)}**`, '', ...memoryLines(run), ...peak], '\n');
}
