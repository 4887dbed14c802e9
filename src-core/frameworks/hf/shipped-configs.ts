import type { Document } from '../../syntax/document.ts';
import { parseDocument } from '../../syntax/parse.ts';

const EIGHT = 'num_processes: 8\nmixed_precision: bf16\n';
const zero = (stage: number): string =>
  `distributed_type: DEEPSPEED\n${EIGHT}deepspeed_config:\n  zero_stage: ${stage}\n`;
const fsdp = (version: number): string =>
  `distributed_type: FSDP\n${EIGHT}fsdp_config:\n  fsdp_version: ${version}\n`;

/** What the configs of accelerate that TRL ships say of processes, engine and precision. */
const SHIPPED: Readonly<Record<string, string>> = {
  single_gpu: "distributed_type: 'NO'\nnum_processes: 1\nmixed_precision: bf16\n",
  multi_gpu: `distributed_type: MULTI_GPU\n${EIGHT}`,
  zero1: zero(1),
  zero2: zero(2),
  zero3: zero(3),
  fsdp1: fsdp(1),
  fsdp2: fsdp(2),
};

const parsed = new Map<string, Document>();

/** The config of accelerate that TRL ships under a name (`trl sft --accelerate_config zero3`). */
export function shippedConfig(name: string): Document | undefined {
  const text = Object.hasOwn(SHIPPED, name) ? SHIPPED[name] : undefined;
  if (text === undefined) return undefined;
  const path = `trl/accelerate_configs/${name}.yaml`;
  const document = parsed.get(name) ?? parseDocument({ path, text, language: 'yaml' });
  parsed.set(name, document);
  return document;
}
