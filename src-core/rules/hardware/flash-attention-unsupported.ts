import { cite } from '../../facts/citations.ts';
import type { GpuRecord } from '../../facts/gpu.ts';
import type { FixIntent } from '../../run/fix-intent.ts';
import { isWritten, known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { say } from '../../text/message.ts';
import { switchToEager, switchToSdpa } from '../numerics/fixes.ts';
import { defineRule } from '../rule.ts';

/** Flash attention where the card, the dtype or the head size rules it out. */
export const flashAttentionUnsupported = defineRule({
  id: 'flash-attention-unsupported',
  group: 'hardware',
  severity: 'error',
  claim: 'framework',
  fix: 'suggestion',
  summary: 'asks for flash attention where it cannot run',
  cites: [cite.flashAttention],
  *check(run) {
    const kind = known(run.attention);
    if (kind !== 'flash_attention_2' && kind !== 'flash_attention_3') return;
    if (!isWritten(run.attention)) return; // A framework's own choice may give way by itself.
    const why = reason(run, kind);
    if (why === undefined) return;
    // LLaMA-Factory goes on without it where flash-attn is not installed, as on cards it is not for.
    const gpu = known(run.gpu);
    const card = gpu !== undefined && gpu !== null && !supports(gpu, kind);
    const severity = card && run.framework === 'llamafactory' ? 'warning' : 'error';
    yield { at: run.attention, severity, message: why, fixes: ways(run) };
  },
});

/** Megatron has no sdpa, and step by step fp16 scores overflow. */
function ways(run: TrainingRun): readonly FixIntent[] {
  if (run.parallel.engine.value !== 'megatron') return [switchToSdpa()];
  return run.computeDtype.value === 'float16' ? [] : [switchToEager()];
}

function reason(run: TrainingRun, kind: 'flash_attention_2' | 'flash_attention_3') {
  const name = kind === 'flash_attention_2' ? 'FlashAttention-2' : 'FlashAttention-3';
  const gpu = known(run.gpu);
  if (gpu && !supports(gpu, kind))
    return say`${name} does not run on ${gpu.name}: it needs ${
      kind === 'flash_attention_2' ? say`Ampere or newer` : say`Ampere, Ada or Hopper`
    }`;
  if (run.computeDtype.value === 'float32')
    return say`${name} takes fp16 and bf16 only, and this run computes in fp32`;
  const head = known(run.model)?.record?.arch?.headDim;
  if (head !== undefined && head > 256)
    return say`${name} takes heads of up to 256, and this model's have ${head}`;
  return undefined;
}

/**
 * Version 3 was made for Hopper and has run on Ampere and Ada since March 2025, built from source
 * (Dao-AILab/flash-attention#1049); transformers asks for compute capability 8
 * (modeling_flash_attention_utils.py).
 */
function supports(gpu: GpuRecord, kind: 'flash_attention_2' | 'flash_attention_3'): boolean {
  if (kind === 'flash_attention_2') return gpu.flashAttention2;
  return gpu.flashAttention3 || Math.floor(gpu.computeCapability ?? 8) === 8;
}
