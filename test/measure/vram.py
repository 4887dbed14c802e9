"""Measures the memory of short training runs on a CUDA card, each in a fresh process.

usage: python vram.py OUT.jsonl            runs every case of CASES
       python vram.py --one '{"...": ...}' runs one case and prints one JSON line

Weights are random, sequences have full length unless a case says `padded`. Figures are bytes.
"""
import json
import os
import subprocess
import sys

LLAMA = dict(model_type="llama", hidden_size=2048, intermediate_size=8192, num_hidden_layers=16,
             num_attention_heads=32, num_key_value_heads=8, vocab_size=128256,
             tie_word_embeddings=True, max_position_embeddings=131072)
MISTRAL = dict(model_type="mistral", hidden_size=4096, intermediate_size=14336,
               num_hidden_layers=8, num_attention_heads=32, num_key_value_heads=8,
               vocab_size=32768, tie_word_embeddings=False, sliding_window=1024,
               max_position_embeddings=32768)
PHI3 = dict(model_type="phi3", hidden_size=3072, intermediate_size=8192, num_hidden_layers=16,
            num_attention_heads=32, num_key_value_heads=32, vocab_size=32064,
            tie_word_embeddings=False, max_position_embeddings=4096, pad_token_id=0)
GEMMA3 = dict(model_type="gemma3_text", hidden_size=1152, intermediate_size=6912,
              num_hidden_layers=26, num_attention_heads=4, num_key_value_heads=1, head_dim=256,
              vocab_size=262144, tie_word_embeddings=True, sliding_window=512,
              max_position_embeddings=32768)
OLMO2 = dict(model_type="olmo2", hidden_size=2048, intermediate_size=8192, num_hidden_layers=16,
             num_attention_heads=16, num_key_value_heads=16, vocab_size=100352,
             tie_word_embeddings=False, max_position_embeddings=4096)
BASE = dict(method="lora", torch_dtype="bfloat16", amp="bf16", lora_r=8, lora_dropout=0.0,
            lora_target="all-linear", adapter_fp32=True, optim="adamw_torch_fused", batch=2,
            seq=1024, ga=1, gc=False, attn="sdpa", liger=False)


def case(name, arch, **more):
    return {**BASE, **more, "model": name, "arch": arch}


CASES = [
    case("llama-1b", LLAMA),
    case("llama-1b", LLAMA, padded=True),
    case("llama-1b", LLAMA, padded=True, batch=4),
    case("llama-1b", LLAMA, padded=True, gc=True, batch=4),
    case("llama-1b", LLAMA, padded=True, method="full"),
    case("llama-1b", LLAMA, padded=True, attn="eager"),
    case("llama-1b", LLAMA, method="full", gc=True, reentrant=True, batch=4),
    case("llama-1b", LLAMA, expandable=True),
    case("llama-1b", LLAMA, method="full", expandable=True),
    case("mistral-8l", MISTRAL),
    case("mistral-8l", MISTRAL, seq=2048, batch=1),
    case("mistral-8l", MISTRAL, method="full", gc=True, seq=1024),
    case("phi3-16l", PHI3),
    case("phi3-16l", PHI3, method="full"),
    case("gemma3-1b", GEMMA3, seq=512),
    case("gemma3-1b", GEMMA3, method="full", gc=True, seq=1024),
    case("olmo2-1b", OLMO2),
    case("olmo2-1b", OLMO2, method="full"),
]


def one(run):
    if run.get("expandable"):
        os.environ["PYTORCH_ALLOC_CONF"] = "expandable_segments:True"
        os.environ["PYTORCH_CUDA_ALLOC_CONF"] = "expandable_segments:True"
    import torch
    import transformers
    from transformers import AutoConfig, AutoModelForCausalLM, Trainer, TrainingArguments

    arch = dict(run["arch"])
    config = AutoConfig.for_model(arch.pop("model_type"), **arch)
    with torch.device("cuda"):
        model = AutoModelForCausalLM.from_config(
            config, dtype=getattr(torch, run["torch_dtype"]), attn_implementation=run["attn"])
    if run["method"] == "lora":
        from peft import LoraConfig, get_peft_model
        model = get_peft_model(model, LoraConfig(
            r=run["lora_r"], lora_alpha=16, lora_dropout=run["lora_dropout"],
            target_modules=run["lora_target"], task_type="CAUSAL_LM"),
            autocast_adapter_dtype=run["adapter_fp32"])
    after_load = torch.cuda.memory_allocated()

    class Data(torch.utils.data.Dataset):
        def __len__(self):
            return run["batch"] * run["ga"] * 3

        def __getitem__(self, i):
            ids = torch.randint(5, 1000, (run["seq"],))
            mask = torch.ones_like(ids)
            if run.get("padded") and i % run["batch"]:
                mask[run["seq"] // 2:] = 0
            return dict(input_ids=ids, labels=ids.clone(), attention_mask=mask)

    args = TrainingArguments(
        output_dir="/tmp/out", max_steps=3, per_device_train_batch_size=run["batch"],
        gradient_accumulation_steps=run["ga"], bf16=run["amp"] == "bf16",
        gradient_checkpointing=run["gc"], optim=run["optim"], report_to=[], save_strategy="no",
        gradient_checkpointing_kwargs={"use_reentrant": bool(run.get("reentrant"))},
        logging_strategy="no", dataloader_num_workers=0, disable_tqdm=True)
    torch.cuda.reset_peak_memory_stats()
    Trainer(model=model, args=args, train_dataset=Data()).train()
    free, total = torch.cuda.mem_get_info()
    reserved = torch.cuda.memory_reserved()
    return dict(ok=True, after_load=after_load, peak_allocated=torch.cuda.max_memory_allocated(),
                peak_reserved=torch.cuda.max_memory_reserved(), clean_reserved=True,
                context=total - free - reserved, card=torch.cuda.get_device_name(),
                torch=torch.__version__, transformers=transformers.__version__)


def main():
    if sys.argv[1] == "--one":
        run = json.loads(sys.argv[2])
        print("RESULT" + json.dumps(one(run)))
        return
    with open(sys.argv[1], "w") as out:
        for run in CASES:
            shown = [k for k in ("padded", "reentrant", "expandable", "gc") if run.get(k)]
            name = "/".join([run["model"], run["method"], f"b{run['batch']}s{run['seq']}",
                             run["attn"], *shown])
            got = subprocess.run([sys.executable, __file__, "--one", json.dumps(run)],
                                 capture_output=True, text=True, timeout=120)
            lines = [l for l in got.stdout.splitlines() if l.startswith("RESULT")]
            result = json.loads(lines[0][6:]) if lines else dict(ok=False, error=got.stderr[-300:])
            out.write(json.dumps(dict(id=name, run=run, **result)) + "\n")
            out.flush()
            print(name, result.get("peak_allocated"), result.get("error", ""), flush=True)


main()
