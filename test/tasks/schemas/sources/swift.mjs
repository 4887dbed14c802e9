import { field, fieldsOf, lostSince4, read } from './shared.mjs';

const SWIFT_HISTORY = {
  sft: ['SftArguments', 'TrainArguments'],
  pt: ['PretrainArguments', 'PtArguments', 'SftArguments', 'TrainArguments'],
  rlhf: [
    'RLHFArguments',
    'DPOArguments',
    'ORPOArguments',
    'SimPOArguments',
    'SftArguments',
    'TrainArguments',
  ],
  infer: ['InferArguments'],
  export: ['ExportArguments'],
  deploy: ['DeployArguments'],
  eval: ['EvalArguments'],
  app: ['AppArguments', 'AppUIArguments'],
  'web-ui': ['WebUIArguments', 'WebuiArguments'],
  sample: ['SamplingArguments'],
  rollout: ['RolloutArguments'],
  'merge-lora': ['MergeArguments', 'ExportArguments'],
  'megatron sft': ['MegatronSftArguments', 'MegatronTrainArguments'],
  'megatron pt': ['MegatronPretrainArguments', 'MegatronTrainArguments'],
  'megatron rlhf': ['MegatronRLHFArguments', 'MegatronTrainArguments'],
  'megatron export': ['MegatronExportArguments'],
};

/** `megatron rlhf --config FILE` runs on Ray. */
const RAY = [field('config', 'str | None', null, 'swift/ray/megatron/pipeline.py:399')];

export function swift(folder) {
  const data = read(folder, 'ms-swift');
  const trainer = new Set(['sft', 'pt', 'rlhf']);
  return {
    framework: 'swift',
    package: 'ms-swift',
    version: '4.6.0.dev0',
    origin: 'ms-swift 4.6.0.dev0 (3602360a5) with transformers 5.18.0',
    transformers: 'Seq2SeqTrainingArguments',
    history: 'ms-swift',
    scopes: Object.entries(data.commands).map(([command, name]) => ({
      id: command,
      title: command.startsWith('megatron ') ? command : `swift ${command}`,
      fields: [...fieldsOf(data, [name]), ...(command === 'megatron rlhf' ? RAY : [])],
      lost: trainer.has(command) ? lostSince4(folder, 'Seq2SeqTrainingArguments') : [],
      history: [...SWIFT_HISTORY[command], name],
      renames: command.startsWith('megatron') ? ['megatron', 'swift'] : ['swift'],
      unknown: 'raise',
      names: 'hf',
    })),
  };
}
