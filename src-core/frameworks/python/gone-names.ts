import type { Phrase } from '../../text/message.ts';
import { say } from '../../text/message.ts';

/** Where a name is now: in another module, or under another name. */
export interface Successor {
  readonly module?: string;
  readonly name?: string;
  /** What to do instead where neither will do. */
  readonly said?: Phrase;
}

/** A name that a module of a package lets a program import no longer. */
export interface GoneName {
  readonly package: (typeof PACKAGES)[number];
  /** The last release that has it. */
  readonly until: string;
  readonly now?: Successor;
  /** All that went with it, to the same place. */
  readonly went: string;
}

interface Went {
  readonly modules: readonly string[];
  readonly until: string;
  /** Names, parted by blanks, and what became of them. */
  readonly names: readonly (readonly [string, Successor?])[];
}

const PACKAGES = ['trl', 'peft', 'transformers'] as const;
const TRL = ['trl', 'trl.trainer'];

const PPO =
  'PPOConfig PPOTrainer AutoModelForCausalLMWithValueHead AutoModelForSeq2SeqLMWithValueHead PreTrainedModelWrapper';

function experimental(name: string): Successor {
  return { module: `trl.experimental.${name}` };
}

/**
 * Read from what `__init__.py` exports at every tag of TRL (v0.4 to v1.9) and PEFT (v0.1 to v0.20); for
 * transformers, its guide to version 5 and huggingface/transformers#36954 (`AdamW`) and #41513.
 */
const gone = (): Readonly<Record<GoneName['package'], readonly Went[]>> => ({
  trl: [
    { modules: ['trl'], until: '0.12.2', names: [['DPOScriptArguments SFTScriptArguments']] },
    { modules: ['trl'], until: '0.12.2', names: [['PPOv2Config PPOv2Trainer']] },
    {
      modules: [...TRL, 'trl.trainer.utils'],
      until: '0.19.1',
      names: [
        ['DataCollatorForCompletionOnlyLM', { said: say`SFTConfig has \`completion_only_loss\`` }],
      ],
    },
    {
      modules: ['trl.trainer', 'trl.trainer.utils'],
      until: '0.19.1',
      names: [['ConstantLengthDataset', { said: say`SFTConfig has \`packing\`` }]],
    },
    {
      modules: TRL,
      until: '0.23.1',
      names: [
        ['AlignPropConfig AlignPropTrainer DDPOConfig DDPOTrainer'],
        ['IterativeSFTConfig IterativeSFTTrainer'],
      ],
    },
    { modules: ['trl.core'], until: '0.13.0', names: [['respond_to_batch set_seed']] },
    { modules: ['trl.core'], until: '0.24.0', names: [['LengthSampler']] },
    { modules: ['trl'], until: '0.25.1', names: [['setup_chat_format']] },
    {
      modules: TRL,
      until: '0.28.0',
      names: [
        [PPO, experimental('ppo')],
        ['BCOConfig BCOTrainer', experimental('bco')],
        ['CPOConfig CPOTrainer', experimental('cpo')],
        ['GKDConfig GKDTrainer', experimental('gkd')],
        ['NashMDConfig NashMDTrainer', experimental('nash_md')],
        ['OnlineDPOConfig OnlineDPOTrainer', experimental('online_dpo')],
        ['ORPOConfig ORPOTrainer', experimental('orpo')],
        ['PRMConfig PRMTrainer', experimental('prm')],
        ['XPOConfig XPOTrainer', experimental('xpo')],
        ['HfPairwiseJudge OpenAIPairwiseJudge PairRMJudge WinRateCallback'],
      ],
    },
    { modules: TRL, until: '1.7.1', names: [['get_kbit_device_map']] },
  ],
  peft: [
    {
      modules: ['peft'],
      until: '0.9.0',
      names: [['prepare_model_for_int8_training', { name: 'prepare_model_for_kbit_training' }]],
    },
  ],
  transformers: [
    { modules: ['transformers'], until: '4.50.3', names: [['AdamW', { module: 'torch.optim' }]] },
    {
      modules: ['transformers'],
      until: '4.57.6',
      names: [['AutoModelForVision2Seq', { name: 'AutoModelForImageTextToText' }]],
    },
  ],
});

const tables = new Map<string, ReadonlyMap<string, GoneName>>();

/** The names that a module has lost, with what became of each. */
export function goneNames(module: string): ReadonlyMap<string, GoneName> {
  const made = tables.get(module) ?? tableOf(module);
  tables.set(module, made);
  return made;
}

function tableOf(module: string): ReadonlyMap<string, GoneName> {
  const found = new Map<string, GoneName>();
  for (const [from, list] of PACKAGES.map((one) => [one, gone()[one]] as const))
    for (const { modules, until, names } of list)
      for (const [all, now] of modules.includes(module) ? names : [])
        for (const name of all.split(' '))
          found.set(name, { package: from, until, went: all, ...(now && { now }) });
  return found;
}
