# --torch_dtype float16 in a comment stays a comment
CUDA_VISIBLE_DEVICES=0 swift sft \
    --model Qwen/Qwen2.5-7B-Instruct \
    --torch_dtype float16 \
    --quant_bits 4 --learning_rate=1e-4 \
    --per_device_train_batch_size 1 --max_length 2048 \
    --dataset 'swift/self-cognition#500' --lr 2e-5
echo 'swift sft --fp16 true'
FORCE_TORCHRUN=1 llamafactory-cli train config.yaml
my-swift sft --models x --fp16_something --max_length_of_log 3
swift package init
torchrun --nproc_per_node 8 train.py --bf16 true
OMP_NUM_THREADS=8 torchrun \
    --nproc_per_node 8 train.py
deepspeed train.py --deepspeed ds_config.json
pip install deepspeed --upgrade
pip install torchrun deepspeed transformers
accelerate launch --mixed_precision bf16 train.py
accelerate config
trl sft --model Qwen/Qwen2.5-0.5B --max_length 1024
trl vllm-serve --model Qwen/Qwen2.5-0.5B
litgpt finetune_lora checkpoints/Qwen/Qwen2.5-7B
litgpt download Qwen/Qwen2.5-7B
axolotl train qlora.yaml
tune run lora_finetune_single_device --config llama3_1/8B_lora_single_device
python -m torch.distributed.run --nproc_per_node 8 train.py
python3 -m verl.trainer.main_ppo actor_rollout_ref.model.path=Qwen/Qwen2.5-7B
python -m pip install torch
