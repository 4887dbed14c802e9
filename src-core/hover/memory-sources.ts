import type { AnalyzedRun } from '../analysis/analyzed-run.ts';
import type { GpuRecord } from '../facts/gpu.ts';
import type { ModelRecord } from '../facts/model.ts';
import { urlOfSource } from '../facts/source-links.ts';
import { known } from '../run/sourced.ts';
import { joined, type Message, say } from '../text/message.ts';

/** Most sources that are named for one figure. */
const MOST = 2;

/** What the memory figures of a run rest on: the method, the model's dimensions, the card's memory. */
export function memorySources({ run, numbers }: AnalyzedRun): readonly Message[] {
  if (numbers.estimate() === undefined) return [];
  const record = known(run.model)?.record;
  const gpu = known(run.gpu);
  return [
    say`how memory is estimated: ${'docs/estimate.md'}`,
    ...(record === undefined ? [] : [dimensions(record)]),
    ...(gpu ? [cardMemory(gpu)] : []),
  ];
}

function dimensions({ id, sources }: ModelRecord): Message {
  return say`dimensions of ${id}: ${named(sources, id)}`;
}

/** `memory/CC: a file` is of the memory; `bandwidth: a table` is not. */
function cardMemory({ name, sources }: GpuRecord): Message {
  const parts = sources.map((source) => /^(?:(?:total )?memory(?:\/CC)?: )?(.*)$/.exec(source));
  const told = parts.filter((part) => part !== null && part[0] !== part[1]);
  const own = told.length > 0 ? told : parts;
  const texts = own.flatMap((part) => (part?.[1] === undefined ? [] : [part[1]]));
  return say`memory of the ${name}: ${named(texts)}`;
}

/** Those that can be opened as links; without one, what there is. */
function named(sources: readonly string[], id?: string): Message {
  const links = sources.flatMap((source) => {
    const url = urlOfSource(source, id);
    return url === undefined ? [] : [`[${labelOf(source)}](${url})`];
  });
  return joined((links.length > 0 ? links : sources).slice(0, MOST), ', ');
}

/** Brackets would end the label of a link. */
const labelOf = (source: string): string => source.replace(/\[.*\]$/, '');
