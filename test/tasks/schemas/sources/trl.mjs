import { field, fieldsOf, isLaunchFlag, lostSince4, merge, read } from './shared.mjs';
import { newer } from './trl-newer.mjs';

const TRL_COMMANDS = {
  sft: ['SFTConfig', 'ScriptArguments'],
  dpo: ['DPOConfig', 'ScriptArguments'],
  grpo: ['GRPOConfig', 'GRPOScriptArguments'],
  kto: ['KTOConfig', 'ScriptArguments'],
  reward: ['RewardConfig', 'ScriptArguments'],
  rloo: ['RLOOConfig', 'RLOOScriptArguments'],
  distillation: ['DistillationConfig', 'ScriptArguments'],
};

/** Fields that a script class declares itself; its base is the one of trl/scripts/utils.py. */
const ownScriptFields = (data, name) =>
  data.classes[name].fields.filter((item) => item.class === name && !item.inheritedFrom);

export function trl(folder) {
  const data = read(folder, 'trl');
  const launch = read(folder, 'accelerate').launchFlags.filter(isLaunchFlag);
  const lost = lostSince4(folder, 'TrainingArguments');
  const trainer = (name) => data.classes[name].mro.includes('TrainingArguments');
  const configs = Object.keys(data.classes).filter(
    (name) => /Config$/.test(name) && !/^(_|Example|DiffusionGemma)/.test(name),
  );
  const cli = 'trl/cli/commands/training.py';
  return {
    framework: 'trl',
    package: 'trl',
    version: '1.13.0',
    origin: 'trl 1.10.0.dev0 (f2cd57710) brought to 1.13.0, with transformers 5.18.0',
    transformers: 'TrainingArguments',
    history: 'trl',
    scopes: [
      ...Object.entries(TRL_COMMANDS).map(([id, [config, script]]) => ({
        id,
        title: `trl ${id}`,
        fields: merge(
          newer(config, fieldsOf(data, [config])),
          fieldsOf(data, ['ModelConfig', 'DatasetMixtureConfig', 'ScriptArguments']),
          script === 'ScriptArguments' ? [] : ownScriptFields(data, script),
          [field('config', 'str | None', null, cli), field('env', 'dict | None', null, cli)],
          [field('accelerate_config', 'str | None', null, 'trl/cli/accelerate_config.py')],
          launch,
        ),
        lost,
        history: [config, 'ModelConfig', 'ScriptArguments'],
        renames: ['trl', 'transformersOld'],
        unknown: 'raise',
        names: 'hf',
      })),
      {
        id: 'vllm-serve',
        title: 'trl vllm-serve',
        fields: fieldsOf(data, ['ScriptArguments@trl/scripts/vllm_serve.py']),
        lost: [],
        renames: [],
        unknown: 'raise',
        names: 'hf',
      },
      ...[...configs, 'ScriptArguments'].map((name) => ({
        id: name,
        title: name,
        fields: newer(name, fieldsOf(data, [name])),
        lost: trainer(name) ? lost : [],
        history: [name],
        renames: trainer(name) ? ['trl', 'transformersOld'] : ['trl'],
        unknown: 'raise',
        names: 'exact',
      })),
    ],
  };
}
