import type { KeyProblem } from '../run/problem.ts';
import type { AdapterContext } from './framework.ts';
import type { WrittenOption } from './options.ts';

const under = (folder: string, names: string): readonly string[] =>
  names.split(' ').map((name) => folder + name);

/** The classes that LLaMA-Factory makes of options, and the enumerations of their values. */
const LLAMA_FACTORY =
  'hparams/model_args.py hparams/data_args.py hparams/finetuning_args.py hparams/generating_args.py hparams/training_args.py hparams/evaluation_args.py hparams/parser.py extras/constants.py';
const SWIFT_BASE = 'base_args data_args model_args template_args quant_args generation_args';
const SWIFT_COMMANDS =
  'sft_args train_args tuner_args rlhf_args infer_args export_args deploy_args eval_args sampling_args merge_args';
const SWIFT_MEGATRON = 'megatron_args megatron_base_args train_args sft_args rlhf_args export_args';
const python = (names: string): string => names.replace(/(?= |$)/g, '.py');

/**
 * Files of a framework's source in which options are declared, by its id, in the order in which they were moved:
 * ms-swift 2, 3 and 4, Axolotl before and after 0.8. verl's main files name the others, which lie in folders.
 */
const FILES: Readonly<Record<string, readonly string[]>> = {
  llamafactory: ['src/llamafactory/', 'src/llmtuner/'].flatMap((one) => under(one, LLAMA_FACTORY)),
  swift: [
    'swift/llm/utils/argument.py',
    'swift/trainers/arguments.py',
    'swift/trainers/rlhf_arguments.py',
    'swift/rlhf_trainers/args_mixin.py',
    ...['swift/llm/argument/', 'swift/arguments/'].flatMap((one) => [
      ...under(`${one}base_args/`, python(SWIFT_BASE)),
      ...under(one, python(SWIFT_COMMANDS)),
    ]),
    ...['swift/megatron/argument/', 'swift/megatron/arguments/'].flatMap((one) =>
      under(one, python(SWIFT_MEGATRON)),
    ),
  ],
  axolotl: [
    'src/axolotl/utils/config/models/input/v0_4_1/__init__.py',
    ...under(
      'src/axolotl/utils/schemas/',
      python('config model training peft datasets trl vllm fsdp quantization integrations'),
    ),
  ],
  trl: [
    ...under(
      'trl/trainer/',
      python(
        'sft_config dpo_config grpo_config kto_config reward_config rloo_config ppo_config model_config',
      ),
    ),
    ...under('trl/scripts/', python('utils sft dpo grpo kto reward rloo')),
  ],
  openrlhf: under('openrlhf/cli/', python('train_sft train_rm train_dpo train_ppo train_ppo_ray')),
  verl: under(
    'verl/trainer/config/',
    'ppo_trainer.yaml ppo_megatron_trainer.yaml _generated_ppo_trainer.yaml _generated_ppo_megatron_trainer.yaml sft_trainer.yaml sft_trainer_engine.yaml actor/actor.yaml actor/dp_actor.yaml critic/critic.yaml critic/dp_critic.yaml ref/ref.yaml rollout/rollout.yaml data/legacy_data.yaml reward_model/reward_model.yaml reward/reward.yaml',
  ),
};

/** Whether a copy of the framework's source that does not say its release lies with a config. */
export function isInUnnamedCopy(
  context: Pick<AdapterContext, 'source' | 'version'>,
  id: string,
): boolean {
  const files = FILES[id];
  if (files === undefined || context.version(id) !== undefined) return false;
  return context.source(id, files).length > 0;
}

/** What a copy of the source may have in spite of what the tables of its release say. */
const OWN: ReadonlySet<KeyProblem['rule']> = new Set([
  'unknown-key',
  'ignored-key',
  'removed-key',
  'renamed-key',
]);

/**
 * Whether the copy of the framework's source that lies with a config has the option that a table of options
 * refuses, or the value: it may be changed, or of a time between two releases.
 */
export function isInOwnSource(
  { entry, section }: WrittenOption,
  rule: KeyProblem['rule'],
  context: Pick<AdapterContext, 'source'>,
  id: string,
): boolean {
  const isValue = rule === 'bad-choice';
  if (!isValue && !OWN.has(rule)) return false;
  const path = section.nested === true ? `${section.scope.id}.${entry.key}` : entry.key;
  const key = path.replaceAll('-', '_');
  const framework = section.scope.framework ?? id;
  const files = FILES[framework];
  if (files === undefined || !/^\w+(?:\.\w+)*$/.test(key)) return false;
  const value = entry.value.kind === 'scalar' ? entry.value.text : '';
  return context
    .source(framework, files)
    .some(([path, text]) =>
      isValue
        ? takes(text, key, value)
        : path.endsWith('.yaml')
          ? hasPath(path, text, key)
          : declares(text, key),
    );
}

/** A field of a class, `name: int = 1`, or what argparse is told, `"--name"`. */
function declares(text: string, key: string): boolean {
  const flag = key.replaceAll('.', '\\.');
  return new RegExp(`^[ \\t]+${flag}[ \\t]*:|["']--${flag.replaceAll('_', '[-_]')}["']`, 'm').test(
    text,
  );
}

/** A field that takes the value, `name: Literal['a', 'b']`, or an enumeration that has it, `A = "a"`. */
function takes(text: string, key: string, value: string): boolean {
  const said = [`"${value}"`, `'${value}'`];
  if (said.some((one) => text.includes(` = ${one}\n`))) return true;
  const start = text.search(new RegExp(`^[ \\t]+${key.replaceAll('.', '\\.')}[ \\t]*:`, 'm'));
  if (start < 0) return false;
  const next = text.slice(start + 1).search(/^ {4}\w+[ \t]*:/m);
  const field = next < 0 ? text.slice(start) : text.slice(start, start + 1 + next);
  return said.some((one) => field.includes(one));
}

/**
 * Whether a YAML file has a key by its whole path. What lies in a folder of verl's configs is set in at the
 * name of the folder: `actor/actor.yaml` at `actor_rollout_ref.actor`.
 */
function hasPath(file: string, text: string, key: string): boolean {
  const folder = /\/config\/(\w+)\/[^/]*$/.exec(file)?.[1];
  const open: { readonly depth: number; readonly name: string }[] = [];
  for (const [, indent = '', name = ''] of text.matchAll(/^( *)([\w-]+)[ \t]*:(?=\s|$)/gm)) {
    while ((open.at(-1)?.depth ?? -1) >= indent.length) open.pop();
    open.push({ depth: indent.length, name });
    const path = open.map((one) => one.name).join('.');
    if (folder === undefined ? path === key : `.${key}`.endsWith(`.${folder}.${path}`)) return true;
  }
  return false;
}
