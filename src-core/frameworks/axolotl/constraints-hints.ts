import type { FixIntent } from '../../run/fix-intent.ts';
import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption } from '../constraint.ts';
import { attentionOf, FLASH, LEGACY_ATTENTION, notes, VARLEN, wrong } from './facts.ts';

const VALIDATION = 'utils/schemas/validation.py';
const CONFIG = 'utils/schemas/config.py';

/** Old names that axolotl still reads: it says so and goes on. */
const OLD_NAMES: readonly (readonly [old: string, now: string])[] = [
  ['noisy_embedding_alpha', 'neftune_noise_alpha'],
  ['dpo_beta', 'rl_beta'],
  ['evaluation_strategy', 'eval_strategy'],
  ['dataset_processes', 'dataset_num_proc'],
  ['pretrain_multipack_buffer_size', 'streaming_multipack_buffer_size'],
  ['sequence_parallel_degree', 'context_parallel_size'],
  ['liger_swiglu', 'liger_glu_activation'],
];

/** A fix that writes another key, and another value if one is given, where `old` stands. */
function instead(options: Options, old: string, key: string, to?: string): readonly FixIntent[] {
  const { origin } = options.get(old);
  if (origin.kind !== 'written') return [];
  return [
    {
      title: to === undefined ? say`Rename to \`${key}\`` : say`Write \`${key}: ${to}\``,
      safety: 'safe',
      changes: [
        { kind: 'rename', at: origin, to: key },
        ...(to === undefined ? [] : [{ kind: 'value' as const, at: origin, to }]),
      ],
    },
  ];
}

const names = lazy((): readonly Constraint[] => [
  ...OLD_NAMES.map(([old, now]) =>
    notes(`old-${old}`, 'utils/schemas/deprecated.py', 'info', 'renamed-key', (c, { options }) => {
      if (!c.set(old) || c.set(now)) return undefined;
      return wrong(
        [old],
        say`\`${old}\` is called \`${now}\` now; the old name still works`,
        instead(options, old, now),
      );
    }),
  ),
  ...LEGACY_ATTENTION.map(([old, name]) =>
    notes(`old-${old}`, CONFIG, 'info', 'renamed-key', (c, { options }) => {
      if (!c.on(old) || c.set('attn_implementation') || attentionOf(c).key !== old)
        return undefined;
      return wrong(
        [old],
        say`\`${old}: true\` is \`attn_implementation: ${name}\` now`,
        instead(options, old, 'attn_implementation', name),
      );
    }),
  ),
  ...(['role', 'content'] as const).map((part) =>
    notes(`message-${part}`, 'utils/schemas/utils.py', 'info', 'renamed-key', (_, { options }) => {
      const key = `SFTDataset.message_field_${part}`;
      if (!options.has(key)) return undefined;
      return wrong(
        [key],
        say`\`message_field_${part}\` still works; the mapping \`message_property_mappings\` takes its place`,
      );
    }),
  ),
  ...(
    [
      ['offload', true],
      ['offload_disk', 'disk'],
    ] as const
  ).map(([old, now]) =>
    notes(`checkpointing-${old}`, VALIDATION, 'info', 'renamed-key', (c) => {
      if (!c.is('gradient_checkpointing', old)) return undefined;
      return wrong(
        ['gradient_checkpointing'],
        say`\`gradient_checkpointing: ${old}\` is \`activation_offloading: ${now}\` beside \`gradient_checkpointing: true\` now`,
        [
          {
            title: say`Write \`activation_offloading: ${now}\``,
            safety: 'safe',
            changes: [
              { kind: 'option', key: 'gradient_checkpointing', to: true },
              { kind: 'option', key: 'activation_offloading', to: now },
            ],
          },
        ],
      );
    }),
  ),
]);

const training = lazy((): readonly Constraint[] => [
  notes('lora-4bit', 'loaders/model.py', 'warning', 'rejected-combination', (c) => {
    if (!c.is('adapter', 'lora') || !c.on('load_in_4bit') || c.on('load_in_8bit')) return undefined;
    if (c.on('quantize_moe_experts')) return undefined;
    return wrong(
      ['load_in_4bit', 'adapter'],
      say`\`load_in_4bit\` counts for \`adapter: qlora\` alone: with \`adapter: lora\` the weights are not quantised`,
      [setOption('adapter', 'qlora'), removeOption('load_in_4bit')],
    );
  }),
  notes('packing-attention', VALIDATION, 'warning', 'rejected-combination', (c) => {
    const { name, key, unsure } = attentionOf(c);
    if (unsure || !c.on('sample_packing') || name === 'sdpa' || name === 'eager') return undefined;
    if (name !== undefined && VARLEN.has(name)) return undefined;
    return wrong(
      ['sample_packing', key],
      name === undefined
        ? say`packed samples see each other unless \`attn_implementation\` names a backend that keeps them apart`
        : say`\`${name}\` does not keep packed samples apart`,
      [setOption('attn_implementation', 'flash_attention_2')],
    );
  }),
  notes('fp16-full-packing', VALIDATION, 'warning', 'rejected-combination', (c) => {
    const half = ['fp16', 'float16'].find((key) => c.on(key));
    // `bf16: auto` gives way to fp16 only after this is looked at.
    if (half === undefined || !c.set('bf16') || !c.off('bf16') || c.on('bfloat16'))
      return undefined;
    const { name, unsure } = attentionOf(c);
    if (
      unsure ||
      c.on('adapter') ||
      (name !== undefined && FLASH.has(name)) ||
      !c.on('sample_packing')
    )
      return undefined;
    return wrong(
      [half, 'sample_packing'],
      say`full fine-tuning on packed samples in fp16 without flash attention is likely to fail`,
    );
  }),
  notes('zero3-reentrant', VALIDATION, 'warning', 'rejected-combination', (c) => {
    const zero3 = c.text('deepspeed')?.includes('zero3');
    if (!c.is('adapter', 'qlora') || !zero3) return undefined;
    if (c.get('gradient_checkpointing_kwargs.use_reentrant') !== false) return undefined;
    return wrong(
      ['gradient_checkpointing_kwargs', 'deepspeed'],
      say`QLoRA under ZeRO-3 may fail with \`use_reentrant: false\`: recomputed tensors differ`,
    );
  }),
  notes('hub-unsaved', VALIDATION, 'warning', 'overridden-key', (c) => {
    if (!c.on('hub_model_id') || !c.set('save_strategy')) return undefined;
    if (c.is('save_strategy', 'steps', 'epoch', 'best')) return undefined;
    return wrong(['hub_model_id', 'save_strategy'], say`nothing is saved, so nothing is pushed`);
  }),
  notes('adam-options', VALIDATION, 'warning', 'overridden-key', (c) => {
    const key = ['adam_beta1', 'adam_beta2', 'adam_epsilon'].find((one) => c.on(one));
    const name = c.text('optimizer');
    if (key === undefined || name === undefined || /adam/i.test(name)) return undefined;
    return wrong([key, 'optimizer'], say`\`${key}\` is an option of AdamW, not of \`${name}\``);
  }),
  notes('flattening-one', VALIDATION, 'info', 'overridden-key', (c) => {
    if (c.get('batch_flattening') !== true || c.number('micro_batch_size') !== 1) return undefined;
    return wrong(
      ['batch_flattening', 'micro_batch_size'],
      say`one sample in a batch: there is nothing to flatten`,
    );
  }),
  notes('sage-full', CONFIG, 'warning', 'rejected-combination', (c) => {
    const { name, key } = attentionOf(c);
    if (name !== 'sage' || c.on('adapter')) return undefined;
    return wrong(
      [key],
      say`axolotl saw the loss of full fine-tuning drop to 0 under SageAttention`,
      [setOption('attn_implementation', 'flash_attention_2')],
    );
  }),
  notes('sage-padding', CONFIG, 'warning', 'rejected-combination', (c) => {
    const { name, key } = attentionOf(c);
    if (name !== 'sage' || c.on('sample_packing') || c.on('pad_to_sequence_len')) return undefined;
    return wrong(
      [key],
      say`axolotl saw the loss explode under SageAttention without \`pad_to_sequence_len\` or packing`,
      [setOption('pad_to_sequence_len', true)],
    );
  }),
  notes('norm-classes', CONFIG, 'warning', 'overridden-key', (c) => {
    if (!c.on('fp32_norm_classes') || c.on('fp32_norms')) return undefined;
    return wrong(
      ['fp32_norm_classes'],
      say`\`fp32_norm_classes\` counts with \`fp32_norms\` alone`,
      [removeOption('fp32_norm_classes')],
    );
  }),
  notes('varlen-unpacked', CONFIG, 'info', 'overridden-key', (c) => {
    if (!c.on('sdpa_varlen') || c.on('sample_packing')) return undefined;
    return wrong(['sdpa_varlen'], say`\`sdpa_varlen\` is for packed samples`);
  }),
  notes('grouped-backend', 'integrations/kernels/args.py', 'warning', 'overridden-key', (c) => {
    if (!c.plugin('KernelsPlugin') || !c.on('moe_grouped_backend')) return undefined;
    if (c.on('dsv4_fp4_grouped_mode')) return undefined;
    return wrong(
      ['moe_grouped_backend'],
      say`\`moe_grouped_backend\` counts with \`dsv4_fp4_grouped_mode: nvfp4\` alone`,
    );
  }),
  notes('cudagraphs', CONFIG, 'warning', 'rejected-combination', (c) => {
    const options = c.get('torch_compile_options');
    const on = typeof options === 'object' && options !== null && 'triton.cudagraphs' in options;
    if (!on || !c.on('sample_packing')) return undefined;
    return wrong(
      ['torch_compile_options', 'sample_packing'],
      say`CUDA graphs need inputs of one shape, packed samples differ`,
    );
  }),
]);

/** What axolotl warns of, or rewrites, before it goes on. */
export const hintConstraints = lazy((): readonly Constraint[] => [...names(), ...training()]);
