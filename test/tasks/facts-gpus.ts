/**
 * Makes src-core/facts/gpus/gpus.data.json: `npx tsx test/tasks/facts-gpus.ts <gpus.json> <out>`.
 * Cards whose memory or bf16 support is not known are left out and named on standard error.
 */
import { readFileSync } from 'node:fs';
import { type Flat, writeTable } from './facts-table.ts';

interface Raw {
  readonly name: string;
  readonly vendor: string;
  readonly cls: string;
  readonly arch: string;
  readonly compute_capability: number | null;
  readonly memory_gb: number | string | null;
  readonly nvidia_smi_mib: number | null;
  readonly nvidia_smi_evidence?: string;
  readonly bandwidth_gbs: number | null;
  readonly bf16: string;
  readonly fp8?: boolean | string | null;
  readonly tf32?: boolean | string | null;
  readonly flash_attention_2?: boolean | string | null;
  readonly flash_attention_3?: boolean | null;
  readonly bnb_nf4?: boolean | null;
  readonly bnb_llm_int8?: boolean | null;
  readonly tflops_bf16_dense: number | null;
  readonly tflops_fp16_dense_fp32acc?: number | null;
  readonly tflops_fp16_dense?: number | null;
  readonly tflops_source?: string;
  readonly sources?: readonly string[];
}

const MIB_A_GIB = 1024;

/** What nvidia-smi reports of a nominal GiB where no listing was seen: the least of its generation. */
function leastShare(raw: Raw, all: readonly Raw[]): number {
  const shares = all.flatMap((other) =>
    other.vendor === raw.vendor &&
    other.arch === raw.arch &&
    other.nvidia_smi_mib !== null &&
    other.nvidia_smi_mib !== undefined &&
    typeof other.memory_gb === 'number' &&
    other.cls === raw.cls
      ? [other.nvidia_smi_mib / (other.memory_gb * MIB_A_GIB)]
      : [],
  );
  return Math.min(1, ...shares);
}

function memoryMib(raw: Raw, gb: number, all: readonly Raw[]): number {
  return raw.nvidia_smi_mib ?? Math.floor(gb * MIB_A_GIB * leastShare(raw, all));
}

/** Two of the boards hold two devices: a process sees one of them. */
function memoryGb(raw: Raw): number | undefined {
  if (raw.name.includes('two GCDs')) return 64;
  if (typeof raw.memory_gb === 'number') return raw.memory_gb;
  const largest = raw.memory_gb?.match(/(\d+)$/)?.[1];
  return largest === undefined ? undefined : Number(largest);
}

/** The least memory that such a machine is sold with, where it is sold with several. */
function memoryFrom(raw: Raw): number | undefined {
  if (raw.name.includes('bins')) return 32;
  if (typeof raw.memory_gb !== 'string') return undefined;
  const least = raw.memory_gb.match(/^(\d+)-/)?.[1];
  return least === undefined ? undefined : Number(least);
}

function bf16(raw: Raw): 'native' | 'emulated' | 'none' | undefined {
  if (/unknown|unclear/.test(raw.bf16)) return undefined;
  if (/^none/.test(raw.bf16)) return 'none';
  return /^(emulated|software)/.test(raw.bf16) ? 'emulated' : 'native';
}

/** Unknown support of a non-NVIDIA card counts as support, so that no rule complains of it. */
const unlessKnown = (raw: Raw, value: boolean | string | null | undefined): boolean =>
  raw.vendor === 'Apple' ? value === true : (value ?? true) !== false;

const number = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;

/** A rate of one device, where the figure is of a board with two. */
function share(raw: Raw, rate: unknown): number | undefined {
  const value = number(rate);
  return raw.name.includes('two GCDs') && value !== undefined ? value / 2 : value;
}

const has = (value: boolean | string | null | undefined): boolean =>
  value === true ||
  (typeof value === 'string' && !/^(no|hf32)/.test(value) && /native|xf32/.test(value));

function sources(raw: Raw): readonly string[] {
  const seen = raw.nvidia_smi_evidence?.startsWith('seen')
    ? 'total memory: nvidia-smi listings'
    : raw.nvidia_smi_mib
      ? 'total memory: as cards of the same memory print it'
      : 'total memory: nominal size as sold';
  const given = (raw.sources ?? [raw.tflops_source ?? 'vendor data sheet'])
    .map((source) => source.replace(/github:/, '').replace(/ \[[^\]]*\]/, ''))
    .map((source) => source.replace(/stored file id \d+[^;,]*/g, 'public GPU table'))
    .map((source) => source.replace(/;? ?bw (id \d+|recalled)(; )?/, '').slice(0, 120))
    .filter((source) => source !== '');
  return [...new Set([...given, seen])];
}

const columns = [
  'name',
  'vendor',
  'arch',
  'kind',
  'computeCapability',
  'memoryGb',
  'memoryBytes',
  'bandwidthGbs',
  'bf16',
  'fp8',
  'tf32',
  'flashAttention2',
  'flashAttention3',
  'bnb4bit',
  'bnb8bit',
  'sources',
  'tflopsBf16',
  'tflopsFp16',
  'memoryFromGb',
];

const [input, out] = process.argv.slice(2);
if (input === undefined || out === undefined) throw new Error('usage: facts-gpus <in> <out>');
const { gpus }: { readonly gpus: readonly Raw[] } = JSON.parse(readFileSync(input, 'utf8'));

const records: Flat[] = [];
for (const raw of gpus) {
  const gb = memoryGb(raw);
  const bf = bf16(raw);
  if (gb === undefined || bf === undefined) {
    process.stderr.write(`left out: ${raw.name} (memory or bf16 unknown)\n`);
    continue;
  }
  records.push({
    name: raw.name.replace(' (per board, two GCDs of 64 GB)', ' (one GCD)'),
    vendor: raw.vendor,
    arch: raw.arch,
    kind: raw.cls,
    computeCapability:
      typeof raw.compute_capability === 'number' ? raw.compute_capability : undefined,
    memoryGb: gb,
    memoryBytes: memoryMib(raw, gb, gpus) * 2 ** 20,
    bandwidthGbs: share(raw, raw.bandwidth_gbs),
    bf16: bf,
    fp8: has(raw.fp8),
    tf32: has(raw.tf32),
    flashAttention2: unlessKnown(raw, raw.flash_attention_2),
    flashAttention3: raw.flash_attention_3 === true,
    bnb4bit: unlessKnown(raw, raw.bnb_nf4),
    bnb8bit: unlessKnown(raw, raw.bnb_llm_int8),
    sources: sources(raw),
    tflopsBf16: share(raw, raw.tflops_bf16_dense),
    tflopsFp16: share(raw, raw.tflops_fp16_dense_fp32acc ?? raw.tflops_fp16_dense),
    memoryFromGb: memoryFrom(raw),
  });
}
writeTable(out, columns, records);
