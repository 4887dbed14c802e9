import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption } from '../constraint.ts';
import { wrapViolation } from '../hf/fsdp-wrap.ts';
import type { Cfg } from './cfg.ts';
import {
  clash,
  fsdpOn,
  fsdpOption,
  fsdpVersion,
  mayBeFsdp2,
  rejects,
  torchBefore,
  worldOf,
  wrong,
} from './facts.ts';

const VALIDATION = 'utils/schemas/validation.py';
const CONFIG = 'utils/schemas/config.py';

/** Optimizers that work with FSDP2 or none. */
const FSDP2_ONLY = (c: Cfg): string | undefined => {
  const name = c.text('optimizer') ?? '';
  return name === 'muon' || name === 'q_galore_adamw8bit' || name.startsWith('flash_')
    ? name
    : undefined;
};

const optimizers = lazy((): readonly Constraint[] => [
  rejects('optimizer-deepspeed', VALIDATION, (c) => {
    const name = FSDP2_ONLY(c);
    if (name === undefined || !c.on('deepspeed')) return undefined;
    return wrong(['optimizer', 'deepspeed'], say`\`${name}\` does not work with DeepSpeed`, [
      removeOption('deepspeed'),
    ]);
  }),
  rejects('optimizer-fsdp1', VALIDATION, (c) => {
    const name = FSDP2_ONLY(c);
    if (name === undefined || c.on('deepspeed') || !fsdpOn(c) || mayBeFsdp2(c)) return undefined;
    return wrong(
      ['optimizer', 'fsdp_version', 'fsdp_config'],
      say`\`${name}\` works with FSDP2 only: set \`fsdp_version: 2\``,
      [setOption('fsdp_version', 2)],
    );
  }),
  rejects('qgalore-adapter', VALIDATION, (c) => {
    if (!c.is('optimizer', 'q_galore_adamw8bit') || !c.on('adapter')) return undefined;
    return clash(
      ['optimizer', 'adapter'],
      say`Q-GaLore projects the gradients of whole weights, which an adapter does not train`,
    );
  }),
  rejects('qgalore-orig-params', VALIDATION, (c) => {
    if (!c.is('optimizer', 'q_galore_adamw8bit') || !fsdpOn(c) || fsdpVersion(c) !== '2')
      return undefined;
    if (c.get(fsdpOption(c, 'use_orig_params')) === true) return undefined;
    return wrong(
      ['optimizer', 'fsdp_config'],
      say`Q-GaLore with FSDP needs \`fsdp_config.use_orig_params: true\``,
    );
  }),
  rejects('offload-8bit', VALIDATION, (c) => {
    const name = c.text('optimizer') ?? '';
    if (!c.set('fsdp_config') || !name.includes('8bit') || mayBeFsdp2(c)) return undefined;
    if (!c.on(fsdpOption(c, 'offload_params'))) return undefined;
    return wrong(
      ['optimizer', fsdpOption(c, 'offload_params')],
      say`\`${name}\` has no states on the CPU: FSDP cannot offload with it`,
    );
  }),
  rejects('fsdp2-8bit', VALIDATION, (c) => {
    if (!c.set('fsdp_config') || fsdpVersion(c) !== '2') return undefined;
    if (!c.is('optimizer', 'adamw_8bit', 'adamw_bnb_8bit')) return undefined;
    return wrong(
      ['optimizer', 'fsdp_version'],
      say`\`${c.text('optimizer')}\` of bitsandbytes does not work with FSDP2`,
      [setOption('optimizer', 'adamw_torch_8bit')],
    );
  }),
  rejects('adopt-torch', CONFIG, (c, input) => {
    const name = c.text('optimizer') ?? '';
    const torch = name.includes('adopt') ? torchBefore(input, '2.5.1') : undefined;
    if (torch === undefined) return undefined;
    return wrong(['optimizer'], say`\`${name}\` needs torch 2.5.1; here it is ${torch}`);
  }),
]);

const sharding = lazy((): readonly Constraint[] => [
  rejects('fsdp-deepspeed', VALIDATION, (c) => {
    if (!c.on('deepspeed') || !c.on('fsdp')) return undefined;
    return clash(['fsdp', 'deepspeed'], say`DeepSpeed and FSDP exclude each other`);
  }),
  rejects('fsdp2-quantised-rl', VALIDATION, (c) => {
    // Compared with the number 2: a version in quotes passes.
    const inner = c.on('fsdp_version') ? 'fsdp_version' : 'fsdp_config.fsdp_version';
    const two = c.is(inner, 2) || (!c.on('fsdp_version') && c.is('fsdp_config.version', 2));
    const bits = ['load_in_8bit', 'load_in_4bit'].find((key) => c.on(key));
    if (!two || bits === undefined || !c.is('rl', 'dpo', 'kto', 'orpo', 'ipo')) return undefined;
    return wrong(
      [bits, 'fsdp_version', 'rl'],
      say`FSDP2 does not work with \`${bits}\` for \`rl: ${c.text('rl')}\`: use DeepSpeed or FSDP1`,
      [removeOption(bits)],
    );
  }),
  rejects('pin-memory', VALIDATION, (c) => {
    if (c.get(fsdpOption(c, 'cpu_offload_pin_memory')) !== false) return undefined;
    if (!mayBeFsdp2(c))
      return wrong(
        [fsdpOption(c, 'cpu_offload_pin_memory'), 'fsdp_version'],
        say`FSDP1 always pins offloaded memory: \`cpu_offload_pin_memory: false\` needs FSDP2`,
        [setOption('fsdp_version', 2)],
      );
    if (c.on(fsdpOption(c, 'offload_params'))) return undefined;
    return wrong(
      [fsdpOption(c, 'cpu_offload_pin_memory')],
      say`\`cpu_offload_pin_memory: false\` needs \`offload_params: true\` in \`fsdp_config\``,
    );
  }),
  rejects('size-wrap', 'utils/schemas/fsdp.py', (c) => {
    if (!c.is(fsdpOption(c, 'auto_wrap_policy'), 'SIZE_BASED_WRAP')) return undefined;
    const key = fsdpOption(c, 'min_num_params');
    if (c.set(key) && (c.number(key) ?? 1) >= 1) return undefined;
    return wrong(
      [fsdpOption(c, 'auto_wrap_policy')],
      say`\`SIZE_BASED_WRAP\` needs \`min_num_params\` of at least 1 in \`fsdp_config\``,
    );
  }),
  rejects('wrap-class', 'utils/trainer.py', (c, input) => {
    const isByLayer = c.is(fsdpOption(c, 'auto_wrap_policy'), 'TRANSFORMER_BASED_WRAP');
    const key = 'FSDPConfig.transformer_layer_cls_to_wrap';
    if (!isByLayer || !input.options.has(key)) return undefined;
    return wrapViolation(input.options.text(key), input);
  }),
  rejects('fp32-norms', CONFIG, (c) => {
    if (!c.on('fp32_norms')) return undefined;
    if (!c.set('fsdp_config'))
      return wrong(
        ['fp32_norms'],
        say`\`fp32_norms\` is a way to shard: it needs an \`fsdp_config\``,
        [removeOption('fp32_norms')],
      );
    if (mayBeFsdp2(c)) return undefined;
    return wrong(
      ['fp32_norms', 'fsdp_version'],
      say`\`fp32_norms\` needs \`fsdp_version: 2\`: FSDP1 shards weights of one dtype`,
      [setOption('fsdp_version', 2)],
    );
  }),
  rejects('fp8-all-gather', VALIDATION, (c) => {
    const key = 'fp8_enable_fsdp_float8_all_gather';
    if (!c.on(key) || c.is('fsdp_version', 2)) return undefined;
    return wrong(
      [key, 'fsdp_version'],
      say`\`${key}\` needs \`fsdp_version: 2\` at the top level`,
      [setOption('fsdp_version', 2), removeOption(key)],
    );
  }),
  rejects('falcon-fsdp', VALIDATION, (c) => {
    if (!c.on('fsdp') || !/falcon/i.test(c.text('base_model') ?? '')) return undefined;
    return wrong(['fsdp', 'base_model'], say`FSDP does not work for falcon models`, [
      removeOption('fsdp'),
    ]);
  }),
  rejects('mxfp4-loading', VALIDATION, (c) => {
    if (!c.is('model_quantization_config', 'Mxfp4Config')) return undefined;
    const key = 'cpu_ram_efficient_loading';
    if (c.get(fsdpOption(c, key)) !== true) return undefined;
    return wrong(
      [fsdpOption(c, key), 'model_quantization_config'],
      say`\`${key}\` does not work for mxfp4 checkpoints`,
    );
  }),
  rejects('lora-kernels-fsdp1', CONFIG, (c, input) => {
    const kernel = ['lora_mlp_kernel', 'lora_qkv_kernel', 'lora_o_kernel', 'lora_embedding_kernel'];
    const on = kernel.find((key) => c.on(key));
    if (on === undefined || !c.set('fsdp_config') || (worldOf(input, c) ?? 1) <= 1)
      return undefined;
    if (String(c.get('fsdp_version')) === '2') return undefined;
    return wrong([on, 'fsdp_version'], say`\`${on}\` does not work with FSDP1`, [
      setOption('fsdp_version', 2),
      removeOption(on),
    ]);
  }),
  rejects('fsdp2-torch', CONFIG, (c, input) => {
    const torch = torchBefore(input, '2.7.0');
    if (torch === undefined || !c.on('fsdp_config') || String(c.get('fsdp_version')) !== '2')
      return undefined;
    return wrong(['fsdp_version'], say`FSDP2 needs torch 2.7; here it is ${torch}`);
  }),
  rejects('deepcompile', VALIDATION, (c) => {
    if (!c.on('deepcompile') || !c.off('deepspeed')) return undefined;
    return wrong(['deepcompile'], say`\`deepcompile\` is a part of DeepSpeed, which is not set`, [
      removeOption('deepcompile'),
    ]);
  }),
]);

const machine = lazy((): readonly Constraint[] => [
  rejects('memory-twice', VALIDATION, (c) => {
    if (!c.on('max_memory') || !c.on('gpu_memory_limit')) return undefined;
    return clash(
      ['gpu_memory_limit', 'max_memory'],
      say`\`max_memory\` and \`gpu_memory_limit\` exclude each other`,
    );
  }),
  rejects('prefetch-without-workers', 'core/builders/base.py', (c) => {
    const [key, workers] = ['dataloader_prefetch_factor', 'dataloader_num_workers'] as const;
    if (!c.set(key) || !c.off(workers)) return undefined;
    return wrong(
      [key, workers],
      say`dataloader_prefetch_factor needs worker processes: dataloader_num_workers is 0`,
      [removeOption(key), setOption(workers, 2)],
    );
  }),
  rejects('compile-options', CONFIG, (c) => {
    const key = 'torch_compile_options';
    if (!c.set(key) || !c.off('torch_compile')) return undefined;
    return wrong([key], say`\`${key}\` needs \`torch_compile\``, [
      setOption('torch_compile', true),
      removeOption(key),
    ]);
  }),
  ...['load_in_8bit', 'load_in_4bit'].map((key) =>
    rejects(`qat-${key}`, CONFIG, (c) => {
      if (!c.on('qat') || !c.on(key)) return undefined;
      return clash(['qat', key], say`quantisation-aware training takes no \`${key}\` weights`);
    }),
  ),
  rejects('qat-peft', CONFIG, (c) => {
    if (!c.on('qat') || !c.on('peft')) return undefined;
    return clash(['qat', 'peft'], say`QAT and PEFT exclude each other`);
  }),
  rejects('qat-torch', CONFIG, (c, input) => {
    const torch = c.on('qat') ? torchBefore(input, '2.6.0') : undefined;
    return torch && wrong(['qat'], say`QAT needs torch 2.6; here it is ${torch}`);
  }),
]);

/** Optimizers, sharding, compilation and memory. */
export const systemConstraints = lazy((): readonly Constraint[] => [
  ...optimizers(),
  ...sharding(),
  ...machine(),
]);
