import { byDefault, type Citation, type Sourced, UNKNOWN, written } from '../run/sourced.ts';
import type { AllocatorConf } from '../run/training-run.ts';
import type { AdapterContext, Launch } from './framework.ts';
import { envEntry } from './launch.ts';
import { olderThan } from './since.ts';

/** Sizes from 1 MiB to 64 GiB, one interval for each power of two. */
const INTERVALS = 16;

/** What a run's environment tells torch's allocator; torch reads the newer name first. */
export function allocatorConf(launch: Launch, file: string): Sourced<AllocatorConf> | undefined {
  const entry =
    envEntry(launch, 'PYTORCH_ALLOC_CONF') ?? envEntry(launch, 'PYTORCH_CUDA_ALLOC_CONF');
  if (entry === undefined) return undefined;
  const { value } = entry;
  const said = value.kind === 'scalar' ? parseAllocatorConf(value.text) : UNKNOWN;
  return written<AllocatorConf>(said, launch.file ?? file, entry);
}

/**
 * Reads `expandable_segments:True,roundup_power2_divisions:[32:256,>:32]` as torch does. Source:
 * `c10/core/AllocatorConfig.cpp` of torch 2.9; before, `>` began one interval earlier.
 */
export function parseAllocatorConf(text: string): AllocatorConf {
  const grows = /(?:^|,)\s*expandable_segments\s*:\s*(True|False)\b/.exec(text)?.[1];
  const rounds = /(?:^|,)\s*roundup_power2_divisions\s*:\s*(\[[^[\]]*\]|\d+)/.exec(text)?.[1];
  return {
    expandableSegments: grows === 'True',
    roundupDivisions: rounds === undefined ? [] : divisionsOf(rounds),
  };
}

/** The divisions of each interval. Between boundaries that are named, none are. */
function divisionsOf(text: string): readonly number[] {
  if (!text.startsWith('[')) return new Array<number>(INTERVALS).fill(Number(text));
  const divisions = new Array<number>(INTERVALS).fill(0);
  let last = 0;
  let isFirst = true;
  for (const [, boundary, count] of text.matchAll(/((?<!\d)\d+|>)\s*:\s*(\d+)/g)) {
    if (boundary === '>') {
      divisions.fill(Number(count), last + 1);
      continue;
    }
    // In MiB; a boundary of 64 stands for the sizes from 64 to 128.
    const index = Math.min(Math.floor(Math.log2(Number(boundary))), INTERVALS - 1);
    if (isFirst) divisions.fill(Number(count), 0, index);
    divisions[index] = Number(count);
    isFirst = false;
    last = index;
  }
  return divisions;
}

/** What a framework tells the allocator where the environment does not: since torch 2.9, and before. */
interface OwnConf {
  readonly now: string;
  readonly before: string;
  readonly cite: Citation;
}

/** The allocator of a run whose framework sets it up. */
export function ownAllocator(
  { now, before, cite }: OwnConf,
  context: Pick<AdapterContext, 'version' | 'ceiling'>,
): Sourced<AllocatorConf> {
  return confByDefault(olderThan(context, 'torch', '2.9') ? before : now, cite);
}

/** A setting that a framework puts into the environment. */
export function confByDefault(text: string, cite: Citation): Sourced<AllocatorConf> {
  return byDefault(parseAllocatorConf(text), `the framework sets ${text}`, cite);
}
