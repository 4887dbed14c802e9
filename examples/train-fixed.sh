#!/bin/bash
# The same in bfloat16: nothing to report.
CUDA_VISIBLE_DEVICES=0 swift sft \
  --model Qwen/Qwen2.5-7B-Instruct \
  --tuner_type lora \
  --dataset self_cognition.json \
  --torch_dtype bfloat16 \
  --num_train_epochs 10 \
  --per_device_train_batch_size 1 \
  --gradient_accumulation_steps 16 \
  --learning_rate 1e-4 \
  --lora_rank 8 \
  --lora_alpha 32 \
  --target_modules all-linear \
  --max_length 2048 \
  --warmup_ratio 0.05 \
  --logging_steps 5 \
  --save_steps 50 \
  --output_dir output
