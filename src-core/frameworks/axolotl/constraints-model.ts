import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption } from '../constraint.ts';
import {
  attentionOf,
  bf16On,
  capabilityOf,
  clash,
  FLASH,
  LEGACY_ATTENTION,
  rejects,
  torchBefore,
  VARLEN,
  wrong,
} from './facts.ts';

const VALIDATION = 'utils/schemas/validation.py';
const CONFIG = 'utils/schemas/config.py';
const BACKENDS = [
  'eager',
  'sdpa',
  'flash_attention_2',
  'flash_attention_3',
  'flex_attention',
  'xformers',
  'sage',
  'fp8',
];
const SHORT: Readonly<Record<string, string>> = {
  flash: 'flash_attention_2',
  flex: 'flex_attention',
  sdp: 'sdpa',
};

const attention = lazy((): readonly Constraint[] => [
  {
    ...rejects('attention-name', CONFIG, (c) => {
      const name = c.text('attn_implementation');
      if (name === undefined || BACKENDS.includes(name) || name.includes('/')) return undefined;
      const short = SHORT[name];
      const near = short === undefined ? closest(name, BACKENDS) : [short];
      return wrong(
        ['attn_implementation'],
        say`\`attn_implementation\` cannot be \`${name}\`: one of ${BACKENDS.join(', ')}, or the path of a kernel on the hub`,
        near.map((one) => setOption('attn_implementation', one)),
      );
    }),
    rule: 'bad-choice',
  },
  rejects('attention-twice', CONFIG, (c) => {
    const old = LEGACY_ATTENTION.find(([flag]) => c.on(flag))?.[0];
    if (old === undefined || !c.on('attn_implementation')) return undefined;
    return wrong(
      [old, 'attn_implementation'],
      say`\`${old}\` is an old name of \`attn_implementation\`, which is set too`,
      [removeOption(old)],
    );
  }),
  rejects('gemma4-hybrid', CONFIG, (c) => {
    const key = 'attn_implementation';
    if (!c.on('gemma4_hybrid_attn_impl') || !c.on(key) || c.is(key, 'flash_attention_2'))
      return undefined;
    return wrong(
      [key, 'gemma4_hybrid_attn_impl'],
      say`\`gemma4_hybrid_attn_impl\` runs the sliding-window layers under flash_attention_2`,
      [setOption(key, 'flash_attention_2')],
    );
  }),
  rejects('scaling-softmax', VALIDATION, (c) => {
    const { name, key, unsure } = attentionOf(c);
    if (!c.on('scaling_softmax') || unsure || name === 'flex_attention') return undefined;
    return wrong(
      ['scaling_softmax', key],
      say`\`scaling_softmax\` needs \`attn_implementation: flex_attention\``,
      key === 'attn_implementation'
        ? [setOption(key, 'flex_attention'), removeOption('scaling_softmax')]
        : [removeOption('scaling_softmax')],
    );
  }),
  rejects('batch-flattening', VALIDATION, (c) => {
    if (!c.on('batch_flattening') || c.is('batch_flattening', 'auto')) return undefined;
    const { name, key, unsure } = attentionOf(c);
    if (unsure) return undefined;
    if (name === undefined || !VARLEN.has(name))
      return wrong(
        ['batch_flattening', key],
        say`\`batch_flattening\` needs attention over sequences of different lengths, such as flash_attention_2`,
        name === undefined ? [setOption(key, 'flash_attention_2')] : [],
      );
    if (!c.on('sample_packing')) return undefined;
    return clash(
      ['batch_flattening', 'sample_packing'],
      say`\`batch_flattening\` is for samples that are not packed`,
    );
  }),
  rejects('context-parallel', VALIDATION, (c) => {
    const keys = ['context_parallel_size', 'sequence_parallel_degree'] as const;
    const key = c.on(keys[0]) ? keys[0] : keys[1];
    if ((c.number(key) ?? 1) <= 1) return undefined;
    if (c.plugin('KernelsPlugin') && c.on('use_glm_dsa_kernels')) return undefined;
    const { name, key: by, unsure } = attentionOf(c);
    if (unsure) return undefined;
    if (name === undefined || !FLASH.has(name))
      return wrong(
        [key, by],
        say`\`${key}\` above 1 needs \`attn_implementation: flash_attention_2\` or \`flash_attention_3\``,
        by === 'attn_implementation' ? [setOption(by, 'flash_attention_2')] : [],
      );
    if (!c.on('sample_packing') || (c.number('micro_batch_size') ?? 1) <= 1) return undefined;
    return wrong(
      ['micro_batch_size', key, 'sample_packing'],
      say`packed samples with \`${key}\` need \`micro_batch_size: 1\``,
      [setOption('micro_batch_size', 1)],
    );
  }),
]);

const checkpointing = lazy((): readonly Constraint[] => [
  rejects('mpt-checkpointing', VALIDATION, (c) => {
    if (!c.on('gradient_checkpointing') || !/mpt/i.test(c.text('base_model') ?? ''))
      return undefined;
    return wrong(
      ['gradient_checkpointing', 'base_model'],
      say`gradient checkpointing does not work for MPT models`,
      [removeOption('gradient_checkpointing')],
    );
  }),
  rejects('nemotron-checkpointing', VALIDATION, (c) => {
    if (!c.on('gradient_checkpointing') || !c.off('sample_packing')) return undefined;
    if (!/nemotron-h/i.test(c.text('base_model') ?? '')) return undefined;
    return wrong(
      ['gradient_checkpointing', 'base_model'],
      say`gradient checkpointing of Nemotron-H needs \`sample_packing: true\`, which patches the model`,
      [setOption('sample_packing', true), removeOption('gradient_checkpointing')],
    );
  }),
  rejects('offload-alone', VALIDATION, (c) => {
    if (!c.on('activation_offloading') || !c.off('gradient_checkpointing')) return undefined;
    return wrong(
      ['activation_offloading', 'gradient_checkpointing'],
      say`\`activation_offloading\` needs \`gradient_checkpointing\``,
      [setOption('gradient_checkpointing', true), removeOption('activation_offloading')],
    );
  }),
  rejects('selective-alone', VALIDATION, (c) => {
    if (!c.on('selective_checkpointing') || !c.off('gradient_checkpointing')) return undefined;
    return wrong(
      ['selective_checkpointing', 'gradient_checkpointing'],
      say`\`selective_checkpointing\` needs \`gradient_checkpointing\``,
      [setOption('gradient_checkpointing', true)],
    );
  }),
  rejects('selective-reentrant', VALIDATION, (c) => {
    if (!c.on('selective_checkpointing')) return undefined;
    if (!c.on('gradient_checkpointing_kwargs.use_reentrant')) return undefined;
    return wrong(
      ['gradient_checkpointing_kwargs', 'selective_checkpointing'],
      say`\`selective_checkpointing\` needs \`use_reentrant: false\``,
    );
  }),
  rejects('selective-offload', VALIDATION, (c) => {
    const key = 'activation_offloading';
    const disk = c.is('gradient_checkpointing', 'offload', 'offload_disk');
    if (!c.on('selective_checkpointing') || (!c.on(key) && !disk)) return undefined;
    if (!disk && c.is(key, 'hidden_states')) return undefined;
    return wrong(
      [disk ? 'gradient_checkpointing' : key, 'selective_checkpointing'],
      say`\`selective_checkpointing\` works with \`activation_offloading: hidden_states\` or none`,
      disk ? [] : [setOption(key, 'hidden_states'), removeOption(key)],
    );
  }),
  rejects('selective-matmul', VALIDATION, (c) => {
    if (!c.on('adapter')) return undefined;
    const products = ['aten::mm', 'aten::addmm', 'aten::matmul', 'aten::bmm'];
    const bad = (c.list('selective_checkpointing.save') ?? []).find(
      (one) =>
        typeof one === 'string' && one !== 'attention' && products.some((op) => op.includes(one)),
    );
    if (bad === undefined) return undefined;
    return wrong(
      ['selective_checkpointing.save', 'adapter'],
      say`\`${String(bad)}\` cannot be saved with an adapter: PEFT adds to the product in place`,
    );
  }),
  rejects('reentrant-frozen', VALIDATION, (c) => {
    const key = 'gradient_checkpointing_kwargs';
    if (!c.on('unfrozen_parameters')) return undefined;
    const always = c.get(`${key}.use_reentrant`) === true;
    const hidden = c.is('activation_offloading', 'hidden_states') && c.on(`${key}.use_reentrant`);
    if (!always && !hidden) return undefined;
    return wrong(
      [key, 'unfrozen_parameters'],
      say`a partly frozen model needs \`use_reentrant: false\``,
    );
  }),
  rejects('better-transformer', VALIDATION, (c) => {
    if (!c.is('flash_optimum', true, 1, 'true')) return undefined;
    if (!c.on('fp16') && !bf16On(c)) return undefined;
    return wrong(
      ['flash_optimum', 'bf16', 'fp16'],
      say`BetterTransformer does not work with mixed precision, and \`bf16\` is on unless it is written false`,
      [removeOption('flash_optimum')],
    );
  }),
]);

const hardware = lazy((): readonly Constraint[] => [
  rejects('fp8-card', CONFIG, (c, input) => {
    const capability = capabilityOf(input);
    if (!c.on('fp8') || capability === undefined || capability >= 9) return undefined;
    return wrong(
      ['fp8'],
      say`axolotl trains in fp8 on compute capability 9.0 and above, this card has ${capability.toFixed(1)}`,
      [removeOption('fp8')],
    );
  }),
  rejects('sage-card', CONFIG, (c, input) => {
    const capability = capabilityOf(input);
    const { name, key } = attentionOf(c);
    if (name !== 'sage' || capability === undefined) return undefined;
    if ([8, 8.6, 8.9, 9, 12].includes(capability)) return undefined;
    return wrong(
      [key],
      say`SageAttention knows compute capability 8.0, 8.6, 8.9, 9.0 and 12.0; this card has ${capability.toFixed(1)}`,
    );
  }),
  rejects('fp8-attention-card', CONFIG, (c, input) => {
    const capability = capabilityOf(input);
    if (!c.is('attn_implementation', 'fp8') || capability === undefined || capability >= 9)
      return undefined;
    return wrong(
      ['attn_implementation'],
      say`attention in fp8 needs compute capability 9.0, this card has ${capability.toFixed(1)}`,
    );
  }),
  rejects('fp8-attention-torch', CONFIG, (c, input) => {
    const torch = c.is('attn_implementation', 'fp8') && torchBefore(input, '2.11.0');
    if (!torch) return undefined;
    return wrong(
      ['attn_implementation'],
      say`attention in fp8 needs torch 2.11; here it is ${torch}`,
    );
  }),
  rejects('flex-torch', CONFIG, (c, input) => {
    const { name, key } = attentionOf(c);
    const torch = name === 'flex_attention' && torchBefore(input, '2.6.0');
    return torch && wrong([key], say`flex attention needs torch 2.6; here it is ${torch}`);
  }),
]);

/** Attention, checkpointing and what the card must be able to do. */
export const modelConstraints = lazy((): readonly Constraint[] => [
  ...attention(),
  ...checkpointing(),
  ...hardware(),
]);
