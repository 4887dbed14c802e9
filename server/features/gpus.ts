import type { GpuRecord } from '../../src-core/facts/gpu.ts';
import { joined, say } from '../../src-core/text/message.ts';
import { type GpuItem, LIST_GPUS, type ListGpusParams } from '../proto/requests.ts';
import { guarded, type Shell } from '../shell.ts';

const BF16 = { native: 'bf16', emulated: say`bf16 emulated`, none: say`no bf16` };

function toItem(shell: Shell, card: GpuRecord): GpuItem {
  const { name, memoryGb, vendor, arch, bf16, fp8 } = card;
  const detail = joined([vendor, arch, BF16[bf16], ...(fp8 ? ['fp8'] : [])], ' · ');
  return { name, memory: `${memoryGb} GB`, detail: shell.say(detail) };
}

/** How many of each known card the machine has, by the table's name. */
function countDetected({ core }: Shell, detected: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of detected) {
    const name = core.findGpu(text).record?.name;
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Lists the cards for the client's picker: that of the setting, then those of the machine, then the others. */
export function registerGpus(shell: Shell): void {
  const list = async ({ detected, chosen = '' }: ListGpusParams) => {
    const counts = countDetected(shell, detected);
    const set = shell.core.findGpu(chosen).record?.name;
    const rank = ({ here = 0, chosen: is = false }: GpuItem) => (is ? Infinity : here);
    const items = shell.core.listGpus().map((card): GpuItem => {
      const here = counts.get(card.name);
      return {
        ...toItem(shell, card),
        ...(here !== undefined && { here }),
        ...(card.name === set && { chosen: true }),
      };
    });
    return items.sort((a, b) => Math.sign(rank(b) - rank(a)));
  };
  const { connection } = shell;
  connection.onRequest<GpuItem[], never>(LIST_GPUS, guarded(connection, LIST_GPUS, [], list));
}
