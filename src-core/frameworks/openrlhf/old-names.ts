import type { KeyProblem } from '../../run/problem.ts';
import { say } from '../../text/message.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import type { KeyTable } from '../key-table.ts';
import { pointAt } from '../point-at.ts';
import { releasesOf, stillHas } from '../releases.ts';
import type { KeySpec } from '../schema.ts';

/** Names of before 0.10.2 and those of today, from OpenRLHF's commit ed62d0e2, as far as a run is read from them. */
const NOW: Readonly<Record<string, readonly string[]>> = {
  pretrain: ['actor.model_name_or_path', 'model.model_name_or_path'],
  micro_train_batch_size: ['train.micro_batch_size'],
  max_len: ['data.max_len'],
  learning_rate: ['adam.lr'],
  l2: ['adam.weight_decay'],
  zero_stage: ['ds.zero_stage'],
  param_dtype: ['ds.param_dtype'],
  adam_offload: ['ds.adam_offload'],
  attn_implementation: ['ds.attn_implementation'],
  packing_samples: ['ds.packing_samples'],
  load_in_4bit: ['ds.load_in_4bit'],
  lora_rank: ['ds.lora.rank'],
  lora_alpha: ['ds.lora.alpha'],
  gradient_checkpointing: [
    'actor.gradient_checkpointing_enable',
    'model.gradient_checkpointing_enable',
  ],
};

/** Switches that `param_dtype` and `attn_implementation` replaced in 0.9. */
const SWITCHES: readonly KeySpec[] = ['bf16', 'flash_attn'].map((name) => ({
  name,
  kinds: ['bool'],
  nullable: false,
  default: false,
  required: false,
  flag: true,
  source: 'openrlhf/cli/train_sft.py',
}));

/** The keys of `table` under their old names, too. */
export function withOldNames(table: KeyTable): KeyTable {
  const today = (name: string): KeySpec | undefined => {
    for (const now of NOW[name] ?? []) {
      const spec = table.find(now);
      if (spec !== undefined) return spec;
    }
    return SWITCHES.find((one) => one.name === name);
  };
  return { all: () => table.all(), find: (name) => table.find(name) ?? today(name) };
}

/** The last release with names without dots. */
const LAST = '0.10.1';

/** Flags of older releases, of which the first is named; where the release is not known, it may be one. */
export function oldNamesProblems(
  { sections }: Recognized,
  context: AdapterContext,
): readonly KeyProblem[] {
  const [section] = sections;
  const entry = section?.entries.find(({ key }) => NOW[key] !== undefined);
  const now = entry && NOW[entry.key]?.find((name) => section?.scope.keys.find(name));
  const releases = releasesOf(context, 'openrlhf');
  if (section === undefined || entry === undefined || now === undefined) return [];
  if (stillHas({ until: LAST }, section.scope, releases)) return [];
  const sure = releases.version(undefined) !== undefined;
  return [
    {
      rule: 'renamed-key',
      at: pointAt({ section, entry }),
      onKey: true,
      severity: sure ? 'error' : 'warning',
      message: say`\`--${entry.key}\` is \`--${now}\` since OpenRLHF 0.10.2, and the other options have dots as well: it stops with an error${sure ? '' : say`, unless an older release is installed`}`,
      cite: { label: `OpenRLHF openrlhf/cli/${section.scope.id}.py` },
    },
  ];
}
