import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption } from '../constraint.ts';
import { type Cfg, isMap } from './cfg.ts';
import { clash, rejects, setAdapter, wrong } from './facts.ts';
import { badRegex } from './regex.ts';

const PEFT = 'utils/schemas/peft.py';
const VALIDATION = 'utils/schemas/validation.py';
const CONFIG = 'utils/schemas/config.py';
const KERNELS = ['lora_mlp_kernel', 'lora_qkv_kernel', 'lora_o_kernel'] as const;
const BUILT_IN = ['lora', 'qlora', 'llama-adapter'];

/** An adapter that neither axolotl nor one of its own plugins has; other plugins may bring any. */
function strangeAdapter(c: Cfg): string | undefined {
  const name = c.text('adapter');
  if (name === undefined || name === '' || BUILT_IN.includes(name)) return undefined;
  if (name === 'mora' && c.plugin('MoraPlugin')) return undefined;
  const foreign = (c.list('plugins') ?? []).some((one) => !String(one).startsWith('axolotl.'));
  return foreign ? undefined : name;
}

const kinds = lazy((): readonly Constraint[] => [
  rejects('quantised-full', PEFT, (c) => {
    const bits = ['load_in_4bit', 'load_in_8bit'].find((key) => c.on(key));
    if (bits === undefined || !c.off('adapter') || !c.off('inference')) return undefined;
    return wrong(
      [bits],
      say`\`${bits}\` needs an \`adapter\`: quantised weights cannot be trained`,
      [setAdapter(c, bits === 'load_in_4bit' ? 'qlora' : 'lora'), removeOption(bits)],
    );
  }),
  {
    ...rejects('adapter-name', PEFT, (c) => {
      const name = strangeAdapter(c);
      const near = closest(name ?? '', BUILT_IN);
      if (name === undefined || (near.length === 0 && !c.on('plugins'))) return undefined;
      return wrong(
        ['adapter', 'plugins'],
        say`axolotl has no adapter \`${name}\`, and no plugin is listed that brings one`,
        near.map((one) => setOption('adapter', one)),
      );
    }),
    rule: 'bad-choice',
  },
  {
    ...rejects('adapter-plugin', PEFT, (c) => {
      const name = strangeAdapter(c);
      if (name === undefined || c.on('plugins') || closest(name, BUILT_IN).length > 0)
        return undefined;
      return wrong(
        ['adapter'],
        say`axolotl has no adapter \`${name}\` of its own: list the plugin that brings it in \`plugins\``,
      );
    }),
    rule: 'bad-choice',
    severity: 'warning',
  },
  ...(['load_in_8bit', 'gptq'] as const).map((key) =>
    rejects(`qlora-${key}`, PEFT, (c) => {
      if (!c.is('adapter', 'qlora') || !c.on(key)) return undefined;
      const what = key === 'gptq' ? say`a GPTQ model` : say`8-bit weights`;
      return wrong([key, 'adapter'], say`\`adapter: qlora\` is 4-bit, not ${what}`, [
        removeOption(key),
        setOption('adapter', 'lora'),
      ]);
    }),
  ),
  rejects('qlora-4bit', PEFT, (c) => {
    if (!c.is('adapter', 'qlora') || !c.off('merge_lora') || !c.off('load_in_4bit'))
      return undefined;
    return wrong(
      ['adapter', 'load_in_4bit'],
      say`\`adapter: qlora\` needs \`load_in_4bit: true\``,
      [setOption('load_in_4bit', true), setOption('adapter', 'lora')],
    );
  }),
  rejects('qlora-merge', PEFT, (c) => {
    if (!c.is('adapter', 'qlora') || !c.on('merge_lora') || !c.on('load_in_4bit')) return undefined;
    return clash(
      ['merge_lora', 'load_in_4bit'],
      say`an adapter cannot be merged into 4-bit weights`,
    );
  }),
  rejects('parameters-dropout', PEFT, (c) => {
    const dropout = c.number('lora_dropout');
    if (!c.on('lora_target_parameters') || !dropout) return undefined;
    return wrong(
      ['lora_dropout', 'lora_target_parameters'],
      say`PEFT has no dropout for \`lora_target_parameters\`: \`lora_dropout\` must be 0`,
      [setOption('lora_dropout', 0)],
    );
  }),
  rejects('onebit', VALIDATION, (c) => {
    if (!c.on('use_onebitllms') || !c.is('adapter', 'lora', 'qlora')) return undefined;
    return clash(['use_onebitllms', 'adapter'], say`1.58-bit training does not take LoRA`);
  }),
  rejects('fused-lora', VALIDATION, (c) => {
    if (!c.is('adapter', 'lora', 'qlora') || !c.on('flash_attn_fuse_mlp')) return undefined;
    return wrong(
      ['flash_attn_fuse_mlp', 'adapter'],
      say`fused modules have no layers that LoRA could be put on`,
      [removeOption('flash_attn_fuse_mlp')],
    );
  }),
  rejects('quantization-config', VALIDATION, (c) => {
    const bits = ['load_in_4bit', 'load_in_8bit'].find((key) => c.on(key));
    if (!c.on('model_quantization_config') || bits === undefined) return undefined;
    return clash(
      ['model_quantization_config', bits],
      say`\`model_quantization_config\` and \`${bits}\` both say how weights are quantised`,
    );
  }),
  rejects('gptq-revision', VALIDATION, (c) => {
    // The validator looks for the name below alone, not for its alias `model_revision`.
    if (!c.on('gptq') || !c.on('revision_of_model')) return undefined;
    return wrong(
      ['revision_of_model', 'gptq'],
      say`a GPTQ model cannot be loaded by its revision`,
      [removeOption('revision_of_model')],
    );
  }),
]);

const targets = lazy((): readonly Constraint[] => [
  rejects('lr-groups', VALIDATION, (c) => {
    if (!c.on('lr_groups') || !c.on('loraplus_lr_ratio')) return undefined;
    return clash(
      ['loraplus_lr_ratio', 'lr_groups'],
      say`LoRA+ and \`lr_groups\` exclude each other`,
    );
  }),
  rejects('frozen-layers', VALIDATION, (c) => {
    const [layers, names] = ['peft_layers_to_transform', 'unfrozen_parameters'] as const;
    if (!c.on('adapter') || !c.on(layers) || !c.on(names)) return undefined;
    return clash([names, layers], say`\`${names}\` and \`${layers}\` choose layers in two ways`);
  }),
  rejects('layers-pattern', VALIDATION, (c) => {
    if (!c.on('peft_layers_pattern') || !c.off('peft_layers_to_transform')) return undefined;
    return wrong(
      ['peft_layers_pattern'],
      say`\`peft_layers_pattern\` needs \`peft_layers_to_transform\``,
      [removeOption('peft_layers_pattern')],
    );
  }),
  rejects('target-regex', CONFIG, (c) => {
    const list = c.list('lora_target_modules') ?? [];
    const bad = list.find((one) => typeof one === 'string' && badRegex(one));
    if (bad === undefined) return undefined;
    return wrong(
      ['lora_target_modules'],
      say`\`${String(bad)}\` is no regular expression to Python`,
    );
  }),
  ...['lora_rank_pattern', 'lora_alpha_pattern'].map((key) =>
    rejects(key, PEFT, (c) => {
      const map = c.get(key);
      if (!isMap(map)) return undefined;
      const bad = Object.entries(map).find(([, value]) => !isPositiveInt(value));
      if (bad === undefined) return undefined;
      return wrong([key], say`\`${key}\` gives \`${bad[0]}\` no whole number above 0`);
    }),
  ),
]);

function isPositiveInt(value: unknown): boolean {
  if (value === true) return true;
  const number = typeof value === 'string' ? Number(value.trim() || Number.NaN) : value;
  return typeof number === 'number' && Number.isInteger(number) && number > 0;
}

const kernels = lazy((): readonly Constraint[] => [
  rejects('kernels-8bit', VALIDATION, (c) => {
    const kernel = KERNELS.find((key) => c.on(key));
    if (kernel === undefined || !c.is('adapter', 'lora') || !c.on('load_in_8bit')) return undefined;
    return clash([kernel, 'load_in_8bit'], say`\`${kernel}\` does not work on 8-bit weights`);
  }),
  rejects('kernels-remote-code', VALIDATION, (c) => {
    const kernel = KERNELS.find((key) => c.on(key));
    if (kernel === undefined || !c.on('trust_remote_code')) return undefined;
    return clash(
      [kernel, 'trust_remote_code'],
      say`\`${kernel}\` patches the model's code, which \`trust_remote_code\` takes from elsewhere`,
    );
  }),
  rejects('moe-quant', CONFIG, (c) => {
    const key = 'quantize_moe_experts';
    if (!c.on(key)) return undefined;
    if (c.on('lora_target_linear'))
      return clash(
        ['lora_target_linear', key],
        say`\`${key}\` takes \`lora_target_parameters\`, not \`lora_target_linear\``,
      );
    if (!c.is('adapter', 'lora', 'qlora'))
      return wrong([key], say`\`${key}\` needs \`adapter: lora\` or \`qlora\``, [
        removeOption(key),
      ]);
    if (c.off('load_in_4bit') && c.off('load_in_8bit'))
      return wrong([key], say`\`${key}\` needs \`load_in_4bit\` or \`load_in_8bit\``, [
        setOption('load_in_4bit', true),
      ]);
    return undefined;
  }),
]);

const relora = lazy((): readonly Constraint[] => [
  rejects('relora', VALIDATION, (c) => {
    if (!c.on('relora')) return undefined;
    if (c.off('jagged_restart_steps'))
      return wrong(['relora'], say`\`relora\` needs \`jagged_restart_steps\``);
    const adapter = c.text('adapter');
    if (c.off('adapter') || adapter === 'llama-adapter')
      return wrong(['relora', 'adapter'], say`ReLoRA merges and restarts a LoRA adapter`, [
        setAdapter(c, 'lora'),
      ]);
    const other = ['fsdp', 'fsdp_config', 'deepspeed', 'flash_attn_fuse_mlp'].find((key) =>
      key === 'fsdp_config' ? c.set(key) : c.on(key),
    );
    if (other !== undefined)
      return clash(['relora', other], say`ReLoRA does not work with \`${other}\``);
    if (!c.is('lr_scheduler', 'one_cycle')) return undefined;
    return wrong(
      ['lr_scheduler', 'relora'],
      say`ReLoRA restarts the schedule, which one_cycle does not allow`,
    );
  }),
]);

/** Adapters, quantised weights and the kernels made for them. */
export const adapterConstraints = lazy((): readonly Constraint[] => [
  ...kinds(),
  ...targets(),
  ...kernels(),
  ...relora(),
]);
