import { readFileSync } from 'node:fs';
import type { Compared } from '../bench/vram-bench.ts';
import type { ConfigJson, VramRecord } from '../bench/vram-record.ts';

/** A set of measured runs. */
export interface Golden {
  readonly archs: Readonly<Record<string, ConfigJson>>;
  readonly defaults?: ConfigJson;
  readonly transformers?: readonly VramRecord[];
  readonly trl?: readonly VramRecord[];
  readonly runs?: readonly VramRecord[];
  readonly limits?: readonly { id: string; limit_bytes: number; ok: boolean }[];
}

/** The set of that name. */
export function load(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8')) as Golden;
}

/** Runs of a set, each with its model and all its options. */
export function records(golden: Golden, list: readonly VramRecord[] = []): readonly VramRecord[] {
  return list.map((r) => ({
    ...r,
    run: { ...golden.defaults, ...r.run, arch: golden.archs[String(r.run.model)] ?? {} },
  }));
}

/** How far these runs are off. */
export function errors(
  list: readonly Compared[],
  error: (c: Compared) => number | undefined,
): readonly number[] {
  return list.map(error).filter((e): e is number => e !== undefined);
}
