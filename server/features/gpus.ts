import type { GpuRecord } from '../../src-core/facts/gpu.ts';
import { type GpuItem, LIST_GPUS } from '../proto/requests.ts';
import type { Shell } from '../shell.ts';

const BF16 = { native: 'bf16', emulated: 'bf16 emulated', none: 'no bf16' };

function toItem(card: GpuRecord): GpuItem {
  const { name, memoryGb, vendor, arch, bf16, fp8 } = card;
  const detail = [vendor, arch, BF16[bf16], ...(fp8 ? ['fp8'] : [])].join(' · ');
  return { name, memory: `${memoryGb} GB`, detail };
}

/** Lists the cards for the client's picker. */
export function registerGpus({ connection, core }: Shell): void {
  connection.onRequest(LIST_GPUS, () => core.listGpus().map(toItem));
}
