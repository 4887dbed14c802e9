import type { Language } from '../../src-core/text/source-file.ts';

/** Configs written for the tests, one or more for each language. */
export const SAMPLES: readonly (readonly [Language, string])[] = [
  [
    'shell',
    `#!/bin/bash
# it's a run
set -e
MODEL="Qwen/Qwen2.5-7B-Instruct"
LR=1e-4
OPTS="--bf16 true \\
  --seed 7"
ARGS=(
  --num_train_epochs 3 # three
  --system 'You are "kind"'
)
export NCCL_DEBUG=INFO
if [ -z "$OUT" ]; then OUT=out; fi
CUDA_VISIBLE_DEVICES=0,1 NPROC_PER_NODE=2 \\
swift sft \\
    --model $MODEL \\
    --torch_dtype float16 \\
    --learning_rate \${LR} \\
    --gradient_accumulation_steps $(expr 16 / 2) \\
    --target_modules q_proj k_proj \\
    $OPTS "\${ARGS[@]}" \\
    --output_dir "$OUT/x" > log.txt 2>&1 &
cat <<EOF > c.yaml
bf16: true
EOF
for i in 1 2; do torchrun --nproc_per_node=2 t.py --lr $i; done
`,
  ],
  [
    'shell',
    `#!/bin/bash
#SBATCH --job-name=sft
#SBATCH --nodes=1 --ntasks-per-node 1
#SBATCH --gres=gpu:v100:2 # cards

module load cuda
llamafactory-cli train model_name_or_path=Qwen/Qwen2.5-0.5B
torchrun --nnodes $SLURM_NNODES --nproc_per_node=$SLURM_GPUS_ON_NODE -m swift.cli.sft --model Qwen/Qwen2.5-7B-Instruct --torch_dtype bfloat16 --dataset x.json
`,
  ],
  [
    'yaml',
    `### model
model_name_or_path: meta-llama/Meta-Llama-3-8B # hub
base: &base {bits: 4, kind: 'nf4'}
lora:
  <<: *base
  target:
    - q_proj
    - "v_proj"
  r: 8
bf16: yes
learning_rate: 1.0e-4
out: \${base}/x
note: |
  two
  lines
last: null
`,
  ],
  [
    'json',
    `{
  // ZeRO
  "train_batch_size": "auto",
  "fp16": {"enabled": true, "loss_scale": 0},
  "zero_optimization": {
    "stage": 3, /* all */
    "offload_optimizer": {"device": "cpu"},
  },
  "betas": [0.9, 1e-3]
}
`,
  ],
  [
    'python',
    `import torch
MODEL = "facebook/opt-125m"
extra = {"seed": 3, 'optim': 'adamw_torch'}
bnb = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
model = AutoModelForCausalLM.from_pretrained(
    MODEL,
    torch_dtype=torch.float16,  # half
    quantization_config=bnb,
)
args = TrainingArguments(output_dir=f"{MODEL}-x", fp16=True, learning_rate=-1e-5, **extra)
cfg = LoraConfig(r=8, target_modules=["q", "v"], task_type=TaskType.CAUSAL_LM)
`,
  ],
];
