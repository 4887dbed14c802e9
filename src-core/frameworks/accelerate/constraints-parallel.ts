import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { joined, say } from '../../text/message.ts';
import type { Constraint, Violation } from '../constraint.ts';
import { engineOf, isWhole, placeOf, rejects, textOf } from './facts.ts';

const SECTION = 'parallelism_config';
const name = (part: string): string => `${SECTION}_${part}`;

/** Runs a check where the parallelism config reaches the processes. */
function parallel(id: string, check: (o: Options) => Violation | undefined): Constraint {
  return rejects(`parallel-${id}`, 'parallelism_config.py', ({ options: o }) => {
    const used =
      o.has('launch.use_parallelism_config') || o.node(`config.${SECTION}`) !== undefined;
    const engine = engineOf(o);
    return used && engine !== undefined && engine !== 'simple' ? check(o) : undefined;
  });
}

/** A degree of parallelism; 1 where it is not written, `undefined` where it is not a number. */
function size(o: Options, part: string): number | undefined {
  const text = textOf(o, name(`${part}_size`), SECTION);
  if (text === undefined) return 1;
  return text !== null && isWhole(text) ? Number(text) : undefined;
}

/** A word that must be one of a few, where `when` asks for it. */
function oneOf(
  part: string,
  words: readonly string[],
  when: (o: Options) => boolean = () => true,
): Constraint {
  return parallel(part, (o) => {
    const text = textOf(o, name(part), SECTION);
    if (text === undefined || !when(o) || words.includes(text ?? 'None')) return undefined;
    return {
      at: placeOf(o, name(part), SECTION),
      message: say`${name(part)} is ${joined(words, ' or ')}, not \`${text}\``,
    };
  });
}

const over1 =
  (part: string) =>
  (o: Options): boolean =>
    (size(o, part) ?? 1) > 1;

/** The checks of `ParallelismConfig`, made when the processes start. */
export const parallelConstraints = lazy((): readonly Constraint[] => [
  ...['dp_replicate', 'dp_shard', 'tp', 'cp', 'sp'].map((part) =>
    parallel(`${part}-size`, (o) => {
      const degree = size(o, part);
      if (degree !== undefined && degree >= 1) return undefined;
      return {
        at: placeOf(o, name(`${part}_size`), SECTION),
        message: say`${name(`${part}_size`)} is a whole number from 1 on`,
      };
    }),
  ),
  oneOf('cp_backend', ['torch']),
  oneOf('sp_backend', ['deepspeed']),
  oneOf('cp_comm_strategy', ['allgather', 'alltoall'], over1('cp')),
  parallel('sp-attention', (o) => {
    const text = textOf(o, name('sp_attn_implementation'), SECTION);
    if (typeof text !== 'string' || !over1('sp')(o)) return undefined;
    const builtin = /^(?:flash_attention_[23]|sdpa)$/.test(text);
    if (builtin || (text.includes('/') && text.includes('flash-attn'))) return undefined;
    return {
      at: placeOf(o, name('sp_attn_implementation'), SECTION),
      message: say`sequence parallelism takes flash_attention_2, flash_attention_3, sdpa or a flash-attn kernel of the hub, not \`${text}\``,
    };
  }),
  parallel('cp-and-sp', (o) => {
    if (!over1('cp')(o) || !over1('sp')(o)) return undefined;
    return {
      at: placeOf(o, name('sp_size'), SECTION),
      with: [placeOf(o, name('cp_size'), SECTION)],
      message: say`context and sequence parallelism exclude each other: one of the sizes must be 1`,
    };
  }),
  parallel('tensor-and-replicas', (o) => {
    const split = over1('tp')(o) || over1('cp')(o);
    if (!split || !over1('dp_replicate')(o) || size(o, 'dp_shard') !== 1) return undefined;
    return {
      at: placeOf(o, name('dp_replicate_size'), SECTION),
      message: say`tensor or context parallelism beside replicas needs ${name('dp_shard_size')} above 1`,
    };
  }),
]);
