import { MODES } from './llamafactory-modes.mjs';
import { fieldsOf, lostSince4, merge, read } from './shared.mjs';

const LLAMAFACTORY = {
  train: {
    title: 'llamafactory-cli train',
    classes: [
      'ModelArguments',
      'DataArguments',
      'TrainingArguments',
      'FinetuningArguments',
      'GeneratingArguments',
    ],
  },
  infer: {
    title: 'llamafactory-cli chat',
    classes: ['ModelArguments', 'DataArguments', 'FinetuningArguments', 'GeneratingArguments'],
  },
  eval: {
    title: 'llamafactory-cli eval',
    classes: ['ModelArguments', 'DataArguments', 'EvaluationArguments', 'FinetuningArguments'],
  },
};

/** Legal in a special mode: known, but not offered. */
const rare = (fields) => fields.map((item) => ({ ...item, rare: true }));

export function llamafactory(folder) {
  const data = read(folder, 'llamafactory');
  const lost = lostSince4(folder, 'Seq2SeqTrainingArguments');
  return {
    framework: 'llamafactory',
    package: 'llamafactory',
    version: '0.9.6.dev0',
    origin: 'LLaMA-Factory after 0.9.5 (ff6d4d12e) with transformers 4.55 to 5.8',
    transformers: 'Seq2SeqTrainingArguments',
    history: 'llamafactory',
    scopes: Object.entries(LLAMAFACTORY).map(([id, { title, classes }]) => ({
      id,
      title,
      fields: merge(
        fieldsOf(data, classes),
        id === 'train' ? rare(fieldsOf(data, ['MegatronBridgeArguments'])) : [],
        id === 'train' ? MODES.train : MODES.other,
      ),
      lost: classes.includes('TrainingArguments') ? lost : [],
      history: 'all',
      renames: ['llamafactory', ...(id === 'train' ? ['transformersOld'] : [])],
      unknown: 'raise',
      names: 'hf',
    })),
  };
}
