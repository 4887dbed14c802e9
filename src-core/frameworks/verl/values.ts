import { type Sourced, type UNKNOWN, written } from '../../run/sourced.ts';
import type { Entry, Node } from '../../syntax/document.ts';
import { asBool, asInt, asNumber, asText } from '../convert.ts';
import { isElided, isOpenEnded } from '../elided.ts';
import type { Recognized, Section } from '../framework.ts';
import type { Program } from './program.ts';

type Convert<T> = (node: Node) => T | typeof UNKNOWN;

/** What the overrides of a command, or the keys of a YAML, say. */
export class Values {
  private readonly sections: readonly Section[];

  constructor(sections: readonly Section[]) {
    this.sections = sections;
  }

  text(...keys: readonly string[]): Sourced<string> | undefined {
    return this.read(keys, asText);
  }

  int(...keys: readonly string[]): Sourced<number> | undefined {
    return this.read(keys, asInt);
  }

  number(...keys: readonly string[]): Sourced<number> | undefined {
    return this.read(keys, asNumber);
  }

  flag(...keys: readonly string[]): Sourced<boolean> | undefined {
    return this.read(keys, asBool);
  }

  /** The word behind one of Hydra's own options: `--config-name x`, `--config-name=x`. */
  hydra(name: string): string | undefined {
    const { leftover = [] } = this.sections[0] ?? {};
    const at = leftover.findIndex(({ raw }) => raw === `--${name}`);
    const next = at < 0 ? undefined : leftover[at + 1];
    if (next !== undefined) return next.value.kind === 'scalar' ? next.value.text : '';
    const value = this.find([name])?.value;
    if (value === undefined) return undefined;
    return value.kind === 'scalar' ? value.text : '';
  }

  /** The last of several overrides counts, whatever sign is in front of them. */
  private find(keys: readonly string[]): Entry | undefined {
    return this.sections
      .flatMap(({ entries }) => entries)
      .filter(({ key }) => keys.includes(key))
      .reduce<Entry | undefined>(
        (last, one) => (last !== undefined && last.span.start > one.span.start ? last : one),
        undefined,
      );
  }

  private read<T>(keys: readonly string[], convert: Convert<T>): Sourced<T> | undefined {
    const entry = this.find(keys);
    const [section] = this.sections;
    if (entry === undefined || section === undefined) return undefined;
    return written<T>(convert(entry.value), section.file, entry);
  }
}

/** Configs that verl ships, whose defaults are those of its `trainer/config`. */
const SHIPPED =
  /^(?:(?:fully_async_|one_step_off_)?ppo_(?:megatron_)?trainer|sft_trainer(?:_engine)?)(?:\.ya?ml)?$/;

/** Whether what is not written has verl's own default: nothing else may speak of it. */
export function keepsDefaults(v: Values, program: Program, recognized: Recognized): boolean {
  if (!program.own || isElided(recognized) || isOpenEnded(recognized)) return false;
  const name = v.hydra('config-name');
  const path = v.hydra('config-path') ?? 'config';
  return path === 'config' && (name === undefined || SHIPPED.test(name));
}
