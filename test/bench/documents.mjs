// Documents of a given length that each server has something to say about.

const COMMAND = `CUDA_VISIBLE_DEVICES=0 swift sft \\
    --model Qwen/Qwen2.5-7B-Instruct \\
    --tuner_type lora \\
    --torch_dtype float16 \\
    --dataset data/train.jsonl \\
    --per_device_train_batch_size 1 \\
    --gradient_accumulation_steps 16 \\
    --learning_rate 1e-4 \\
    --lora_rank 8 \\
    --max_length 2048 \\
    --output_dir output
`;

const CONFIG = `model_name_or_path: Qwen/Qwen2.5-7B-Instruct
stage: sft
do_train: true
finetuning_type: lora
lora_rank: 8
lora_target: all
dataset: identity
template: qwen
cutoff_len: 2048
output_dir: saves/qwen2.5-7b/lora/sft
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
learning_rate: 1.0e-4
num_train_epochs: 3.0
fp16: true
`;

function upTo(lines, next) {
  const out = [];
  for (let i = 0; out.length < lines; i++) out.push(...next(i).split('\n'));
  return `${out.slice(0, lines).join('\n')}\n`;
}

const COMMENT = '# A line of notes between the settings, as people leave them in long files.';

const AROUND = `
# ${COMMENT.slice(2)}
export OMP_NUM_THREADS=8
export TOKENIZERS_PARALLELISM=false
RUN_NAME="sft-$(date +%Y%m%d)"
mkdir -p "output/$RUN_NAME"
if [ ! -f data/train.jsonl ]; then
  python scripts/prepare.py --input raw --output data/train.jsonl
fi
echo "starting $RUN_NAME"
`;

/** A script with a training command among the usual others, about one for each 60 lines. */
export function shellDocument(lines) {
  const block = (i) => (i % 6 === 2 ? COMMAND : AROUND);
  return {
    name: 'train.sh',
    languageId: 'shellscript',
    text: `#!/bin/bash\n${upTo(lines - 1, block)}`,
    probe: '--learning_rate 1e-4',
    memoryProbe: '--max_length 2048',
  };
}

/** One LLaMA-Factory config; the rest of a long one is notes. */
export function yamlDocument(lines) {
  const notes = upTo(lines - CONFIG.split('\n').length + 1, () => COMMENT);
  return {
    name: 'train.yaml',
    languageId: 'yaml',
    text: notes + CONFIG,
    probe: 'learning_rate: 1.0e-4',
    memoryProbe: 'cutoff_len: 2048',
  };
}

/** JSON of flat settings for the servers that know no training. */
export function jsonDocument(lines) {
  const rows = Array.from({ length: lines - 3 }, (_, i) => `  "setting_${i}": ${i},`);
  return {
    name: 'settings.json',
    languageId: 'json',
    text: `{\n${rows.join('\n')}\n  "max_length": 2048\n}\n`,
    probe: '"max_length": 2048',
  };
}
