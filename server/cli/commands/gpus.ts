import type { GpuRecord } from '../../../src-core/facts/gpu.ts';
import { findGpu, listGpus } from '../../../src-core/index.ts';
import type { Style } from '../../report/style.ts';
import { padEnd, padStart } from '../../report/width.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../io.ts';
import { styleFor } from '../look.ts';
import { unknownGpu } from '../settings.ts';

/** `tunelint gpus [QUERY]`: the cards of the table. */
export const gpus: Command = {
  name: 'gpus',
  operands: '[QUERY]',
  summary: 'List the known cards, or look one up',
  flags: [{ name: 'format', value: 'FORMAT', choices: ['pretty', 'json'], help: 'pretty, json' }],
  notes: ['Exit code 2: no card is known by that name.'],
  run(args, io) {
    const records = search(args.positionals.join(' '));
    if (args.text('format') === 'json') io.out(`${JSON.stringify(records, null, 2)}\n`);
    else io.out(`${pretty(records, styleFor(args, io)).join('\n')}\n`);
    return EXIT.clean;
  },
};

/** Cards whose name holds every word; else the one that the name leads to. */
function search(query: string): readonly GpuRecord[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const holding = listGpus().filter(({ name }) =>
    words.every((word) => name.toLowerCase().includes(word)),
  );
  if (holding.length > 0) return holding;
  const found = findGpu(query);
  if (found.record !== undefined) return [found.record];
  throw unknownGpu(query, found.suggestions);
}

function pretty(records: readonly GpuRecord[], style: Style): readonly string[] {
  const width = Math.max(...records.map(({ name }) => name.length));
  const rows = records.map((gpu) => {
    const memory = padStart(`${gpu.memoryGb} GB`, 7);
    return `${padEnd(gpu.name, width)}  ${memory}  ${style.dim(abilities(gpu))}`;
  });
  const [only] = records;
  if (records.length > 1 || only === undefined) return rows;
  return [...rows, ...only.sources.map((source) => `  ${style.dim(`= ${source}`)}`)];
}

function abilities(gpu: GpuRecord): string {
  const bf16 = { native: 'bf16', emulated: 'bf16 emulated', none: 'no bf16' }[gpu.bf16];
  return [
    gpu.arch,
    ...(gpu.computeCapability === undefined ? [] : [`sm ${gpu.computeCapability.toFixed(1)}`]),
    bf16,
    ...(gpu.fp8 ? ['fp8'] : []),
    ...(gpu.flashAttention2 ? ['flash-attention 2'] : []),
    ...(gpu.flashAttention3 ? ['3'] : []),
  ].join(', ');
}
