"""One training run on a CUDA card: builds the model from its config, trains, gives the memory.

`run` has the fields of the measured sets in test/golden: `arch` is a config.json, the others are
named as in TrainingArguments and LoraConfig. Weights are random, sizes are bytes.
"""
import os
import random


def measure(run):
    conf = run.get("alloc_conf") or ("expandable_segments:True" if run.get("expandable") else None)
    if conf:
        os.environ["PYTORCH_ALLOC_CONF"] = conf
        os.environ["PYTORCH_CUDA_ALLOC_CONF"] = conf
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    import transformers

    if run.get("trace"):
        # Lines of Python, unless `trace` is "blocks": DoRA's backward pass fails under those.
        context = None if run["trace"] == "blocks" else "all"
        torch.cuda.memory._record_memory_history(context=context, max_entries=2_000_000, stacks="python")
    meter = Meter(torch)
    model = build(run, torch)
    after_load = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    if run.get("limit"):
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(run["limit"] / total)
    trainer = make_trainer(run, model, meter)
    trainer.train()
    meter.mark("end")
    peak = max(meter.phases.values())
    free, total = torch.cuda.mem_get_info()
    trained = [p for p in trainer.model.parameters() if p.requires_grad]
    if run.get("dump"):
        dump(torch, run["dump"])
    return dict(
        ok=True, after_load=after_load, peak_allocated=peak, phases=meter.phases,
        peak_reserved=meter.reserved, clean_reserved=True, trained_reserved=meter.trained,
        context=total - free - torch.cuda.memory_reserved(),
        params_trainable=sum(p.numel() for p in trained),
        trainable_dtypes=sorted({str(p.dtype) for p in trained}),
        card=torch.cuda.get_device_name(), versions=versions(torch, transformers),
        **({"top": at_peak(torch), "segments": segments(torch)} if run.get("trace") else {}))


def versions(torch, transformers):
    found = dict(torch=torch.__version__, transformers=transformers.__version__)
    for name in ("peft", "accelerate", "trl", "bitsandbytes", "liger_kernel"):
        try:
            from importlib.metadata import version
            found[name] = version(name)
        except Exception:
            pass
    return found


class Meter:
    """Peak of each phase; reserved is the largest over the whole run."""

    def __init__(self, torch):
        self.torch = torch
        self.phases = {}
        self.reserved = 0
        #: Reserved before the first evaluation.
        self.trained = None

    def mark(self, phase):
        cuda = self.torch.cuda
        self.phases[phase] = max(self.phases.get(phase, 0), cuda.max_memory_allocated())
        self.reserved = max(self.reserved, cuda.max_memory_reserved())
        cuda.reset_peak_memory_stats()


def config_of(run):
    from transformers import AutoConfig
    arch = dict(run["arch"])
    return AutoConfig.for_model(arch.pop("model_type"), **arch)


def build(run, torch):
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
    config = config_of(run)
    scores = run.get("trainer") in ("reward", "classify")
    kind = AutoModelForSequenceClassification if scores else AutoModelForCausalLM
    if scores:
        config.num_labels = run.get("labels", 1)
    if getattr(config, "pad_token_id", None) is None or scores:
        config.pad_token_id = 0
    dtype = getattr(torch, run["torch_dtype"])
    attn = run.get("attn", "sdpa")
    with torch.device("cuda"):
        model = kind.from_config(config, dtype=dtype, attn_implementation=attn)
    if run.get("experts"):
        model.set_experts_implementation(run["experts"])
    model.to("cpu")
    torch.cuda.empty_cache()
    model.to("cuda")
    method = run["method"]
    if method in ("qlora", "int8"):
        quantize(run, model, torch)
        if run.get("kbit_prepare"):
            from peft import prepare_model_for_kbit_training
            model = prepare_model_for_kbit_training(
                model, use_gradient_checkpointing=bool(run.get("gc")),
                gradient_checkpointing_kwargs={"use_reentrant": bool(run.get("reentrant"))})
    if method == "freeze":
        layers = next(m for m in model.modules() if isinstance(m, torch.nn.ModuleList))
        model.requires_grad_(False)
        for layer in list(layers)[-run["freeze_trainable_layers"]:]:
            layer.requires_grad_(True)
    torch.cuda.empty_cache()
    if method in ("lora", "dora", "qlora", "int8"):
        model = adapt(run, model)
    return model


def adapt(run, model):
    from peft import LoraConfig, get_peft_model
    if run.get("trainer") not in (None, "classify"):
        return model
    return get_peft_model(model, lora_config(run),
                          autocast_adapter_dtype=run.get("adapter_fp32", True))


def lora_config(run):
    from peft import LoraConfig
    return LoraConfig(
        r=run["lora_r"], lora_alpha=16, lora_dropout=run.get("lora_dropout", 0.0),
        target_modules=run["lora_target"], use_dora=run["method"] == "dora",
        use_rslora=bool(run.get("rslora")), modules_to_save=run.get("modules_to_save"),
        task_type="SEQ_CLS" if run.get("trainer") in ("reward", "classify") else "CAUSAL_LM")


def saved(run, torch):
    """A folder with the model of `run` as a checkpoint with random weights, made where it is missing."""
    import hashlib
    import json
    name = hashlib.sha1(json.dumps([run["arch"], run["torch_dtype"]]).encode()).hexdigest()[:12]
    folder = f"/tmp/checkpoints/{name}"
    if not os.path.exists(f"{folder}/config.json"):
        build({**run, "method": "full"}, torch).save_pretrained(folder)
    return folder


def loaded(run, torch, device_map=None):
    """The checkpoint in 4 bit, as `from_pretrained` loads it, with adapters."""
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig
    dtype = getattr(torch, run["torch_dtype"])
    config = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type=run.get("quant_type", "nf4"),
        bnb_4bit_use_double_quant=run.get("double_quant", True),
        bnb_4bit_compute_dtype=getattr(torch, run.get("bnb_compute", "bfloat16")),
        bnb_4bit_quant_storage=getattr(torch, run.get("quant_storage", "uint8")))
    model = AutoModelForCausalLM.from_pretrained(
        saved(run, torch), quantization_config=config, dtype=dtype, device_map=device_map,
        attn_implementation=run.get("attn", "sdpa"))
    if run.get("kbit_prepare"):
        from peft import prepare_model_for_kbit_training
        model = prepare_model_for_kbit_training(
            model, use_gradient_checkpointing=bool(run.get("gc")),
            gradient_checkpointing_kwargs={"use_reentrant": bool(run.get("reentrant"))})
    model = adapt(run, model)
    if not run.get("adapter_fp32", True):
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.to(dtype)
    return model


def layer_of(run, model):
    """The class of the decoder layers."""
    import torch
    from transformers import AutoModelForCausalLM
    if model is None:
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config_of(run))
    return next(type(m) for m in model.modules() if type(m).__name__.endswith("Layer")).__name__


def quantize(run, model, torch):
    """Puts bitsandbytes layers where from_pretrained puts them: all but the head."""
    import bitsandbytes as bnb
    from transformers import BitsAndBytesConfig
    eight = run["method"] == "int8"
    compute = getattr(torch, run.get("bnb_compute", "bfloat16"))
    kind = run.get("quant_type", "nf4")
    nested = run.get("double_quant", True)
    for name, module in list(model.named_modules()):
        for child, old in list(module.named_children()):
            if not isinstance(old, torch.nn.Linear) or child in ("lm_head", "score", "embed_out"):
                continue
            bias = old.bias is not None
            if eight:
                new = bnb.nn.Linear8bitLt(old.in_features, old.out_features, bias,
                                          has_fp16_weights=False, threshold=6.0, device="meta")
                new.weight = bnb.nn.Int8Params(old.weight.data.cpu(), requires_grad=False,
                                               has_fp16_weights=False).to("cuda")
            else:
                new = bnb.nn.Linear4bit(old.in_features, old.out_features, bias, compute,
                                        compress_statistics=nested, quant_type=kind,
                                        device="meta")
                new.weight = bnb.nn.Params4bit(
                    old.weight.data.cpu(), requires_grad=False, quant_type=kind,
                    compress_statistics=nested, module=new).to("cuda")
            if bias:
                new.bias = torch.nn.Parameter(old.bias.data, requires_grad=False)
            new.requires_grad_(False)
            new.source_cls = type(old)
            setattr(module, child, new)
    model.requires_grad_(False)
    model.is_loaded_in_8bit = eight
    model.is_loaded_in_4bit = not eight
    model.is_quantized = True
    from types import SimpleNamespace
    model.hf_quantizer = SimpleNamespace(is_trainable=True, is_qat_trainable=False)
    model.quantization_method = "bitsandbytes"
    model.config.quantization_config = (
        BitsAndBytesConfig(load_in_8bit=True) if eight else BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type=kind, bnb_4bit_use_double_quant=nested,
            bnb_4bit_compute_dtype=compute))
    import gc
    gc.collect()
    torch.cuda.empty_cache()


def arguments(run):
    """What TrainingArguments and its children share."""
    gc_kwargs = {"use_reentrant": bool(run.get("reentrant"))}
    if run.get("every_n_layers"):
        gc_kwargs["every_n_layers"] = run["every_n_layers"]
    low_rank = run["optim"].startswith(("galore", "apollo"))
    return dict(
        output_dir="/tmp/out", max_steps=run.get("steps", 2),
        per_device_train_batch_size=run["batch"], gradient_accumulation_steps=run.get("ga", 1),
        bf16=run["amp"] == "bf16", fp16=run["amp"] == "fp16",
        gradient_checkpointing=bool(run.get("gc")), gradient_checkpointing_kwargs=gc_kwargs,
        optim=run["optim"], report_to=[], save_strategy="no", logging_strategy="no",
        torch_compile=bool(run.get("compile")),
        use_liger_kernel=bool(run.get("liger")), dataloader_num_workers=0, disable_tqdm=True,
        **(dict(optim_target_modules="all-linear") if low_rank else {}),
        **({"optim_args": run["optim_args"]} if run.get("optim_args") else {}),
        **(evaluating(run) if run.get("eval_batch") else {}))


def evaluating(run):
    return dict(eval_strategy="steps", eval_steps=run.get("steps", 2),
                per_device_eval_batch_size=run["eval_batch"],
                eval_accumulation_steps=run.get("eval_accumulation"))


def metered(kind, meter):
    """`kind` with marks after forward, backward and optimizer step."""

    class Metered(kind):
        def training_step(self, *args, **kwargs):
            meter.mark("begin")
            loss = super().training_step(*args, **kwargs)
            meter.mark("backward")
            return loss

        def compute_loss(self, *args, **kwargs):
            if not self.model.training:
                return super().compute_loss(*args, **kwargs)
            meter.mark("generate")
            out = super().compute_loss(*args, **kwargs)
            meter.mark("forward")
            return out

        def evaluate(self, *args, **kwargs):
            meter.mark("training")
            meter.trained = meter.reserved
            out = super().evaluate(*args, **kwargs)
            meter.mark("evaluation")
            return out

        def create_optimizer(self, *args, **kwargs):
            optimizer = super().create_optimizer(*args, **kwargs)
            optimizer.register_step_post_hook(lambda *_: meter.mark("optimizer"))
            return optimizer

    return Metered


def make_trainer(run, model, meter):
    kind = run.get("trainer")
    if kind not in (None, "classify"):
        return trl_trainer(run, model, meter, kind)
    from transformers import Trainer, TrainingArguments
    return metered(Trainer, meter)(
        model=model, args=TrainingArguments(**arguments(run)), train_dataset=Tokens(run),
        data_collator=Collate(run.get("lengths")), **evaluated(run))


def evaluated(run):
    """What is evaluated: `eval_batches` batches; `metrics` of all logits (`all`) or of the likeliest words."""
    if not run.get("eval_batch"):
        return {}
    own = {**run, "batch": run["eval_batch"], "ga": 1, "steps": run.get("eval_batches", 2)}
    metrics = run.get("metrics")
    return dict(
        eval_dataset=Tokens(own), compute_metrics=(lambda _: {}) if metrics else None,
        preprocess_logits_for_metrics=(lambda x, _: x.argmax(-1)) if metrics == "words" else None)


class Tokens:
    """Random token ids: full length, padded, of varying length, or several samples in a row."""

    def __init__(self, run):
        import torch
        self.run, self.torch = run, torch
        self.vocab = min(1000, run["arch"]["vocab_size"])

    def __len__(self):
        return self.run["batch"] * self.run.get("ga", 1) * self.run.get("steps", 2)

    def __getitem__(self, i):
        torch, run = self.torch, self.run
        n = run["seq"]
        ids = torch.randint(5, self.vocab, (n,))
        classes = run.get("labels")
        item = dict(input_ids=ids, labels=torch.tensor(i % classes) if classes else ids.clone())
        if run.get("packed"):
            part = n // run["packed"]
            item["position_ids"] = torch.arange(n) % part
            return item
        mask = torch.ones_like(ids)
        if run.get("padded") and i % run["batch"]:
            mask[n // 2:] = 0
        item["attention_mask"] = mask
        return item


class Collate:
    """Stacks samples; with `lengths`, every batch is cut to the next of them."""

    def __init__(self, lengths):
        self.lengths, self.count = lengths, 0

    def __call__(self, items):
        import torch
        n = self.lengths[self.count % len(self.lengths)] if self.lengths else None
        self.count += 1
        return {k: torch.stack([item[k] if item[k].dim() == 0 else item[k][:n] for item in items])
                for k in items[0]}


def tokenizer_of(words=900):
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import PreTrainedTokenizerFast
    vocab = {"<pad>": 0, "<eos>": 1, "<unk>": 2, **{f"w{i}": i + 3 for i in range(words)}}
    inner = Tokenizer(WordLevel(vocab, unk_token="<unk>"))
    inner.pre_tokenizer = WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="<eos>",
                                   unk_token="<unk>")


def words(n):
    return " ".join(f"w{random.randrange(900)}" for _ in range(n))


def trl_trainer(run, model, meter, kind):
    from datasets import Dataset
    import torch
    import trl
    seq, n = run["seq"], run["batch"] * run.get("ga", 1) * run.get("steps", 2)
    half = seq // 2
    common = arguments(run)
    peft_config = lora_config(run) if run["method"] in ("lora", "dora", "qlora", "int8") else None
    shared = dict(model=model, processing_class=tokenizer_of(), peft_config=peft_config)
    pairs = lambda: Dataset.from_list([
        dict(prompt=words(half), chosen=" " + words(half + 8), rejected=" " + words(half + 8))
        for _ in range(n)])
    if kind == "sft":
        data = Dataset.from_list([dict(input_ids=[5 + i % 800 for i in range(seq)])
                                  for _ in range(n)])
        extra = {"loss_type": run["loss_type"]} if run.get("loss_type") else {}
        args = trl.SFTConfig(**common, max_length=seq, packing=bool(run.get("packing")), **extra)
        return metered(trl.SFTTrainer, meter)(args=args, train_dataset=data, **shared)
    if kind == "gkd":
        from trl.experimental.gkd import GKDConfig, GKDTrainer
        data = Dataset.from_list([dict(input_ids=[5 + i % 800 for i in range(seq)])
                                  for _ in range(n)])
        args = GKDConfig(**common, max_length=seq, lmbda=run["lmbda"], beta=run.get("beta", 0.5),
                         max_new_tokens=run["completion"])
        teacher = build({**run, "method": "full", "arch": run.get("teacher", run["arch"])}, torch)
        trainer = metered(GKDTrainer, meter)(
            args=args, train_dataset=data, teacher_model=teacher, data_collator=Answers(half),
            **shared)
        trainer.generation_config.min_new_tokens = run["completion"]
        return trainer
    if kind == "dpo":
        extra = {"loss_type": [run["loss_type"]]} if run.get("loss_type") else {}
        if run.get("precompute_ref"):
            extra["precompute_ref_log_probs"] = True
        args = trl.DPOConfig(**common, max_length=seq, **extra)
        return metered(trl.DPOTrainer, meter)(
            args=args, train_dataset=pairs(), ref_model=reference(run), **shared)
    if kind == "kto":
        data = Dataset.from_list([
            dict(prompt=words(half), completion=" " + words(half + 8), label=i % 2 == 0)
            for i in range(n)])
        args = trl.KTOConfig(**common, max_length=seq)
        return metered(trl.KTOTrainer, meter)(
            args=args, train_dataset=data, ref_model=reference(run), **shared)
    if kind == "orpo":
        from trl.experimental.orpo import ORPOConfig, ORPOTrainer
        args = ORPOConfig(**common, max_length=seq)
        return metered(ORPOTrainer, meter)(args=args, train_dataset=pairs(), **shared)
    if kind == "reward":
        data = Dataset.from_list([
            dict(chosen=words(seq - 1), rejected=words(seq - 1)) for _ in range(n)])
        args = trl.RewardConfig(**common, max_length=seq)
        return metered(trl.RewardTrainer, meter)(args=args, train_dataset=data, **shared)
    if kind in ("grpo", "rloo"):
        data = Dataset.from_list([dict(prompt=words(run["prompt"])) for _ in range(n)])
        config, trainer = ((trl.GRPOConfig, trl.GRPOTrainer) if kind == "grpo"
                           else (trl.RLOOConfig, trl.RLOOTrainer))
        extra = {k: run[k] for k in ("beta", "num_iterations", "loss_type") if k in run}
        args = config(
            **common, num_generations=run["generations"], max_completion_length=run["completion"],
            generation_kwargs={"min_new_tokens": run["completion"]}, **extra)
        return metered(trainer, meter)(
            args=args, train_dataset=data,
            reward_funcs=lambda completions, **_: [random.random() for _ in completions], **shared)
    raise ValueError(kind)


class Answers:
    """GKD's batches: a prompt, and an answer that the loss is over."""

    def __init__(self, prompt):
        self.prompt = prompt

    def __call__(self, items):
        import torch
        ids = torch.stack([torch.tensor(item["input_ids"]) for item in items])
        labels = ids.clone()
        labels[:, :self.prompt] = -100
        start = ids[:, :self.prompt]
        return dict(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels,
                    prompts=start, prompt_attention_mask=torch.ones_like(start))


def reference(run):
    import torch
    return build(run, torch) if run["method"] == "full" else None


def events(torch):
    """How much the allocator was asked so far."""
    return len(torch.cuda.memory._snapshot()["device_traces"][0])


def at_peak(torch, since=0, most=40):
    """What is held at the highest moment: bytes and count by size and the Python lines below it."""
    events = torch.cuda.memory._snapshot()["device_traces"][0]
    live, held, best, when = {}, 0, 0, 0
    for i, e in enumerate(events):
        if e["action"] == "alloc":
            live[e["addr"]] = e["size"]
            held += e["size"]
            if i >= since and held > best:
                best, when = held, i
        elif e["action"] == "free_completed":
            held -= live.pop(e["addr"], 0)
    live = {}
    for e in events[: when + 1]:
        if e["action"] == "alloc":
            live[e["addr"]] = e
        elif e["action"] == "free_completed":
            live.pop(e["addr"], None)
    groups = {}
    for e in live.values():
        frames = [f for f in e.get("frames", []) if f["filename"].endswith(".py")]
        lines = [f"{f['filename'].rsplit('/', 1)[-1]}:{f['line']}" for f in frames
                 if "torch/nn/modules/module.py" not in f["filename"]][:4]
        count, size = groups.get((e["size"], *lines), (0, 0))
        groups[(e["size"], *lines)] = (count + 1, size + e["size"])
    ordered = sorted(groups.items(), key=lambda kv: -kv[1][1])[:most]
    return [[size, count, *key[1:]] for key, (count, total) in ordered for size in [key[0]]]


def segments(torch, most=40):
    """What asked the driver for memory: bytes, times and the Python lines, in order of time."""
    found = {}
    for e in torch.cuda.memory._snapshot()["device_traces"][0]:
        if e["action"] in ("segment_alloc", "segment_map", "segment_free"):
            lines = [f"{f['filename'].rsplit('/', 1)[-1]}:{f['line']}" for f in e.get("frames", [])
                     if f["filename"].endswith(".py")][:3]
            key = (e["action"], e["size"], *lines)
            found[key] = found.get(key, 0) + 1
    return [[*key[:2], count, *key[2:]] for key, count in list(found.items())[-most:]]


def dump(torch, path):
    """Writes every event of the allocator: action, bytes, address, the two nearest Python lines."""
    import gzip
    import json
    with gzip.open(path, "wt") as out:
        for e in torch.cuda.memory._snapshot()["device_traces"][0]:
            lines = [f"{f['filename'].rsplit('/', 1)[-1]}:{f['line']}" for f in e.get("frames", [])
                     if f["filename"].endswith(".py")][:2]
            out.write(json.dumps([e["action"], e["size"], e["addr"], *lines]) + "\n")
