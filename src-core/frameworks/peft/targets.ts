import type { ModuleNames } from '../../facts/module-names.ts';
import type { FixIntent } from '../../run/fix-intent.ts';
import type { Options } from '../../run/options.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { isSet } from '../constraint.ts';
import { type PeftInput, set, type Targets } from './facts.ts';

/** Modules that stand at the top of a model, which a pattern without dots can match. */
export const TOP =
  /^(?:lm_head|model|transformer|gpt_neox|score|classifier|v_head|qa_outputs|embed_out|shared|encoder|decoder|backbone|\d+)$/;
/** Projections that stand within layers in every model. */
export const INNER =
  /^(?:[qkvo]_proj|(?:gate|up|down|gate_up|qkv|out)_proj|query_key_value|c_attn|c_proj|c_fc|Wqkv|W_pack|fc[12]|dense_h_to_4h|dense_4h_to_h)$/;

/** What `target_modules` means; `undefined` when it cannot be read or is not written. */
export function targetsOf(peft: PeftInput): Targets | undefined {
  const { options: o, config } = peft;
  if (config.targets !== undefined) return config.targets(peft.input);
  const key = config.key('target_modules');
  const node = o.node(key);
  const names = o.has(key) ? known(o.texts(key)) : undefined;
  const first = names?.[0];
  if (node === undefined || names === undefined) return undefined;
  const one = node.kind === 'scalar' || (config.unwraps && names.length === 1);
  return one && first !== undefined ? { kind: 'pattern', text: first } : { kind: 'names', names };
}

/** The modules that are listed by name; `undefined` for a pattern, or when they cannot be read. */
export function namedModules(peft: PeftInput): readonly string[] | undefined {
  const targets = targetsOf(peft);
  return targets?.kind === 'names' ? targets.names : undefined;
}

/** A fix that lists other modules. */
export function listTargets({ config }: PeftInput, to: readonly string[]): FixIntent {
  const key = config.key('target_modules').replace(/^.*\./, '');
  return {
    title: say`List \`${to.join(' ')}\``,
    safety: 'suggestion',
    changes: [{ kind: 'option', key, to: config.listed?.(to) ?? to }],
  };
}

/** The last part of a dotted name that is no layer number. */
export function leaf(name: string): string {
  return name.split('.').findLast((part) => !/^\d*$/.test(part)) ?? '';
}

/** Whether some module of the model ends with `end`. */
export function hasEnd({ all }: ModuleNames, end: string): boolean {
  return [...all].some((name) => name.endsWith(end));
}

/** What every match of a pattern ends with: `.*\.(?:q|v)_proj` ends with a name of the last part. */
export function endsOf(pattern: string): readonly string[] | undefined {
  if (/^\w+$/.test(pattern)) return [pattern];
  const plain = /^\.\*(?:\\\.|\.)?(?:(\w+)|\((?:\?:)?(\w+(?:\|\w+)*)\)(\w*))\$?$/.exec(pattern);
  const [, one, several, tail = ''] = plain ?? [];
  return one === undefined ? several?.split('|').map((name) => `${name}${tail}`) : [one];
}

/** Methods that stand beside linear layers and convolutions alone. */
const LINEAR_ALONE = [
  ...['AdaLoraConfig', 'LoHaConfig', 'LoKrConfig', 'OFTConfig', 'BOFTConfig', 'IA3Config'],
  ...['VeraConfig', 'HRAConfig', 'FourierFTConfig', 'VBLoRAConfig', 'RandLoraConfig'],
  ...['C3AConfig', 'DeloraConfig', 'GraloraConfig', 'MissConfig', 'RoadConfig', 'ShiraConfig'],
];
/** LoRA takes embeddings, too. Norms and blocks of layers are refused by all of these. */
export const LAYERED = ['LoraConfig', ...LINEAR_ALONE];
/** Methods that look targets up by name. */
export const NAMED = [
  ...LAYERED,
  ...['DeftConfig', 'FrodConfig', 'HiraConfig', 'LilyConfig', 'PeanutConfig', 'PsoftConfig'],
  ...['PveraConfig', 'TinyLoraConfig', 'UniLoraConfig', 'WaveFTConfig', 'LNTuningConfig'],
];

/** Whether an option is not written, or null. */
export function unset(o: Options, key: string): boolean {
  return !o.has(key) || o.isNull(key);
}

/** A pattern, as `all-linear` is one, does not go with chosen layers. */
export function allLinear({ options: o, config }: PeftInput): readonly FixIntent[] {
  const chosen = ['layers_to_transform', 'layers_pattern'].some((name) =>
    isSet(o, config.key(name)),
  );
  if (chosen) return [];
  return [config.allLinear ?? set(config.key('target_modules'), 'all-linear')];
}
