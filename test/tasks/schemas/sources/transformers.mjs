import { fromPretrained } from './from-pretrained.mjs';
import { fieldsOf, lostSince4, newSince5, read } from './shared.mjs';

const BNB = 'BitsAndBytesConfig';

export function transformers(folder) {
  const data = read(folder, 'transformers-5.18.0');
  const trainers = ['TrainingArguments', 'Seq2SeqTrainingArguments'];
  const others = Object.keys(data.classes).filter(
    (name) => !trainers.includes(name) && data.classes[name].fields.length > 0,
  );
  return {
    framework: 'transformers',
    package: 'transformers',
    version: '5.18.0',
    origin: 'transformers 5.18.0 and 4.57.6',
    own: true,
    scopes: [
      ...trainers.map((name) => ({
        id: name,
        title: name,
        fields: fieldsOf(data, [name]),
        lost: lostSince4(folder, name),
        added: newSince5(folder, name),
        renames: ['transformers'],
        unknown: 'raise',
        names: 'hf',
      })),
      ...others.map((name) => ({
        id: name,
        title: name,
        fields: name === BNB ? bitsAndBytes(data) : fieldsOf(data, [name]),
        // Each takes `**kwargs`, and drops what older releases knew.
        lost: [],
        renames: [],
        // Only BitsAndBytesConfig was read for what it does with other keywords: it logs them.
        unknown: name === BNB ? 'drop' : 'open',
        names: 'exact',
      })),
      fromPretrained(),
    ],
  };
}

/** Its __init__ has no annotations: types read from what the constructor checks and stores. */
function bitsAndBytes(data) {
  const types = {
    load_in_8bit: 'bool',
    load_in_4bit: 'bool',
    llm_int8_threshold: 'float',
    llm_int8_skip_modules: 'list[str] | None',
    llm_int8_enable_fp32_cpu_offload: 'bool',
    llm_int8_has_fp16_weight: 'bool',
    bnb_4bit_compute_dtype: 'str | torch.dtype | None',
    bnb_4bit_quant_type: "Literal['fp4', 'nf4']",
    bnb_4bit_use_double_quant: 'bool',
    bnb_4bit_quant_storage: 'str | torch.dtype | None',
  };
  const choices = {
    bnb_4bit_quant_type: ['fp4', 'nf4'],
    bnb_4bit_quant_storage: ['float16', 'float32', 'int8', 'uint8', 'float64', 'bfloat16'],
  };
  return fieldsOf(data, [BNB]).map((field) => ({
    ...field,
    type: types[field.name] ?? field.type,
    choices: choices[field.name] ?? field.choices,
  }));
}
