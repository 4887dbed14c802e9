// What the copy of a framework's source that lies with a config declares, whatever its release has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze, type Language } from '../../src-core/index.ts';

/** What is said of a file, by rule and the words it is of, beside these files. */
function told(text: string, language: Language, files: Record<string, string>) {
  const analysis = analyze({
    file: { path: `x.${language}`, text, language },
    settings: {},
    files: new Map(Object.entries(files)),
  });
  const said = analysis.findings.map(
    ({ rule, severity, message }) =>
      `${severity} ${rule} ${/`([^`]*)`/.exec(String(message))?.[1]}`,
  );
  return { said, wanted: analysis.wanted };
}

const FACTORY = `model_name_or_path: Qwen/Qwen2.5-7B-Instruct
stage: sft
do_train: true
finetuning_type: lora
dataset: x
template: qwen
output_dir: out
add_tokens_list: tokens.txt
chunk_size: 8192
infer_backend: lmdeploy
lora_ranks: 8
`;
const ENV = { '../../src/llamafactory/extras/env.py': 'VERSION = "0.9.5.dev0"\n' };
const HPARAMS = `@dataclass
class ModelArguments:
    add_tokens_list: str | None = field(default=None)
    chunk_size: int = field(default=8192)
    infer_backend: Literal["huggingface", "vllm"] = field(default="huggingface")

    def __post_init__(self):
        self.lora_ranks = 1
`;

test('an option, one that is gone, and a value that the copy has are its own', () => {
  const alone = told(FACTORY, 'yaml', ENV);
  assert.deepEqual(alone.said, [
    'warning unknown-key add_tokens_list',
    'warning removed-key chunk_size',
    'warning bad-choice infer_backend',
    'warning unknown-key lora_ranks',
  ]);
  const file = '../../src/llamafactory/hparams/model_args.py';
  assert.ok(alone.wanted.includes(file));
  const constants = 'class EngineName(StrEnum):\n    HF = "huggingface"\n    LM = "lmdeploy"\n';
  const { said } = told(FACTORY, 'yaml', {
    ...ENV,
    [file]: HPARAMS,
    '../../src/llamafactory/extras/constants.py': constants,
  });
  // What looks misspelt beside options of a fork is its own perhaps.
  assert.deepEqual(said, ['warning unknown-key lora_ranks']);
});

test('a value counts where the copy gives it to that option', () => {
  const text = FACTORY.replace(/(add|chunk|lora)_\w+: .*\n/g, '');
  const file = '../../src/llamafactory/hparams/model_args.py';
  const other = `    infer_backend: Literal["huggingface"] = field()\n    other: Literal["lmdeploy"] = field()\n`;
  assert.deepEqual(told(text, 'yaml', { ...ENV, [file]: other }).said, [
    'error bad-choice infer_backend',
  ]);
  const own = other.replace('"huggingface"', '"huggingface", "lmdeploy"');
  assert.deepEqual(told(text, 'yaml', { ...ENV, [file]: own }).said, []);
});

test('without a copy no source is asked for, and a pin of a release asks for none', () => {
  for (const files of [{}, { 'requirements.txt': 'llamafactory==0.9.4\n' }]) {
    const { said, wanted } = told(FACTORY, 'yaml', files);
    assert.ok(said.includes('warning unknown-key add_tokens_list'));
    assert.ok(!wanted.some((path) => path.includes('hparams')));
  }
  const plain = FACTORY.replace(/(add|chunk|lora|infer)_\w+: .*\n/g, '');
  assert.ok(!told(plain, 'yaml', ENV).wanted.some((path) => path.includes('hparams')));
});

const VERL = `python3 -m verl.trainer.main_ppo algorithm.adv_estimator=grpo data.train_files=a data.val_files=b \\
  actor_rollout_ref.model.path=Qwen/Qwen2.5-7B-Instruct reward_model.reward_type=x trainer.reward_type=x \\
  actor_rollout_ref.actor.own_loss=1
`;

test('keys with dots are looked for by their whole path, and a folder is set in by its name', () => {
  const version = { 'verl/version/version': '0.2.0.dev\n' };
  const key = (name: string) => `warning unknown-key ${name}`;
  const all = [
    'reward_model.reward_type',
    'trainer.reward_type',
    'actor_rollout_ref.actor.own_loss',
  ];
  assert.deepEqual(told(VERL, 'shell', version).said, all.map(key));
  const main =
    'reward_model:\n  enable: False\n  # what it is\n  reward_type: a\ntrainer:\n  n: 1\n';
  const { said } = told(VERL, 'shell', {
    ...version,
    'verl/trainer/config/ppo_trainer.yaml': main,
    'verl/trainer/config/actor/actor.yaml': 'strategy: fsdp\nown_loss: 0\n',
  });
  assert.deepEqual(said, [key('trainer.reward_type')]);
});

test("OpenRLHF's release and flags are read from its copy", () => {
  const old = 'deepspeed --module openrlhf.cli.train_sft --pretrain x --max_len 8\n';
  const copy = (version: string) => ({
    '../version.txt': `${version}\n`,
    '../setup.py': 'def name():\n    return "openrlhf"\n',
  });
  assert.deepEqual(told(old, 'shell', {}).said, ['warning renamed-key --pretrain']);
  assert.deepEqual(told(old, 'shell', copy('0.6.1.post1')).said, []);
  assert.deepEqual(told(old, 'shell', { '../version.txt': '0.6.1\n' }).said, [
    'warning renamed-key --pretrain',
  ]);
  const now =
    'deepspeed --module openrlhf.cli.train_sft --model.model_name_or_path x --ds.own_flag 1\n';
  assert.deepEqual(told(now, 'shell', copy('0.11.0')).said, ['warning unknown-key ds.own_flag']);
  const source = 'parser.add_argument("--ds.own_flag", type=int)\n';
  const { said } = told(now, 'shell', {
    ...copy('0.11.0'),
    '../openrlhf/cli/train_sft.py': source,
  });
  assert.deepEqual(said, []);
});

const TRL = `accelerate launch trl/scripts/dpo.py --model_name_or_path x --dataset_name d --output_dir o \\
  --torch_dtype bfloat16 --max_prompt_length 512 --judge_host h --use_liger_kernel --precompute_ref_log_probs true
`;

test('a copy that leaves its release to others has what it declares, and may take what newer ones refuse', () => {
  const file = { 'trl/__init__.py': '__version__ = version("trl")\n' };
  const errors = [
    'error renamed-key torch_dtype',
    'error removed-key max_prompt_length',
    'warning unknown-key judge_host',
  ];
  const { said } = told(TRL, 'shell', {});
  assert.deepEqual(said.slice(0, 3), errors);
  // A folder of one's own by that name is no copy.
  assert.deepEqual(told(TRL, 'shell', file).said, said);
  const copy = told(TRL, 'shell', {
    ...file,
    'trl/trainer/model_config.py': 'class ModelConfig:\n    torch_dtype: str = field()\n',
    'trl/scripts/dpo.py': 'parser.add_argument("--judge_host")\n',
  });
  assert.deepEqual(copy.said, [
    'warning removed-key max_prompt_length',
    'warning rejected-combination undefined',
  ]);
});

test('a copy may lie in a folder of its own, and registers templates', () => {
  const text = FACTORY.replace(/(add|chunk|lora|infer)_\w+: .*\n/g, '').replace('qwen', 'qwen1');
  const copy = { '../LLaMA-Factory/src/llamafactory/extras/env.py': 'VERSION = "0.9.5"\n' };
  const template = '../LLaMA-Factory/src/llamafactory/data/template.py';
  assert.deepEqual(told(text, 'yaml', {}).said, ['error bad-choice qwen1']);
  assert.ok(told(text, 'yaml', copy).wanted.includes(template));
  const own = 'register_template(\n    name="qwen1",\n)\n';
  assert.deepEqual(told(text, 'yaml', { ...copy, [template]: own }).said, []);
});

const TUNED = `model:
  _component_: torchtune.models.llama2.llama2_7b
dataset:
  _component_: torchtune.datasets.stack_exchanged_paired_dataset
lr_scheduler:
  _component_: torchtune.modules.get_cosine_schedule_with_warmup
metric_logger:
  _component_: torchtune.utils.metric_logging.DiskLogger
optimizer:
  _component_: torch.optim.AdamW
  lr: 2e-5
`;

test("torchtune's components are looked for in its copy, and an older release may have had others", () => {
  const said = (files: Record<string, string>) =>
    told(TUNED, 'yaml', files).said.filter((one) => one.includes('bad-choice'));
  assert.deepEqual(said({}), [
    'error bad-choice stack_exchanged_paired_dataset',
    'warning bad-choice get_cosine_schedule_with_warmup',
    'warning bad-choice torchtune.utils.metric_logging',
  ]);
  const pinned = ['warning bad-choice stack_exchanged_paired_dataset'];
  assert.deepEqual(said({ 'requirements.txt': 'torchtune==0.2.1\n' }), pinned);
  const copy = {
    '../../version.txt': '0.2.1\n',
    '../../pyproject.toml': '[project]\nname = "torchtune"\ndynamic = ["version"]\n',
  };
  assert.deepEqual(said(copy), pinned);
  const source = {
    '../../torchtune/datasets/__init__.py': 'from x import stack_exchanged_paired_dataset\n',
  };
  assert.deepEqual(said({ ...copy, ...source }), []);
});
