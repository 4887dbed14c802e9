import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption } from '../constraint.ts';
import { bf16On, clash, rejects, wrong } from './facts.ts';

const VALIDATION = 'utils/schemas/validation.py';
const CONFIG = 'utils/schemas/config.py';
const BATCH = ['micro_batch_size', 'gradient_accumulation_steps', 'batch_size'] as const;

const batch = lazy((): readonly Constraint[] => [
  rejects('no-model', 'utils/schemas/model.py', (c) =>
    c.get('base_model') === undefined
      ? wrong(['base_model'], say`the config names no \`base_model\``)
      : undefined,
  ),
  rejects('no-learning-rate', 'utils/schemas/training.py', (c) =>
    c.get('learning_rate') === undefined
      ? wrong(
          ['learning_rate'],
          say`the config has no \`learning_rate\`, and axolotl no default for it`,
        )
      : undefined,
  ),
  rejects('batch-fields', VALIDATION, (c) => {
    const sure = BATCH.filter((key) => c.off(key)).length;
    const written = BATCH.find((key) => c.set(key)) ?? 'micro_batch_size';
    if (sure < 2) return undefined;
    return wrong(
      [written],
      say`two of \`micro_batch_size\`, \`gradient_accumulation_steps\` and \`batch_size\` must be written`,
      c.off('gradient_accumulation_steps') && c.off('batch_size')
        ? [setOption('gradient_accumulation_steps', 1)]
        : [setOption('micro_batch_size', 1)],
    );
  }),
  rejects('batch-twice', VALIDATION, (c) => {
    if (!c.on('gradient_accumulation_steps') || !c.on('batch_size')) return undefined;
    return clash(
      ['batch_size', 'gradient_accumulation_steps'],
      say`\`batch_size\` and \`gradient_accumulation_steps\` say the same: write one of them`,
    );
  }),
  rejects('warmup-twice', VALIDATION, (c) => {
    if (!c.on('warmup_steps') || !c.on('warmup_ratio')) return undefined;
    return clash(
      ['warmup_ratio', 'warmup_steps'],
      say`\`warmup_steps\` and \`warmup_ratio\` exclude each other`,
    );
  }),
  rejects('neftune-twice', VALIDATION, (c) => {
    if (!c.on('noisy_embedding_alpha') || !c.on('neftune_noise_alpha')) return undefined;
    return wrong(
      ['noisy_embedding_alpha', 'neftune_noise_alpha'],
      say`\`noisy_embedding_alpha\` is the old name of \`neftune_noise_alpha\`: both are set`,
      [removeOption('noisy_embedding_alpha')],
    );
  }),
  rejects('neftune-negative', VALIDATION, (c) => {
    const key = c.on('noisy_embedding_alpha') ? 'noisy_embedding_alpha' : 'neftune_noise_alpha';
    const alpha = c.number(key);
    if (alpha === undefined || alpha > 0) return undefined;
    return wrong([key], say`\`${key}\` must be greater than 0`, [removeOption(key)]);
  }),
  rejects('buffer-twice', VALIDATION, (c) => {
    const [old, now] = ['pretrain_multipack_buffer_size', 'streaming_multipack_buffer_size'];
    if (!c.on(old) || !c.on(now)) return undefined;
    return wrong([old, now], say`\`${old}\` is the old name of \`${now}\`: both are set`, [
      removeOption(old),
    ]);
  }),
]);

const saving = lazy((): readonly Constraint[] => [
  rejects('save-strategy-steps', VALIDATION, (c) => {
    if (!c.on('save_strategy') || !c.on('save_steps') || c.is('save_strategy', 'steps'))
      return undefined;
    return clash(
      ['save_strategy', 'save_steps'],
      say`\`save_steps\` needs \`save_strategy: steps\` or none`,
      [setOption('save_strategy', 'steps')],
    );
  }),
  rejects('saves-twice', VALIDATION, (c) => {
    if (!c.on('saves_per_epoch') || !c.on('save_steps')) return undefined;
    return clash(
      ['save_steps', 'saves_per_epoch'],
      say`\`save_steps\` and \`saves_per_epoch\` exclude each other`,
    );
  }),
  rejects('save-best-metric', CONFIG, (c) => {
    if (!c.is('save_strategy', 'best') || !c.off('metric_for_best_model')) return undefined;
    return wrong(['save_strategy'], say`\`save_strategy: best\` needs \`metric_for_best_model\``, [
      setOption('metric_for_best_model', 'eval_loss'),
    ]);
  }),
  rejects('no-safetensors', 'utils/schemas/model.py', (c) => {
    if (c.get('save_safetensors') !== false) return undefined;
    return wrong(['save_safetensors'], say`transformers 5 saves safetensors only`, [
      removeOption('save_safetensors'),
    ]);
  }),
  rejects('early-stopping-steps', VALIDATION, (c) => {
    if (!c.on('early_stopping_patience')) return undefined;
    const missing = ['save_steps', 'eval_steps'].filter((key) => c.off(key));
    if (missing.length === 0) return undefined;
    return wrong(
      ['early_stopping_patience', 'save_steps', 'eval_steps'],
      say`\`early_stopping_patience\` needs \`save_steps\` and \`eval_steps\`; ${missing.length > 1 ? say`\`save_steps\` and \`eval_steps\` are not set` : say`\`${missing[0]}\` is not set`}`,
      [removeOption('early_stopping_patience')],
    );
  }),
  rejects('early-stopping-multiple', VALIDATION, (c) => {
    const [save, evaluate] = [c.number('save_steps'), c.number('eval_steps')];
    if (!c.on('early_stopping_patience') || !save || !evaluate) return undefined;
    if (floorMod(save, evaluate) === 0) return undefined;
    return wrong(
      ['save_steps', 'eval_steps', 'early_stopping_patience'],
      say`with \`early_stopping_patience\`, \`save_steps\` must be a multiple of \`eval_steps\``,
      [removeOption('early_stopping_patience')],
    );
  }),
]);

/** Python's `a % b`; JavaScript's differs in sign alone, which does not matter against 0. */
function floorMod(a: number, b: number): number {
  return a % b;
}

const strategyKey = 'eval_strategy';

const evaluation = lazy((): readonly Constraint[] => [
  rejects('eval-strategy-steps', VALIDATION, (c) => {
    const key = c.set(strategyKey) ? strategyKey : 'evaluation_strategy';
    if (!c.on(key) || !c.on('eval_steps') || c.is(key, 'steps')) return undefined;
    return clash([key, 'eval_steps'], say`\`eval_steps\` needs \`${key}: steps\` or none`, [
      setOption(key, 'steps'),
    ]);
  }),
  rejects('eval-nothing', VALIDATION, (c) => {
    const key = c.set(strategyKey) ? strategyKey : 'evaluation_strategy';
    const size = c.get('val_set_size');
    if (size !== 0 && size !== false) return undefined;
    const asked = c.on('eval_steps') ? 'eval_steps' : c.on(key) ? key : undefined;
    const bench = c.on('do_bench_eval');
    if (asked === undefined || !c.off('test_datasets') || bench || c.is(key, 'no'))
      return undefined;
    return wrong(
      [asked, 'val_set_size'],
      say`\`${asked}\` asks for evaluation, and \`val_set_size: 0\` sets nothing aside for it`,
      [removeOption(asked)],
    );
  }),
  rejects('evals-twice', VALIDATION, (c) => {
    if (!c.on('evals_per_epoch') || !c.on('eval_steps')) return undefined;
    return clash(
      ['eval_steps', 'evals_per_epoch'],
      say`\`eval_steps\` and \`evals_per_epoch\` exclude each other`,
    );
  }),
  rejects('evals-per-epoch-strategy', VALIDATION, (c) => {
    const key = c.set(strategyKey) ? strategyKey : 'evaluation_strategy';
    if (!c.on('evals_per_epoch') || !c.on(key) || c.is(key, 'steps')) return undefined;
    return clash(
      [key, 'evals_per_epoch'],
      say`\`evals_per_epoch\` needs \`${key}: steps\` or none`,
      [setOption(key, 'steps')],
    );
  }),
  rejects('bench-without-evals', VALIDATION, (c) => {
    if (!c.on('do_bench_eval') || !c.off('evals_per_epoch') || !c.off('eval_steps'))
      return undefined;
    return wrong(
      ['do_bench_eval'],
      say`\`do_bench_eval\` needs \`evals_per_epoch\` or \`eval_steps\``,
      [setOption('evals_per_epoch', 1)],
    );
  }),
  rejects('eval-table-packing', VALIDATION, (c) => {
    if (!c.on('sample_packing') || !c.on('eval_table_size')) return undefined;
    if (c.is('eval_sample_packing', false)) return undefined;
    return wrong(
      ['eval_table_size', 'sample_packing', 'eval_sample_packing'],
      say`\`eval_table_size\` needs \`eval_sample_packing: false\` when samples are packed`,
      [setOption('eval_sample_packing', false), removeOption('eval_table_size')],
    );
  }),
  rejects('causal-eval-packing', VALIDATION, (c) => {
    if (!c.on('do_causal_lm_eval')) return undefined;
    // `eval_sample_packing` follows `sample_packing` where it is not written.
    const follows =
      !c.set('eval_sample_packing') && c.on('sample_packing') && c.off('eval_table_size');
    if (!c.on('eval_sample_packing') && !follows) return undefined;
    return wrong(
      ['do_causal_lm_eval', 'eval_sample_packing', 'sample_packing'],
      say`\`do_causal_lm_eval\` needs \`eval_sample_packing: false\``,
      [setOption('eval_sample_packing', false)],
    );
  }),
  rejects('causal-eval-metrics', VALIDATION, (c) => {
    const key = 'eval_causal_lm_metrics';
    if (!c.on(key)) return undefined;
    const list = c.list(key);
    if (list === undefined) return wrong([key], say`\`${key}\` takes a list`);
    const bad = list.find((one) => !METRICS.includes(String(one)));
    if (bad === undefined) return undefined;
    return wrong(
      [key],
      say`\`${key}\` does not know \`${String(bad)}\`: one of ${METRICS.join(', ')}`,
    );
  }),
  rejects('cce-half', 'integrations/cut_cross_entropy/args.py', (c) => {
    if (!c.plugin('CutCrossEntropyPlugin') || !c.on('cut_cross_entropy')) return undefined;
    if (!c.off('bf16') || !c.off('fp16')) return undefined;
    return wrong(
      ['cut_cross_entropy'],
      bf16On(c)
        ? say`Cut Cross Entropy asks for \`bf16\` or \`fp16\` in the config; leaving \`bf16\` to its default is not enough`
        : say`Cut Cross Entropy works in bf16 or fp16 only`,
      [setOption('bf16', 'auto')],
    );
  }),
]);

const METRICS = ['sacrebleu', 'comet', 'ter', 'chrf', 'perplexity'];

/** Batches, steps, saving and evaluation. */
export const scheduleConstraints = lazy((): readonly Constraint[] => [
  ...batch(),
  ...saving(),
  ...evaluation(),
]);
