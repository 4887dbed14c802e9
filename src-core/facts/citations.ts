import type { Citation } from '../run/sourced.ts';

const github = (repo: string, kind: 'issues' | 'pull', number: number, says: string): Citation => ({
  label: `${repo.slice(repo.indexOf('/') + 1)} #${number}: ${says}`,
  url: `https://github.com/${repo}/${kind}/${number}`,
});

const source = (repo: string, path: string, says: string): Citation => ({
  label: `${repo.slice(repo.indexOf('/') + 1)} ${path}: ${says}`,
  url: `https://github.com/${repo}/blob/main/${path}`,
});

const arxiv = (number: string, says: string): Citation => ({
  label: `arXiv ${number}: ${says}`,
  url: `https://arxiv.org/abs/${number}`,
});

const TRAINING_ARGUMENTS = 'src/transformers/training_args.py';

/** Evidence that rules share, by what it shows. */
export const cite = {
  /** The largest finite fp16 is 65,504; bf16 reaches 3.39e38 with 8 bits of precision. */
  fp16Range: {
    label: 'IEEE 754 binary16: largest finite value 65,504; bfloat16: 3.39e38',
    url: 'https://en.wikipedia.org/wiki/Half-precision_floating-point_format',
  },
  /** Qwen2 in fp16: perplexity is NaN with eager attention, 7.14 with sdpa. */
  qwen2EagerFp16: github(
    'huggingface/transformers',
    'pull',
    33317,
    'Qwen2 in fp16 gives NaN with eager attention and 7.14 perplexity with sdpa',
  ),
  /** Qwen2 in bf16: perplexity 8.00 with eager attention, 7.14 with sdpa. */
  qwen2EagerBf16: github(
    'huggingface/transformers',
    'pull',
    33317,
    'Qwen2 in bf16 gives perplexity 8.00 with eager attention and 7.14 with sdpa',
  ),
  /** The residual stream of Gemma 3 reaches 696,320 (27B) and 245,760 (4B). */
  gemma3Activations: arxiv('2605.15572', 'largest activations, layer by layer'),
  /** T5's feed-forward output leaves the fp16 range. */
  t5Fp16: github('huggingface/transformers', 'issues', 5651, 'T5 gives NaN in fp16'),
  /** phi-2 gives NaN in fp16 with eager attention. */
  phi2Fp16: github('huggingface/transformers', 'pull', 28163, 'phi-2 overflows in fp16 attention'),
  /** GLM-4 fine-tuned in fp16: the loss jumps, then stays 0. */
  glm4Fp16: github('hiyouga/LLaMA-Factory', 'issues', 4202, 'GLM-4 in fp16: loss 63, then 0'),
  /** The scaler refuses fp16 gradients. */
  unscaleFp16: source('pytorch/pytorch', 'torch/amp/grad_scaler.py', 'fp16 gradients are refused'),
  /** The scaler starts at 65,536 and halves at each overflow. */
  gradScaler: source(
    'pytorch/pytorch',
    'torch/amp/grad_scaler.py',
    'the scale starts at 65,536 and halves with each skipped step',
  ),
  /** The Trainer leaves NaN losses out of the mean that it logs. */
  nanFilter: source(
    'huggingface/transformers',
    TRAINING_ARGUMENTS,
    'logging_nan_inf_filter, on by default, leaves NaN losses out of what is logged',
  ),
  /** DeepSpeed halves its scale, and ends the run at the minimum. */
  dynamicLossScale: source(
    'deepspeedai/DeepSpeed',
    'deepspeed/runtime/fp16/loss_scaler.py',
    'the scale halves at each overflow; at its minimum the run ends',
  ),
  /** bf16 gradients under an fp16 scaler: no CUDA kernel. */
  unscaleBf16: github(
    'pytorch/pytorch',
    'issues',
    127176,
    'the fp16 scaler has no kernel for bf16 gradients',
  ),
  /** fp16 and bf16 together. */
  atMostOne: source(
    'huggingface/transformers',
    TRAINING_ARGUMENTS,
    'at most one of fp16 and bf16 may be on',
  ),
  /** `tf32` needs compute capability 8.0. */
  tf32NeedsAmpere: source('huggingface/transformers', TRAINING_ARGUMENTS, 'tf32 needs Ampere'),
  /** `is_bf16_supported` is true on cards that only emulate bf16. */
  bf16Emulated: github(
    'pytorch/pytorch',
    'issues',
    124996,
    'bf16 counts as supported where it is emulated',
  ),
  /** FlashAttention-2: Ampere or newer, fp16 and bf16, head size up to 256. */
  flashAttention: {
    label: 'flash-attention README: Ampere or newer, fp16 or bf16, head size up to 256',
    url: 'https://github.com/Dao-AILab/flash-attention#nvidia-cuda-support',
  },
  /** Which cards 8-bit and 4-bit weights need. */
  bitsandbytesCards: {
    label: 'bitsandbytes documentation: 8 bit needs compute capability 7.5, 4 bit 6.0',
    url: 'https://huggingface.co/docs/bitsandbytes/main/en/installation',
  },
  /** `bnb_4bit_compute_dtype` is float32 unless set, the type fp4. */
  bnbDefaults: source(
    'huggingface/transformers',
    'src/transformers/utils/quantization_config.py',
    'compute dtype float32 and type fp4 unless set',
  ),
  /** The Trainer refuses to train quantised weights without an adapter. */
  purelyQuantized: source(
    'huggingface/transformers',
    'src/transformers/trainer.py',
    'purely quantized models cannot be fine-tuned, adapters on top can',
  ),
  /** QLoRA: the 4-bit weights are frozen, adapters train. */
  qlora: arxiv('2305.14314', 'QLoRA trains adapters over frozen 4-bit weights'),
  /** ms-swift: `torch_dtype` float16 and float32 turn fp16 on, bfloat16 turns bf16 on. */
  swiftMixedPrecision: source(
    'modelscope/ms-swift',
    'swift/arguments/base_args/model_args.py',
    'torch_dtype decides fp16 and bf16; float32 turns fp16 on',
  ),
  /** ms-swift: `quant_bits` without `quant_method` does nothing. */
  swiftQuantMethod: source(
    'modelscope/ms-swift',
    'swift/arguments/base_args/quant_args.py',
    'nothing is quantised without quant_method',
  ),
  /** LLaMA-Factory: quantised models train LoRA or OFT only; pure_bf16 excludes ZeRO-3. */
  factoryChecks: source(
    'hiyouga/LLaMA-Factory',
    'src/llamafactory/hparams/parser.py',
    'which options exclude each other',
  ),
  /** DeepSpeed refuses fp16 and bf16 together. */
  deepspeedAtMostOne: source(
    'deepspeedai/DeepSpeed',
    'deepspeed/runtime/config.py',
    'fp16 and bf16 exclude each other',
  ),
  /** GLM-4's authors advise bf16. */
  glm4Bf16: github('zai-org/GLM-4', 'issues', 96, 'fine-tune GLM-4 in bf16'),
  /** Baichuan2-13B: bf16 gives loss 0 and NaN where fp16 works. */
  baichuan2Bf16: github(
    'hiyouga/LLaMA-Factory',
    'issues',
    3353,
    'Baichuan2-13B: loss 0 and NaN in bf16, fine in fp16',
  ),
  /** llama.cpp computes attention scores in fp32. */
  fp32Scores: source(
    'ggml-org/llama.cpp',
    'src/llama-graph.cpp',
    'attention scores are kept in fp32, since fp16 is not enough for some models',
  ),
  /** GPTQ weights of Qwen in fp16 kernels. */
  gptqFp16: github('vllm-project/vllm', 'issues', 14126, 'GPTQ of Qwen in fp16 answers "!!!!"'),
  /** AWQ weights of DeepSeek-R1 in fp16 kernels. */
  awqFp16: github('vllm-project/vllm', 'issues', 16579, 'AWQ of DeepSeek-R1 overflows in fp16'),
  /** transformers' sdpa path takes no soft-cap. */
  sdpaSoftcap: source(
    'huggingface/transformers',
    'src/transformers/integrations/sdpa_attention.py',
    'softcap is among the arguments that sdpa leaves out',
  ),
  /** FP8 products come with compute capability 8.9. */
  fp8NeedsAda: {
    label: 'Transformer Engine, installation: FP8 needs compute capability 8.9',
    url: 'https://docs.nvidia.com/deeplearning/transformer-engine/user-guide/installation.html',
  },
  /** Share of weights that one AdamW step moves in bf16, on an H100. */
  bf16Rounding: {
    label:
      'torch 2.11 on an H100: one AdamW step in bf16 moves 2.2 % of N(0, 0.02) weights at 1e-6, 17 % at 1e-5, 89 % at 1e-4',
  },
  /** AdamW on fp16 weights, on an H100. */
  adamFp16: {
    label:
      'torch 2.11 on an H100: after 10 AdamW steps on fp16 weights, gradients near 1e-3, every second moment is 0; with foreach every weight is NaN',
  },
  /** A second moment in bf16 under beta2, on an H100. */
  adamBf16: {
    label:
      'torch 2.11 on an H100: after 3,000 AdamW steps without gradient a bf16 second moment is unchanged at beta2 0.999, gone at 0.99',
  },
  /** Training with and generating in different dtypes hurts reinforcement learning. */
  rolloutDtype: arxiv('2510.26788', 'trainer and rollout must agree in dtype'),
  /** Small updates round away in bf16 weights. */
  bf16Updates: arxiv('2010.06192', 'pure bf16 training loses small updates'),
  pyYaml: {
    label: 'PyYAML 6.0: what a safe load stops at',
    url: 'https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/scanner.py',
  },
  pythonJson: {
    label: 'Python 3.11 json: what a load stops at',
    url: 'https://github.com/python/cpython/blob/3.11/Lib/json/decoder.py',
  },
} as const satisfies Readonly<Record<string, Citation>>;

/** A source given as text: an issue (`owner/name#1`) or an arXiv number in it becomes a link. */
export function citationOf(text: string): Citation {
  const issue = /^([\w.-]+\/[\w.-]+)#(\d+)$/.exec(text);
  if (issue !== null)
    return { label: text, url: `https://github.com/${issue[1]}/issues/${issue[2]}` };
  const paper = /arXiv (\d{4}\.\d{4,5})/.exec(text)?.[1];
  return paper === undefined
    ? { label: text }
    : { label: text, url: `https://arxiv.org/abs/${paper}` };
}
