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
