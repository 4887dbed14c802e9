"""Makes test/golden/facts-configs.json: config.json files and their parameter counts.

    python facts-configs.py OUT

Builds each model of transformers on the meta device (no memory, no download) and counts its
parameters, a tied head once, with the routers' corrections that checkpoints store. `config` is what `save_pretrained` writes (less noise), `fields` is
what differs from the defaults of the config class.
"""

import json
import sys

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText
from transformers import AutoModelForSeq2SeqLM

SMALL = dict(hidden_size=256, intermediate_size=640, num_hidden_layers=3, num_attention_heads=8,
             num_key_value_heads=2, vocab_size=1000)
MHA = {k: v for k, v in SMALL.items() if k != "num_key_value_heads"}
MOE = dict(SMALL, num_experts_per_tok=2)
MLA = dict(SMALL, num_key_value_heads=8, kv_lora_rank=32, qk_nope_head_dim=16, qk_rope_head_dim=8,
           v_head_dim=24, n_routed_experts=8, num_experts_per_tok=2, moe_intermediate_size=96,
           n_shared_experts=2, first_k_dense_replace=1)
TEXT = dict(SMALL, head_dim=32)

CASES = [
    ("llama", SMALL), ("llama", dict(SMALL, attention_bias=True, mlp_bias=True)),
    ("llama", dict(SMALL, head_dim=48, tie_word_embeddings=True)),
    ("mistral", SMALL), ("mistral", dict(SMALL, head_dim=64)), ("mixtral", MOE),
    ("qwen2", SMALL), ("qwen2", dict(SMALL, tie_word_embeddings=True)),
    ("qwen2_moe", dict(MOE, num_experts=6, moe_intermediate_size=96,
                       shared_expert_intermediate_size=320)),
    ("qwen3", dict(SMALL, head_dim=48)), ("qwen3", dict(SMALL, attention_bias=True)),
    ("qwen3_moe", dict(MOE, num_experts=6, moe_intermediate_size=96, decoder_sparse_step=1)),
    ("gemma", dict(SMALL, head_dim=64)), ("gemma2", dict(SMALL, head_dim=64)),
    ("gemma3_text", dict(SMALL, head_dim=64)),
    ("phi", SMALL), ("phi3", dict(SMALL, pad_token_id=0)),
    ("phimoe", dict(MOE, num_local_experts=4)),
    ("phimoe", dict(MOE, num_local_experts=4, attention_bias=True, lm_head_bias=True)),
    ("gpt2", dict(n_embd=256, n_layer=3, n_head=8, vocab_size=1000, n_positions=128)),
    ("gpt2", dict(n_embd=256, n_layer=3, n_head=8, vocab_size=1000, n_inner=512)),
    ("gptj", dict(n_embd=256, n_layer=3, n_head=8, vocab_size=1000, rotary_dim=16)),
    ("gpt_neox", MHA), ("gpt_neox", dict(MHA, attention_bias=False)),
    ("opt", dict(hidden_size=256, num_hidden_layers=3, num_attention_heads=8, ffn_dim=640,
                 vocab_size=1000, max_position_embeddings=64, word_embed_proj_dim=256)),
    ("bloom", dict(hidden_size=256, n_layer=3, n_head=8, vocab_size=1000)),
    ("falcon", dict(hidden_size=256, num_hidden_layers=3, num_attention_heads=8, vocab_size=1000)),
    ("falcon", dict(hidden_size=256, num_hidden_layers=3, num_attention_heads=8, vocab_size=1000,
                    new_decoder_architecture=True, num_kv_heads=2)),
    ("falcon", dict(hidden_size=256, num_hidden_layers=3, num_attention_heads=8, vocab_size=1000,
                    bias=True)),
    ("falcon", dict(hidden_size=256, num_hidden_layers=3, num_attention_heads=8, vocab_size=1000,
                    multi_query=False, parallel_attn=False, alibi=True)),
    ("starcoder2", SMALL), ("starcoder2", dict(SMALL, use_bias=False)),
    ("stablelm", SMALL), ("stablelm", dict(SMALL, use_qkv_bias=True)),
    ("stablelm", dict(SMALL, qk_layernorm=True)),
    ("cohere", SMALL), ("cohere", dict(SMALL, use_qk_norm=True)), ("cohere2", SMALL),
    ("olmo", SMALL), ("olmo2", SMALL),
    ("olmoe", dict(MOE, num_experts=4)),
    ("granite", SMALL), ("granite", dict(SMALL, attention_bias=True)),
    ("glm", dict(SMALL, head_dim=32, pad_token_id=0)),
    ("glm", dict(SMALL, head_dim=32, pad_token_id=0, attention_bias=True)),
    ("glm4", dict(SMALL, head_dim=32, pad_token_id=0, attention_bias=True)),
    ("glm4_moe", dict(MOE, head_dim=32, n_routed_experts=8, moe_intermediate_size=96,
                      n_shared_experts=1, first_k_dense_replace=1, attention_bias=True)),
    ("glm4_moe", dict(MOE, head_dim=32, n_routed_experts=8, moe_intermediate_size=96,
                      n_shared_experts=1, first_k_dense_replace=1, use_qk_norm=True)),
    ("gpt_oss", dict(MOE, num_local_experts=4, head_dim=32)),
    ("seed_oss", dict(SMALL, head_dim=32)), ("smollm3", dict(SMALL, pad_token_id=0)),
    ("smollm3", dict(SMALL, pad_token_id=0, tie_word_embeddings=False)),
    ("deepseek_v2", dict(MLA, q_lora_rank=None)), ("deepseek_v2", dict(MLA, q_lora_rank=48)),
    ("deepseek_v3", dict(MLA, q_lora_rank=48, n_group=2, topk_group=1)),
    ("t5", dict(d_model=256, d_ff=640, d_kv=32, num_heads=8, num_layers=3, vocab_size=1000)),
    ("t5", dict(d_model=256, d_ff=640, d_kv=32, num_heads=8, num_layers=3, num_decoder_layers=2,
                vocab_size=1000, feed_forward_proj="gated-gelu")),
    ("mt5", dict(d_model=256, d_ff=640, d_kv=32, num_heads=6, num_layers=3, vocab_size=1000)),
    ("qwen2_vl", dict(text_config=SMALL, vision_config=dict(
        depth=2, embed_dim=128, hidden_size=256, num_heads=4))),
    ("qwen2_5_vl", dict(text_config=SMALL, vision_config=dict(
        depth=2, hidden_size=128, intermediate_size=200, num_heads=4, out_hidden_size=256))),
    ("qwen3_vl", dict(text_config=TEXT, vision_config=dict(
        depth=3, hidden_size=128, intermediate_size=200, num_heads=4, out_hidden_size=256,
        deepstack_visual_indexes=[0, 1], num_position_embeddings=100))),
    ("gemma3", dict(text_config=TEXT, vision_config=dict(
        hidden_size=128, intermediate_size=200, num_hidden_layers=2, num_attention_heads=4,
        image_size=112, patch_size=14, vision_use_head=False))),
    ("llama4", dict(text_config=dict(TEXT, intermediate_size_mlp=800, num_local_experts=4,
                                     interleave_moe_layer_step=1),
                    vision_config=dict(hidden_size=128, intermediate_size=512, num_hidden_layers=2,
                                       num_attention_heads=4, image_size=56,
                                       projector_input_dim=96, projector_output_dim=96,
                                       vision_output_dim=96))),
    ("mamba", dict(hidden_size=256, num_hidden_layers=2, vocab_size=1000)),
]


def count(config):
    for kind in (AutoModelForImageTextToText, AutoModelForSeq2SeqLM, AutoModelForCausalLM):
        if type(config) in kind._model_mapping:
            with torch.device("meta"):
                model = kind.from_config(config)
            model.tie_weights()
            routers = (b for n, b in model.named_buffers() if n.endswith("e_score_correction_bias"))
            return sum(p.numel() for p in [*model.parameters(), *routers])
    raise ValueError(type(config))


NOISE = ("token_id", "dropout", "_pdrop", "summary_", "initializer", "use_cache", "version",
         "pretraining_tp", "router_", "id2label", "label2id", "_eps", "epsilon", "return_dict")


def trim(config):
    return {key: trim(value) if isinstance(value, dict) else value
            for key, value in config.items() if not any(word in key for word in NOISE)}


def main(out):
    rows = []
    for model_type, fields in CASES:
        config = AutoConfig.for_model(model_type, **fields)
        written = json.loads(config.to_json_string(use_diff=True))
        rows.append({"fields": {"model_type": model_type, **fields},
                     "config": {"model_type": model_type, **trim(written)},
                     "params": count(config)})
    with open(out, "w") as file:
        body = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
        file.write(f'{{"transformers":"{transformers.__version__}","rows":[\n{body}\n]}}\n')


main(sys.argv[1])
