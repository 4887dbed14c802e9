"""Measures training runs over the cards of one machine, each in fresh processes, one for each card.

usage: python vram_multi.py CASES.jsonl OUT.jsonl [--at-once N] [--seconds N]

A case is one of vram.py whose `run` has an `engine` as well: `ddp`, `fsdp` (version 1), `fsdp2`, or
`zero1` to `zero3`, with changes to the config of DeepSpeed in `zero`; `limit` is the most bytes that a
process may reserve. `map` is one process whose layers `device_map` spreads over the cards, as the text in
`device_map` says (`auto`). A QLoRA run is saved first and loaded with `from_pretrained`, its weights
stored in `quant_storage`. OUT has the peaks of the first rank and, as `ranks`, the peak of each rank or
card; of `map` also where the layers are.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))

#: What the configs in use say; `auto` is for transformers to fill in.
COMMON = dict(train_batch_size="auto", train_micro_batch_size_per_gpu="auto",
              gradient_accumulation_steps="auto", gradient_clipping="auto",
              zero_allow_untested_optimizer=True,
              fp16={"enabled": "auto"}, bf16={"enabled": "auto"})
STAGES = {
    "zero1": dict(stage=1, allgather_bucket_size=5e8, reduce_bucket_size=5e8, overlap_comm=False),
    "zero2": dict(stage=2, allgather_partitions=True, allgather_bucket_size=5e8,
                  overlap_comm=False, reduce_scatter=True, reduce_bucket_size=5e8,
                  contiguous_gradients=True, round_robin_gradients=True),
    "zero3": dict(stage=3, overlap_comm=False, contiguous_gradients=True, sub_group_size=1e9,
                  reduce_bucket_size="auto", stage3_prefetch_bucket_size="auto",
                  stage3_param_persistence_threshold="auto", stage3_max_live_parameters=1e9,
                  stage3_max_reuse_distance=1e9, stage3_gather_16bit_weights_on_model_save=True),
}


def engine_arguments(run, layer):
    engine = run["engine"]
    if engine.startswith("zero"):
        zero = {**STAGES[engine], **run.get("zero", {})}
        return dict(deepspeed={**COMMON, "zero_optimization": zero, **run.get("deepspeed", {})})
    if engine.startswith("fsdp"):
        offloads = run.get("fsdp", {}).get("cpu_offload")
        # Gradients are clipped on the host.
        backend = dict(ddp_backend="cpu:gloo,cuda:nccl") if offloads else {}
        return dict(**backend, fsdp=True, fsdp_config=dict(
            version=2 if engine == "fsdp2" else 1,
            transformer_layer_cls_to_wrap=[layer], **run.get("fsdp", {})))
    return {}


def one(run):
    sys.path.insert(0, HERE)
    if run.get("alloc_conf"):
        os.environ["PYTORCH_ALLOC_CONF"] = os.environ["PYTORCH_CUDA_ALLOC_CONF"] = run["alloc_conf"]
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    import torch.distributed as dist
    import transformers
    import vram_run as single
    rank = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(rank)
    if run.get("limit"):
        total = torch.cuda.mem_get_info()[1]
        torch.cuda.set_per_process_memory_fraction(run["limit"] / total)
    if run.get("trace"):
        torch.cuda.memory._record_memory_history(max_entries=2_000_000, stacks="python")
    meter = single.Meter(torch)
    packed = run["method"] == "qlora"
    model = None if packed else single.build(run, torch)
    if run["engine"] != "ddp" and not packed:
        model.to("cpu")
        torch.cuda.empty_cache()
    arguments = {**single.arguments(run), **engine_arguments(run, single.layer_of(run, model))}
    arguments["output_dir"] = f"/tmp/out{os.getpid()}"
    arguments = transformers.TrainingArguments(**arguments)
    model = single.loaded(run, torch) if packed else model
    torch.cuda.reset_peak_memory_stats()
    built = single.events(torch) if run.get("trace") else 0
    trainer = single.metered(transformers.Trainer, meter)(
        model=model, args=arguments,
        train_dataset=single.Tokens(run), data_collator=single.Collate(run.get("lengths")))
    trainer.train()
    meter.mark("end")
    free, total = torch.cuda.mem_get_info()
    own = dict(ok=True, phases=meter.phases, peak_allocated=max(meter.phases.values()),
               peak_reserved=meter.reserved, held=torch.cuda.memory_allocated(),
               context=total - free - torch.cuda.memory_reserved())
    ranks = [None] * dist.get_world_size()
    dist.all_gather_object(ranks, own)
    if rank == 0:
        more = {"top": single.at_peak(torch, built)} if run.get("trace") else {}
        print("RESULT" + json.dumps({
            **own, **more, "ranks": [r["peak_allocated"] for r in ranks],
            "card": torch.cuda.get_device_name(),
            "versions": single.versions(torch, transformers)}), flush=True)


def spread(model, run, torch):
    """Puts the layers where `from_pretrained(device_map=...)` puts them."""
    from accelerate import dispatch_model
    from transformers.integrations.accelerate import _get_device_map
    model.to("cpu")
    torch.cuda.empty_cache()
    where = _get_device_map(model, run.get("device_map", "auto"), None, None)
    model = dispatch_model(model, where)
    model.hf_device_map = where
    return model


def mapped(run):
    """One process over all cards."""
    sys.path.insert(0, HERE)
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    import transformers
    import vram_run as single
    meter = single.Meter(torch)
    if run["method"] == "qlora":
        model = single.loaded(run, torch, run.get("device_map", "auto"))
    else:
        model = spread(single.build({**run, "method": "full"}, torch), run, torch)
        model = single.adapt(run, model) if run["method"] == "lora" else model
    cards = range(torch.cuda.device_count())
    for card in cards:
        torch.cuda.reset_peak_memory_stats(card)
    trainer = single.metered(transformers.Trainer, meter)(
        model=model, args=transformers.TrainingArguments(**single.arguments(run)),
        train_dataset=single.Tokens(run), data_collator=single.Collate(run.get("lengths")))
    trainer.train()
    meter.mark("end")
    first = max(meter.phases.values())
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    where = getattr(inner, "hf_device_map", {"": 0})
    print("RESULT" + json.dumps(dict(
        ok=True, phases=meter.phases, peak_allocated=first, peak_reserved=meter.reserved,
        ranks=[first, *(torch.cuda.max_memory_allocated(c) for c in cards[1:])],
        reserved=[meter.reserved, *(torch.cuda.max_memory_reserved(c) for c in cards[1:])],
        map={k: str(v) for k, v in where.items()}, card=torch.cuda.get_device_name(),
        versions=single.versions(torch, transformers))), flush=True)


def start(case, port, cards):
    file = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
    json.dump(case["run"], file)
    file.close()
    log = tempfile.TemporaryFile("w+")
    each = [] if case["run"]["engine"] == "map" else [
        "-m", "torch.distributed.run", "--nproc_per_node", str(cards), "--master_port", str(port)]
    command = [sys.executable, *each, __file__, "--one", file.name]
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, text=True), log


def finish(case, log):
    log.seek(0)
    text = log.read()
    line = next((l[l.index("RESULT"):] for l in text.splitlines() if "RESULT{" in l), None)
    if line:
        return {**case, **json.loads(line[6:])}
    own = [l for l in text.splitlines() if l.startswith("[rank0]")] or text.splitlines()
    return {**case, "ok": False, "error": "OOM" if "OutOfMemory" in text else "\n".join(own[-30:])}


def save(runs):
    sys.path.insert(0, HERE)
    import torch
    import vram_run as single
    for run in runs:
        single.saved(run, torch)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cases")
    parser.add_argument("out", nargs="?")
    parser.add_argument("--one", action="store_true")
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--cards", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=540)
    asked = parser.parse_args()
    if asked.one:
        run = json.load(open(asked.cases))
        return mapped(run) if run["engine"] == "map" else one(run)
    waiting = [json.loads(line) for line in open(asked.cases) if line.strip()]
    packed = [case["run"] for case in waiting if case["run"]["method"] == "qlora"]
    if asked.save:
        return save(packed)
    if packed:
        subprocess.run([sys.executable, __file__, asked.cases, "--save"], check=True)
    running, port, begun = [], 29500, time.time()
    with open(asked.out, "w") as out:
        while waiting or running:
            if time.time() - begun > asked.seconds:
                for _, process, _ in running:
                    process.kill()
                break
            while waiting and len(running) < asked.at_once:
                port += 1
                running.append((waiting[0], *start(waiting.pop(0), port, asked.cards)))
            for entry in [r for r in running if r[1].poll() is not None]:
                running.remove(entry)
                row = finish(entry[0], entry[2])
                out.write(json.dumps(row) + "\n")
                out.flush()
                short = row.get("error", "")[-600:] or row["peak_allocated"]
                print(row["id"], short, flush=True)
            time.sleep(0.3)


if __name__ == "__main__":
    main()
