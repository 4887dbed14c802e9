import type { AnalyzedRun } from '../analyze.ts';
import type { Estimate } from '../estimate/result.ts';
import { deviceShares } from '../estimate/shares.ts';
import { verdict } from '../estimate/verdict.ts';
import { smallestFittingGpus } from '../facts/lookup.ts';
import { known } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import { type Bytes, bytes, formatBytes } from '../run/units.ts';

/** The run in a line: `Qwen2.5-7B-Instruct · LoRA r8 · bf16 · 1 x 2048 tokens · 2 GPUs`. */
export function runLine(run: TrainingRun): string {
  const model = known(run.model);
  const id = model?.record?.id ?? model?.text;
  const parts = [
    id?.slice(id.lastIndexOf('/') + 1),
    methodWords(run),
    known(run.precision),
    batchWords(run),
    gpuWords(run),
  ];
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

function methodWords(run: TrainingRun): string | undefined {
  const method = known(run.method);
  const quantization = known(run.quantization);
  const rank = known(run.lora.rank);
  const names = { full: 'full', freeze: 'freeze', galore: 'GaLore', other: undefined } as const;
  if (method === 'lora' || method === 'dora') {
    const name =
      method === 'dora' ? 'DoRA' : quantization ? `QLoRA ${quantization.bits}-bit` : 'LoRA';
    return rank === undefined ? name : `${name} r${rank}`;
  }
  return method === undefined ? undefined : names[method];
}

function batchWords(run: TrainingRun): string | undefined {
  const batch = known(run.microBatch);
  const length = known(run.maxLength);
  if (batch === undefined) return undefined;
  return length === undefined ? `micro batch ${batch}` : `${batch} x ${length} tokens`;
}

function gpuWords(run: TrainingRun): string | undefined {
  const gpu = known(run.gpu);
  const world = known(run.parallel.worldSize) ?? 1;
  const count = world > 1 ? `${world} x ` : '';
  if (gpu) return `${count}${gpu.name}`;
  return world > 1 ? `${world} GPUs` : undefined;
}

/** Rows of the table. */
const LARGEST = 6;

/** Memory against the card, the largest parts, or the smallest card that would do. */
export function memoryLines(run: AnalyzedRun): readonly string[] {
  const estimate = run.numbers.estimate();
  if (estimate === undefined) return ['memory: not judged, the model’s dimensions are not known'];
  const gpu = known(run.run.gpu);
  const head = gpu
    ? `**${fitWords(estimate, gpu.memoryBytes)}**: about ${range(estimate)} of ${formatBytes(bytes(gpu.memoryBytes))}`
    : `about **${range(estimate)}**${smallest(estimate)}`;
  const rows = [...deviceShares(estimate)]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, LARGEST)
    .map((share) => `| ${share.name} | ${formatBytes(share.bytes)} |`);
  return [head, '', '| at the peak | |', '| --- | ---: |', ...rows];
}

/** `18.4 GiB (17.9 to 19.6)`: what nvidia-smi would show. */
function range({ device }: Estimate): string {
  const digits = (b: Bytes): string => (b / 2 ** 30).toFixed(1);
  return `${formatBytes(device.expected)} (${digits(device.low)} to ${digits(device.high)})`;
}

function fitWords(estimate: Estimate, memory: number): string {
  const words = {
    fits: 'fits',
    tight: 'tight',
    unlikely: 'probably does not fit',
    'does-not-fit': 'does not fit',
  } as const;
  return words[verdict(estimate, memory).kind];
}

function smallest(estimate: Estimate): string {
  const [first] = smallestFittingGpus(estimate.device.expected);
  return first === undefined
    ? ': more than any single card'
    : `; smallest card that holds it: ${first.name} (${first.memoryGb} GB)`;
}

/** Everything about a run, for the hover on its head. */
export function runCard(run: AnalyzedRun): string {
  const estimate = run.numbers.estimate();
  const peak = estimate?.peakOp ? `peak: ${estimate.peakPhase}, at \`${estimate.peakOp}\`` : '';
  return [`**${runLine(run.run)}**`, '', ...memoryLines(run), '', peak].join('\n').trim();
}
