import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption } from '../constraint.ts';
import { isMap } from './cfg.ts';
import { clash, rejects, wrong } from './facts.ts';

const VALIDATION = 'utils/schemas/validation.py';
const CONFIG = 'utils/schemas/config.py';

const datasets = lazy((): readonly Constraint[] => [
  rejects('no-dataset', VALIDATION, (c) => {
    if (c.set('datasets') || c.set('pretraining_dataset')) return undefined;
    return wrong(['datasets'], say`either \`datasets\` or \`pretraining_dataset\` is required`);
  }),
  ...['datasets', 'test_datasets', 'pretraining_dataset'].map((key) =>
    rejects(`${key}-empty`, CONFIG, (c) => {
      if (c.list(key)?.length !== 0) return undefined;
      return wrong([key], say`\`${key}\` needs at least one data set`);
    }),
  ),
  rejects('sharegpt', VALIDATION, (c) => {
    const gone = (c.list('datasets') ?? []).some(
      (one) => isMap(one) && typeof one.type === 'string' && one.type.startsWith('sharegpt'),
    );
    if (!gone) return undefined;
    return wrong(['datasets'], say`\`type: sharegpt\` is gone: use \`type: chat_template\``);
  }),
  rejects('dataset-jinja', 'utils/schemas/datasets.py', (c) => {
    if (c.is('rl', 'dpo', 'ipo', 'simpo', 'kto')) return undefined;
    const missing = (c.list('datasets') ?? []).some(
      (one) => isMap(one) && one.chat_template === 'jinja' && !one.chat_template_jinja,
    );
    if (!missing) return undefined;
    return wrong(
      ['datasets'],
      say`\`chat_template: jinja\` of a data set needs \`chat_template_jinja\``,
    );
  }),
  ...(['role', 'content'] as const).map((part) =>
    rejects(`message-${part}-twice`, 'utils/schemas/utils.py', (c) => {
      if (c.is('rl', 'dpo', 'ipo', 'simpo', 'kto')) return undefined;
      const old = `message_field_${part}`;
      const both = (c.list('datasets') ?? []).some((one) => {
        if (!isMap(one) || one[old] === undefined) return false;
        const mapping = one.message_property_mappings;
        return isMap(mapping) && mapping[part] !== undefined && mapping[part] !== one[old];
      });
      if (!both) return undefined;
      return wrong(
        ['datasets'],
        say`\`${old}\` and \`message_property_mappings.${part}\` of a data set name different fields`,
      );
    }),
  ),
  rejects('push-without-token', VALIDATION, (c) => {
    if (!c.on('push_dataset_to_hub') || c.is('hf_use_auth_token', true)) return undefined;
    return wrong(
      ['push_dataset_to_hub', 'hf_use_auth_token'],
      say`\`push_dataset_to_hub\` needs \`hf_use_auth_token: true\``,
      [setOption('hf_use_auth_token', true), removeOption('push_dataset_to_hub')],
    );
  }),
  rejects('val-and-test', VALIDATION, (c) => {
    if (!c.on('test_datasets') || !c.on('val_set_size')) return undefined;
    return clash(
      ['val_set_size', 'test_datasets'],
      say`\`val_set_size\` takes nothing aside when \`test_datasets\` are given: use one of them`,
    );
  }),
]);

const streaming = lazy((): readonly Constraint[] => [
  ...['pretraining_dataset', 'streaming'].flatMap((key) => [
    rejects(`${key}-without-max-steps`, VALIDATION, (c) => {
      if (!c.on(key) || !c.off('max_steps')) return undefined;
      return wrong(
        [key, 'max_steps'],
        say`\`${key}\` has no known length: \`max_steps\` must be set`,
      );
    }),
    rejects(`${key}-with-val-set`, VALIDATION, (c) => {
      if (!c.on(key) || !c.on('val_set_size')) return undefined;
      return wrong(
        ['val_set_size', key],
        say`\`val_set_size\` cannot be split off \`${key}\`: use \`test_datasets\``,
        [removeOption('val_set_size')],
      );
    }),
    rejects(`${key}-deduplication`, CONFIG, (c) => {
      if (!c.on('dataset_exact_deduplication') || !c.on(key)) return undefined;
      return clash(
        ['dataset_exact_deduplication', key],
        say`data that are streamed (\`${key}\`) cannot be deduplicated`,
      );
    }),
  ]),
  rejects('deduplication-unprepared', CONFIG, (c) => {
    if (!c.on('dataset_exact_deduplication') || !c.on('skip_prepare_dataset')) return undefined;
    return clash(
      ['dataset_exact_deduplication', 'skip_prepare_dataset'],
      say`duplicates are removed while data are prepared, which \`skip_prepare_dataset\` leaves out`,
    );
  }),
  rejects('packed-streams', VALIDATION, (c) => {
    const many = (c.list('datasets')?.length ?? 0) > 1;
    if (!c.on('streaming') || !c.on('sample_packing') || !many) return undefined;
    return wrong(
      ['sample_packing', 'streaming', 'datasets'],
      say`samples of several streamed data sets cannot be packed`,
      [removeOption('sample_packing'), removeOption('streaming')],
    );
  }),
  rejects('tokens-per-second', VALIDATION, (c) => {
    if (!c.on('pretraining_dataset') || !c.on('include_tokens_per_second')) return undefined;
    return wrong(
      ['include_tokens_per_second', 'pretraining_dataset'],
      say`\`include_tokens_per_second\` counts the data in advance, which \`pretraining_dataset\` does not allow`,
      [removeOption('include_tokens_per_second')],
    );
  }),
]);

const templates = lazy((): readonly Constraint[] => [
  rejects('jinja', VALIDATION, (c) => {
    if (!c.is('chat_template', 'jinja') || !c.off('chat_template_jinja')) return undefined;
    return wrong(['chat_template'], say`\`chat_template: jinja\` needs \`chat_template_jinja\``);
  }),
  ...[
    'added_tokens_overrides',
    'special_tokens',
    'tokens',
    'chat_template',
    'processor_kwargs',
  ].map((key) =>
    rejects(`mistral-common-${key}`, VALIDATION, (c) => {
      if (!c.on('tokenizer_use_mistral_common') || !c.on(key)) return undefined;
      return clash(
        [key, 'tokenizer_use_mistral_common'],
        say`the tokenizer of mistral-common does not take \`${key}\``,
      );
    }),
  ),
  rejects('processor-reserved', 'utils/schemas/model.py', (c) => {
    const kwargs = c.get('processor_kwargs');
    if (!isMap(kwargs)) return undefined;
    const key = ['revision', 'trust_remote_code'].find((one) => Object.hasOwn(kwargs, one));
    if (key === undefined) return undefined;
    const own = key === 'revision' ? 'revision_of_model' : key;
    return wrong(
      ['processor_kwargs'],
      say`\`${key}\` cannot stand in \`processor_kwargs\`: write \`${own}\` at the top level`,
    );
  }),
]);

/** Data sets, streaming and templates. */
export const dataConstraints = lazy((): readonly Constraint[] => [
  ...datasets(),
  ...streaming(),
  ...templates(),
]);
