import { field, fieldsOf, isLaunchFlag, merge, read } from './shared.mjs';

const ARGS = 'src/accelerate/commands/config/config_args.py:117';

/** Old keys that reading a file converts. */
const CONVERTED = [field('fp16', 'bool', false, ARGS), field('dynamo_backend', 'str', 'NO', ARGS)];

/** Reading a file fills in every key but one that the class itself requires. */
const fillIn = (item) =>
  item.required && item.name !== 'distributed_type' && !/^ec2|profile|region/.test(item.name)
    ? { ...item, required: false, default: FILLED[item.name] }
    : item;
const FILLED = {
  compute_environment: 'LOCAL_MACHINE',
  mixed_precision: null,
  use_cpu: false,
  debug: false,
};

export function accelerate(folder) {
  const data = read(folder, 'accelerate');
  const launch = data.launchFlags.filter(isLaunchFlag);
  const byName = new Map(launch.map((item) => [item.name, item]));
  const nestedFields = (id) =>
    Object.entries(data.nestedKeys[id]).map(
      ([name, at]) => byName.get(name) ?? field(name, 'Any', undefined, at),
    );
  // Any launch flag that starts with the section's prefix is read from the section too.
  const prefixed = (prefix) => launch.filter((item) => item.name.startsWith(prefix));
  const common = { lost: [], renames: [] };
  const sections = {
    fsdp_config: prefixed('fsdp_'),
    deepspeed_config: launch.filter((item) =>
      /^(deepspeed_|zero|offload_|gradient_)/.test(item.name),
    ),
    fp8_config: prefixed('fp8_'),
    dynamo_config: prefixed('dynamo_'),
    megatron_lm_config: prefixed('megatron_lm_'),
    parallelism_config: prefixed('parallelism_config_'),
    mpirun_config: prefixed('mpirun_'),
  };
  return {
    framework: 'accelerate',
    package: 'accelerate',
    version: '1.15.0',
    origin: 'accelerate 1.15.0.dev0 (16cb6eb8)',
    history: 'accelerate',
    scopes: [
      {
        ...common,
        id: 'config',
        title: 'accelerate config',
        fields: merge(fieldsOf(data, ['ClusterConfig']), CONVERTED)
          .map(fillIn)
          .map((item) => (sections[item.name] ? { ...item, nested: item.name } : item)),
        history: ['ClusterConfig'],
        renames: [],
        unknown: 'raise',
        names: 'exact',
      },
      {
        ...common,
        id: 'sagemaker',
        title: 'accelerate config (SageMaker)',
        fields: merge(fieldsOf(data, ['SageMakerConfig']), CONVERTED).map(fillIn),
        history: ['SageMakerConfig'],
        unknown: 'raise',
        names: 'exact',
      },
      ...Object.entries(sections).map(([id, more]) => ({
        ...common,
        id,
        title: id,
        // The launcher's flags are strings; the file may say true, 8 or "true".
        fields: merge(nestedFields(id), more).map((item) => ({
          ...item,
          type: `${item.type} | Any`,
        })),
        renames: id === 'fsdp_config' ? ['accelerateFsdp'] : [],
        unknown: 'drop',
        names: 'exact',
      })),
      {
        ...common,
        id: 'launch',
        title: 'accelerate launch',
        fields: launch,
        unknown: 'raise',
        names: 'hf',
      },
      ...Object.keys(data.classes)
        .filter((name) => !/^(ClusterConfig|SageMakerConfig)$/.test(name))
        .map((name) => ({
          ...common,
          id: name,
          title: name,
          fields: fieldsOf(data, [name]),
          history: [name],
          unknown: 'raise',
          names: 'exact',
        })),
    ],
  };
}
