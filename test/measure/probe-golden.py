"""Runs the planted decoders of test/golden/probe-cases.json in real torch and records what breaks.

    python3 test/measure/probe-golden.py test/golden/probe-cases.json test/golden [cuda|cpu]

For each case: the first operation whose output is not finite, forward and backward (transformers'
own modules, watched through a TorchFunctionMode and gradient hooks), and one AdamW step with or
without GradScaler. Cases marked `dump` also give every 16-bit tensor as codes, so that each
operation can be compared from the same inputs. Writes OUT/probe-torch.json.
"""

import base64
import json
import re
import sys

import numpy as np
import torch
import torch.nn.functional as F
import transformers
from torch.overrides import TorchFunctionMode

SIZES = dict(hidden=32, intermediate=64, vocab=48, heads=4, head_dim=8, tokens=6)
KV = dict(phi=4, gpt_neox=4, opt=4, phi3=4)


def fnv(text):
    h = 0x811C9DC5
    for c in text.encode():
        h = ((h ^ c) * 0x01000193) & 0xFFFFFFFF
    return h


def uniform(key, count):
    with np.errstate(over="ignore"):
        h = np.uint32(key) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        h = h ^ (h >> np.uint32(16))
    return h.astype(np.float64) / 2**31 - 1


def spread(name, cols, gemma_norm):
    if re.search(r"norm$", name):
        return (0.0 if gemma_norm else 1.0), 0.1
    if re.search(r"bias$|sinks$", name):
        return 0.0, 0.1
    if re.search(r"embed$|positions$", name):
        return 0.0, 1.0
    return 0.0, 1 / np.sqrt(cols)


def planted(case, name, rows, cols, gemma_norm):
    mean, std = spread(name, cols, gemma_norm)
    data = (mean + uniform(fnv(f"{case['seed']}/{name}"), rows * cols) * (std * np.sqrt(3.0)))
    data = (data * case["gains"].get(name, 1)).astype(np.float32)
    for at, value in case["spikes"].get(name, []):
        data[at % data.size] = value
    return torch.from_numpy(data)


def build(case, device):
    LAYERS["count"] = case["layers"]
    f, s = case["family"], SIZES
    common = dict(
        vocab_size=s["vocab"], hidden_size=s["hidden"], num_hidden_layers=case["layers"],
        num_attention_heads=s["heads"], max_position_embeddings=64, attention_dropout=0.0,
        tie_word_embeddings=False, pad_token_id=None, bos_token_id=None, eos_token_id=None,
        attn_implementation=case["attention"],
    )
    rms = dict(num_key_value_heads=KV.get(f, 2), head_dim=s["head_dim"], intermediate_size=s["intermediate"])
    T = transformers
    if f == "llama":
        cfg = T.LlamaConfig(**common, **rms, rms_norm_eps=1e-6)
    elif f == "qwen2":
        rms.pop("head_dim")
        cfg = T.Qwen2Config(**common, **rms, rms_norm_eps=1e-6)
    elif f == "qwen3":
        cfg = T.Qwen3Config(**common, **rms, rms_norm_eps=1e-6)
    elif f == "mistral":
        cfg = T.MistralConfig(**common, **rms, rms_norm_eps=1e-6, sliding_window=None)
    elif f == "gemma":
        cfg = T.GemmaConfig(**common, **rms, hidden_activation="gelu_pytorch_tanh")
    elif f == "gemma2":
        cfg = T.Gemma2Config(**common, **rms, query_pre_attn_scalar=8, sliding_window=64)
    elif f == "gemma3_text":
        cfg = T.Gemma3TextConfig(**common, **rms, query_pre_attn_scalar=8, sliding_window=64,
                                 rope_parameters=dict(sliding_attention=dict(rope_type="default", rope_theta=1e4),
                                                      full_attention=dict(rope_type="default", rope_theta=1e4)))
    elif f == "phi":
        cfg = T.PhiConfig(**common, intermediate_size=s["intermediate"], embd_pdrop=0.0, resid_pdrop=0.0,
                          rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.5))
    elif f == "phi3":
        rms.pop("head_dim")
        cfg = T.Phi3Config(**common, **rms, rms_norm_eps=1e-5, embd_pdrop=0.0, resid_pdrop=0.0, sliding_window=None)
    elif f == "gpt_neox":
        cfg = T.GPTNeoXConfig(**common, intermediate_size=s["intermediate"], hidden_dropout=0.0,
                              rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.25))
    elif f == "opt":
        cfg = T.OPTConfig(**common, ffn_dim=s["intermediate"], word_embed_proj_dim=s["hidden"], dropout=0.0)
    elif f in ("glm", "glm4"):
        cls = T.GlmConfig if f == "glm" else T.Glm4Config
        cfg = cls(**common, **rms, rms_norm_eps=1e-5, attention_bias=True,
                  rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.5))
    elif f == "qwen3_moe":
        cfg = T.Qwen3MoeConfig(**common, **rms, rms_norm_eps=1e-6, num_experts=4, num_experts_per_tok=2,
                               moe_intermediate_size=32, norm_topk_prob=True, decoder_sparse_step=1, mlp_only_layers=[])
    elif f == "gpt_oss":
        cfg = T.GptOssConfig(**common, **rms, num_local_experts=4, num_experts_per_tok=2, sliding_window=64,
                             rope_parameters=dict(rope_type="default", rope_theta=150000.0))
    elif f == "t5":
        cfg = T.T5Config(vocab_size=s["vocab"], d_model=s["hidden"], d_kv=s["head_dim"], d_ff=s["intermediate"],
                         num_layers=case["layers"], num_decoder_layers=case["layers"], num_heads=s["heads"],
                         dropout_rate=0.0, tie_word_embeddings=False, feed_forward_proj="relu", pad_token_id=0,
                         decoder_start_token_id=0)
    else:
        raise ValueError(f)
    cfg._experts_implementation = "eager"
    auto = T.T5ForConditionalGeneration._from_config if f == "t5" else T.AutoModelForCausalLM.from_config
    model = auto(cfg, attn_implementation=case["attention"], dtype=torch.float32)
    model.config.use_cache = False
    if hasattr(model, "set_experts_implementation"):
        model.set_experts_implementation("eager")
    if f == "t5":
        model.config.tie_word_embeddings = False
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    fill(case, model, f.startswith("gemma"))
    dtype = getattr(torch, case["dtype"])
    model.to(torch.float32 if case["autocast"] else dtype)
    return model.to(device).train()


NORMS = {
    "input_layernorm": "input_norm", "self_attn_layer_norm": "input_norm",
    "post_attention_layernorm": "mlp_norm", "pre_feedforward_layernorm": "mlp_norm",
    "post_feedforward_layernorm": "post_mlp_norm", "post_self_attn_layernorm": "post_attn_norm",
    "post_mlp_layernorm": "post_mlp_norm", "q_norm": "q_norm", "k_norm": "k_norm",
    "norm": "final_norm", "final_layer_norm": "final_norm", "final_layernorm": "final_norm",
}
LINEARS = {
    "query_key_value": "qkv_proj", "dense": "o_proj", "out_proj": "o_proj", "fc1": "up_proj",
    "fc2": "down_proj", "dense_h_to_4h": "up_proj", "dense_4h_to_h": "down_proj", "gate": "router",
}


def canonical(path, family):
    """`model.layers.3.mlp.down_proj` -> (3, 'down_proj')."""
    if family == "t5":
        return canonical_t5(path)
    layer = re.search(r"layers\.(\d+)", path)
    layer = int(layer.group(1)) if layer else None
    last = path.rsplit(".", 1)[-1]
    if last == "post_attention_layernorm" and family in ("gemma2", "gemma3_text"):
        return layer, "post_attn_norm"
    if last == "final_layer_norm" and layer is not None:
        return layer, "mlp_norm"
    if last in ("embed_tokens", "embed_in"):
        return None, "embed"
    if last == "embed_positions":
        return None, "positions"
    return layer, NORMS.get(last) or LINEARS.get(last) or last


T5_PARTS = {"q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "o_proj", "wi": "up_proj", "wo": "down_proj",
            "relative_attention_bias": "relative_bias"}
LAYERS = {"count": 0}


def canonical_t5(path):
    last = path.rsplit(".", 1)[-1]
    if last in ("shared", "embed_tokens"):
        return None, "embed"
    if last == "final_layer_norm":
        return None, "encoder_norm" if path.startswith("encoder") else "final_norm"
    at = re.search(r"block\.(\d+)", path)
    if not at:
        return None, last
    layer = int(at.group(1)) + (LAYERS["count"] if path.startswith("decoder") else 0)
    part = re.search(r"layer\.(\d+)", path)
    cross = path.startswith("decoder") and part and part.group(1) == "1"
    if last == "layer_norm":
        first = part.group(1) == "0"
        return layer, "cross_norm" if cross else "input_norm" if first else "mlp_norm"
    own = T5_PARTS.get(last, last)
    return layer, f"cross_{own}" if cross and last in "qkvo" else own


def fill(case, model, gemma_norm):
    with torch.no_grad():
        for full, p in model.named_parameters():
            path, kind = full.rsplit(".", 1)
            layer, op = canonical(path, case["family"])
            prefix = "" if layer is None else f"{layer}."
            if op == "experts":
                for e in range(p.shape[0]):
                    part = "gate_up" if "gate_up" in kind else "down"
                    bias = ".bias" if kind.endswith("_bias") else ""
                    flip = case["family"] == "gpt_oss" and not bias
                    one = p[e].T if flip else p[e]
                    rows, cols = (1, one.numel()) if bias else one.shape
                    name = f"{prefix}experts.{e}.{part}{bias}"
                    value = planted(case, name, rows, cols, gemma_norm).reshape(one.shape)
                    p[e] = value.T if flip else value
                continue
            if kind == "sinks":
                name, rows, cols = f"{prefix}sinks", 1, p.numel()
            elif kind == "bias":
                name, rows, cols = f"{prefix}{op}.bias", 1, p.numel()
            else:
                name = prefix + op
                rows, cols = p.shape if p.dim() == 2 else (1, p.numel())
                if op == "positions":
                    rows = SIZES["tokens"] + 2
            value = planted(case, name, rows, cols, gemma_norm)
            p.view(-1)[: value.numel()] = value


SKIP = {"view", "transpose", "reshape", "contiguous", "expand", "chunk", "unsqueeze", "permute", "flatten", "cat",
        "stack", "neg", "dropout", "repeat_interleave", "split", "squeeze", "detach", "size", "dim", "T", "masked_fill"}


class Watch(TorchFunctionMode):
    """Names each result by the module that made it and the order inside it."""

    def __init__(self, model, case):
        super().__init__()
        self.case, self.family = case, case["family"]
        self.stack, self.first = [], {"forward": None, "backward": None}
        self.tensors, self.active = [], True
        self.handles, self.experts_of = [], {}
        for path, m in model.named_modules():
            self.handles.append(m.register_forward_pre_hook(self.enter(path, m), with_kwargs=False))
            self.handles.append(m.register_forward_hook(self.leave(path, m)))
        for full, p in model.named_parameters():
            path, kind = full.rsplit(".", 1)
            layer, op = canonical(path, self.family)
            if op == "experts":
                self.experts_of[id(p)] = "gate_up_proj" if "gate_up" in kind else "down_proj"
            else:
                op = "sinks" if kind == "sinks" else op
                p.register_hook(lambda g, layer=layer, op=op: self.gradient(layer, op, g, "weight"))

    def kind_of(self, m):
        name = type(m).__name__
        if "Norm" in name:
            return "norm"
        if "Activation" in name or name in ("SiLU", "SiLUActivation", "GELUTanh", "ReLU", "GELU"):
            return "act"
        return name

    def enter(self, path, m):
        def hook(module, args):
            self.stack.append((path, self.kind_of(m), {}))
        return hook

    def leave(self, path, m):
        def hook(module, args, out):
            _, kind, _ = self.stack.pop()
            if kind in ("norm", "act") and isinstance(out, torch.Tensor):
                layer, op = canonical(path, self.family)
                if kind == "act":
                    op = "act"
                self.result(layer, op, out)
        return hook

    def result(self, layer, op, out, hook=True, quiet=False):
        if not quiet:
            data = out.detach()
            with torch._C.DisableTorchFunction():
                bad = not bool(torch.isfinite(data).all())
                if self.case["dump"]:
                    self.tensors.append(("forward", layer, op, data.clone()))
            if bad and self.first["forward"] is None:
                self.first["forward"] = [op, layer, "forward"]
        if hook and out.requires_grad:
            out.register_hook(lambda g: self.gradient(layer, op, g, "gradient"))

    def gradient(self, layer, op, g, kind):
        with torch._C.DisableTorchFunction():
            bad = not bool(torch.isfinite(g).all())
            if self.case["dump"]:
                self.tensors.append((kind, layer, op, g.detach().clone()))
        if bad and self.first["backward"] is None:
            self.first["backward"] = [op, layer, kind]

    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if not self.active or not self.stack or not isinstance(out, torch.Tensor) or not out.is_floating_point():
            return out
        name = getattr(func, "__name__", "").strip("_")
        if name in SKIP or not torch.is_grad_enabled():
            return out
        path, kind, state = self.stack[-1]
        layer, own = canonical(path, self.family)
        if name == "getitem":
            if own == "experts" and isinstance(args[0], torch.nn.Parameter):
                part = self.experts_of[id(args[0])]
                out.register_hook(lambda g: self.gradient(layer, part, g, "weight"))
            return out
        if kind in ("norm", "act"):
            if out.requires_grad:
                op = "act" if kind == "act" else own
                out.register_hook(lambda g: self.gradient(layer, op, g, "gradient"))
            return out
        op = self.name(path, kind, own, name, state)
        if op:
            quiet = op == "mask" or name in ("to", "float", "clone", "sub")
            self.result(layer, op, out, hook=op != "mask", quiet=quiet)
        return out

    def name(self, path, kind, own, func, state):
        n = lambda key: state.setdefault(key, 0)
        def count(key):
            state[key] = n(key) + 1
            return state[key]
        if kind in ("Linear", "Embedding") or "Embedding" in kind:
            return own if func in ("linear", "embedding", "mul", "add") else None
        if self.family == "t5" and kind.startswith("T5Layer") and func == "add":
            return {"T5LayerSelfAttention": "attn_residual", "T5LayerCrossAttention": "cross_residual",
                    "T5LayerFF": "mlp_residual"}[kind]
        if own in ("self_attn", "attention", "SelfAttention", "EncDecAttention"):
            return self.attention(func, state, count)
        if own == "experts":
            return self.experts(func, state, count)
        if own == "router":
            if func == "linear":
                return "router"
            return "router_shares" if func in ("softmax", "to", "truediv", "itruediv", "div") else None
        if own == "mlp":
            return "act_up" if func == "mul" else None
        if kind.endswith(("DecoderLayer", "NeoXLayer")) and func == "add":
            return "attn_residual" if count("add") == 1 else "mlp_residual"
        if path == "" and func in ("truediv", "div", "tanh", "mul"):
            return "logits_softcap"
        if kind.endswith("Decoder") and func == "add":
            return "embed_sum"
        if kind.endswith("Model") and func == "mul":
            return "embed"
        return None

    def attention(self, func, state, count):
        if func == "scaled_dot_product_attention":
            return "attn"
        if func == "matmul":
            return "qk" if count("matmul") == 1 else "av"
        if state.get("matmul", 0) == 0:
            if self.family == "t5":
                return None
            if self.family == "opt":
                return "q_scaled" if func == "mul" else None
            if func not in ("mul", "add", "sub"):
                return None
            done = state.get("add", 0)
            if func == "add":
                count("add")
            return "rope_q" if done == 0 else "rope_k"
        if func == "mul" and count("mul") == 1:
            return "qk_scaled"
        if func in ("truediv", "div", "tanh", "mul"):
            return "softcap"
        if func == "add" and self.family == "t5" and state.get("mul", 0) == 1 and count("add") == 1:
            return "position_bias"
        if func == "add":
            return "mask"
        return "softmax" if func in ("softmax", "sub", "to") else None

    def experts(self, func, state, count):
        if func in ("linear", "matmul"):
            return "gate_up_proj" if count("product") % 2 == 1 else "down_proj"
        products = state.get("product", 0)
        if products == 0:
            return None
        if func == "add" and self.family == "gpt_oss":
            key = ("add", products)
            if products % 2 == 1:
                return "gate_up_proj" if count(key) == 1 else "act_up"
            return "down_proj"
        if func in ("mul", "clamp", "sigmoid"):
            return "act_up" if products % 2 == 1 else "expert_weighted"
        return None


def codes(t):
    if t.dtype == torch.float16:
        return t.cpu().contiguous().view(torch.int16).numpy().tobytes(), "h"
    if t.dtype == torch.bfloat16:
        return t.cpu().contiguous().view(torch.int16).numpy().tobytes(), "b"
    return t.cpu().float().contiguous().numpy().tobytes(), "f"


def run(case, device):
    model = build(case, device)
    key = fnv(f"{case['seed']}/tokens")
    tokens = np.floor((uniform(key, SIZES["tokens"]) + 1) / 2 * SIZES["vocab"]).astype(np.int64)
    ids = torch.from_numpy(tokens).to(device)[None]
    watch = Watch(model, case)
    dtype = getattr(torch, case["dtype"])
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    with torch.autocast(device, dtype=dtype, enabled=case["autocast"]):
        with watch:
            more = dict(decoder_input_ids=ids) if case["family"] == "t5" else {}
            logits = model(input_ids=ids, use_cache=False, **more).logits
    loss = F.cross_entropy(logits[0, :-1].float(), ids[0, 1:])
    if watch.first["forward"] is None and not bool(torch.isfinite(loss)):
        watch.first["forward"] = ["loss", None, "forward"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=case["lr"], weight_decay=0.01)
    update = None
    scale = case["scaler"]
    if scale and case["autocast"]:
        scaler = torch.amp.GradScaler(device, init_scale=float(scale))
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        found = sum(v.item() for v in scaler._per_optimizer_states[id(optimizer)]["found_inf_per_device"].values())
        update = dict(skipped=found > 0, gradNorm=norm.item())
    else:
        (loss * (scale or 1)).backward()
        if not scale:
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            update = dict(skipped=False, gradNorm=norm.item())
    if update:
        moved = total = broken = 0
        for n, p in model.named_parameters():
            if n.endswith("embed_positions.weight"):
                p, before[n] = p[: SIZES["tokens"] + 2], before[n][: SIZES["tokens"] + 2]
            moved += int((p.detach() != before[n]).sum())
            broken += int((~torch.isfinite(p.detach())).sum())
            total += p.numel()
        update.update(moved=moved, broken=broken, total=total)
        if update["gradNorm"] != update["gradNorm"] or update["gradNorm"] == float("inf"):
            update["gradNorm"] = None
    out = dict(id=case["id"], forward=watch.first["forward"], backward=watch.first["backward"], update=update)
    dump = []
    for kind, layer, op, t in watch.tensors:
        data, code = codes(t)
        dump.append(dict(kind=kind, layer=layer, op=op, code=code, shape=list(t.shape),
                         data=base64.b64encode(data).decode()))
    return out, dump


REPEATS = {"softcap", "logits_softcap", "embed", "router", "router_shares", "gate_up_proj", "act", "act_up",
           "down_proj", "expert_weighted"}


def compact_dump(dump):
    """One entry for each operation: the last forward value, the first gradient; all of those that repeat."""
    groups = {}
    for one in dump:
        if one["kind"] != "weight":
            groups.setdefault((one["kind"], one["layer"], one["op"]), []).append(one)
    kept = []
    for (kind, layer, op), ones in groups.items():
        if op not in REPEATS:
            ones = ones[-1:] if kind == "forward" else ones[:1]
        for one in ones:
            if one["code"] != "f":
                kept.append([kind, layer, op, one["code"], one["shape"], one["data"]])
    return kept


def compact_result(one):
    out = dict(id=one["id"], forward=one["forward"], backward=one["backward"])
    if one["update"]:
        u = one["update"]
        out["update"] = [u["skipped"], u["gradNorm"] and float(f"{u['gradNorm']:.5g}"),
                         u["moved"], u["broken"], u["total"]]
    return out


def write(path, about, results, dumps):
    lines = [json.dumps(compact_result(r), separators=(",", ":")) for r in results]
    dumped = [f'"{k}":' + json.dumps(compact_dump(d), separators=(",", ":")) for k, d in dumps.items()]
    with open(path, "w") as f:
        f.write('{"about":' + json.dumps(about) + ',\n"results":[\n' + ",\n".join(lines))
        f.write('\n],\n"dumps":{\n' + ",\n".join(dumped) + "\n}}\n")


def main():
    cases = json.load(open(sys.argv[1]))
    device = sys.argv[3] if len(sys.argv) > 3 else "cuda"
    results, dumps = [], {}
    for case in cases:
        out, dump = run(case, device)
        results.append(out)
        if dump:
            dumps[case["id"]] = dump
    about = dict(torch=torch.__version__, transformers=transformers.__version__,
                 device=torch.cuda.get_device_name(0) if device == "cuda" else "cpu")
    write(f"{sys.argv[2]}/probe-torch.json", about, results, dumps)
    print(about, len(results), "cases")


if __name__ == "__main__":
    main()
