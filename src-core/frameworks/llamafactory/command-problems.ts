import type { FixIntent } from '../../run/fix-intent.ts';
import type { KeyProblem } from '../../run/problem.ts';
import type { Entry, Word } from '../../syntax/document.ts';
import { say } from '../../text/message.ts';
import { isDots } from '../elided.ts';
import type { AdapterContext, Launch, Recognized, Section } from '../framework.ts';
import { wordText } from '../launch.ts';
import { originOf, pointAt } from '../point-at.ts';
import { releasesOf, stillHas } from '../releases.ts';
import { findKey } from '../resolve-key.ts';
import { allowsExtraKeys } from './facts.ts';
import { megatronUnused } from './megatron.ts';
import { isOverride, isScript, type Program, programOf } from './words.ts';

const PARSER = { label: 'LLaMA-Factory src/llamafactory/hparams/parser.py' };

/** Problems with how a command hands its options over: `read_args` decides by its first word. */
export function commandProblems(
  recognized: Recognized,
  context: AdapterContext,
): readonly KeyProblem[] {
  const own = recognized.sections.at(-1);
  const program = programOf(recognized);
  if (own === undefined || program === undefined) return [];
  const gone = evaluation(own, program.word, context);
  if (gone.length > 0) return gone;
  const { config, unsure } = program;
  if (unsure) return [];
  const strict = !allowsExtraKeys(recognized.launch);
  if (config === undefined) return strict ? overridesAlone(own) : [];
  return [
    ...jsonFile(own, config, context),
    ...(isScript(program) ? rankInFront(own, config, recognized.launch) : []),
    ...(strict ? [...flagsBehindFile(own), ...trainingKeys(recognized, program)] : []),
    ...(strict && program.trains ? megatronUnused(recognized) : []),
  ];
}

/** `train x.yaml --learning_rate 1e-5`: the dashes become part of a key that nobody has. */
function flagsBehindFile(own: Section): readonly KeyProblem[] {
  const { text } = own.document.file;
  const dressed = own.entries.filter(({ keySpan: { start } }) =>
    /^["']?[-+~]/.test(text.slice(start, start + 2)),
  );
  const [first] = dressed;
  const bare = own.leftover.find((word) => isBareKey(word, own));
  const entry = first ?? (bare && wordEntry(bare));
  if (entry === undefined) return [];
  const { start, end } = entry.keySpan;
  const key = text.slice(start, end).replaceAll(/["']/g, '');
  const form = first === undefined ? 'key=value' : `${underscored(first)}=...`;
  return [
    {
      ...refused(own, entry),
      message: say`behind a config file LLaMA-Factory reads options as \`${form}\`: it takes \`${key}\` for a key that it does not have, and stops`,
      fixes: asOverrides(own, dressed),
    },
  ];
}

function refused(own: Section, entry: Entry) {
  return {
    rule: 'unknown-key',
    at: pointAt({ section: own, entry }),
    onKey: true,
    severity: 'error',
    cite: PARSER,
  } as const;
}

/** A file takes no dashes within a key, as the command line does. */
function underscored({ key }: Entry): string {
  return key.replaceAll('-', '_');
}

/** A file knows neither the short names nor the `--no_...` that the command line completes. */
function asOverrides(own: Section, entries: readonly Entry[]): readonly FixIntent[] {
  const [first, ...more] = entries;
  const isWhole = entries.every((entry) => own.scope.keys.find(underscored(entry)) !== undefined);
  if (first === undefined || !isWhole) return [];
  const title =
    more.length === 0
      ? say`Write as \`${underscored(first)}=...\``
      : say`Write all flags as \`key=value\``;
  const changes = entries.map(
    (entry) => ({ kind: 'override', at: originOf({ section: own, entry }) }) as const,
  );
  return [{ title, safety: 'safe', changes }];
}

function isBareKey(word: Word, { scope }: Section): boolean {
  const text = wordText(word);
  if (word.value.kind !== 'scalar' || !/^[\w.+-]+$/.test(text) || isDots(text)) return false;
  return findKey(scope, text) === undefined;
}

/** `train learning_rate=1e-5` without a file: only flags are read. */
function overridesAlone(own: Section): readonly KeyProblem[] {
  const stray = own.leftover.find(isOverride);
  if (stray === undefined) return [];
  const name = wordText(stray).split('=', 1)[0] ?? '';
  return [
    {
      ...refused(own, wordEntry(stray)),
      message: say`without a config file in front LLaMA-Factory reads options as \`--${name} ...\`: it stops at \`${wordText(stray)}\``,
    },
  ];
}

/** `deepspeed src/train.py x.yaml`: DeepSpeed's launcher hands `--local_rank=0` over before the file. */
function rankInFront(own: Section, config: Word, launch: Launch): readonly KeyProblem[] {
  // Other launchers of DeepSpeed start the script without its own process in between.
  const spared = launch.entries.some(({ key }) => key === 'no_local_rank' || key === 'launcher');
  if (launch.launcher !== 'deepspeed' || spared) return [];
  const file = wordText(config);
  return [
    {
      rule: 'rejected-combination',
      at: pointAt({ section: own, entry: wordEntry(config) }),
      onKey: true,
      severity: 'error',
      message: say`\`deepspeed\` puts \`--local_rank\` in front of \`${file}\`, so that LLaMA-Factory reads flags instead of a file, and stops. Start it with \`deepspeed --no_local_rank\` or torchrun`,
      cite: { label: 'DeepSpeed deepspeed/launcher/launch.py' },
    },
  ];
}

/** The last release before JSON is read with a function that wants an open file. */
const READS_JSON = '0.9.4';
/** The last release that evaluates on its own tasks; newer ones refuse to, in so many words. */
const EVALUATES = '0.9.3';

function jsonFile(own: Section, config: Word, context: AdapterContext): readonly KeyProblem[] {
  if (!wordText(config).endsWith('.json')) return [];
  if (stillHas({ until: READS_JSON }, own.scope, releasesOf(context, 'llamafactory'))) return [];
  return [
    {
      rule: 'bad-choice',
      at: pointAt({ section: own, entry: wordEntry(config) }),
      onKey: true,
      severity: 'warning',
      message: say`LLaMA-Factory after ${READS_JSON} cannot read a config in JSON: it stops with "'PosixPath' object has no attribute 'read'". Write the same keys as YAML`,
      cite: PARSER,
    },
  ];
}

/** `eval x.yaml`, which newer releases have taken out. */
function evaluation(own: Section, program: Word, context: AdapterContext) {
  if (
    wordText(program) !== 'eval' ||
    stillHas({ until: EVALUATES }, own.scope, releasesOf(context, 'llamafactory'))
  )
    return [];
  return [
    {
      rule: 'removed-key',
      at: pointAt({ section: own, entry: wordEntry(program) }),
      onKey: true,
      severity: 'warning',
      message: say`\`llamafactory-cli eval\` is gone after ${EVALUATES}: it stops with a NotImplementedError`,
      cite: { label: 'LLaMA-Factory src/llamafactory/launcher.py' },
    } satisfies KeyProblem,
  ];
}

/** Programs that read everything but training arguments. */
const INFERENCE = new Set(['chat', 'api', 'webchat', 'export']);
const TRAINING_SOURCE = /(?:^|\/)training_args(?:_seq2seq)?\.py/;

/** `chat train.yaml`: the config of a training run, handed to a program that does not train. */
function trainingKeys({ sections }: Recognized, { word, config }: Program): readonly KeyProblem[] {
  const program = wordText(word);
  if (config === undefined || !INFERENCE.has(program)) return [];
  const keys = sections.flatMap((section) =>
    section.entries
      .filter(({ key }) => TRAINING_SOURCE.test(findKey(section.scope, key)?.source ?? ''))
      .map((entry) => ({ section, entry })),
  );
  const [first, ...more] = keys;
  const own = sections.at(-1);
  if (first === undefined || own === undefined) return [];
  const others = more.length === 0 ? '' : say` and ${more.length} more`;
  return [
    {
      rule: 'rejected-combination',
      at: pointAt({ section: own, entry: wordEntry(config) }),
      onKey: true,
      severity: 'error',
      message: say`\`llamafactory-cli ${program}\` takes no training options: it stops at \`${first.entry.key}\`${others}. Give it a config without them`,
      cite: PARSER,
      related: keys.slice(0, 2).map(({ section, entry }) => ({
        at: pointAt({ section, entry }),
        message: say`an option of training`,
      })),
    },
  ];
}

function wordEntry(word: Word): Entry {
  return { key: wordText(word), keySpan: word.span, value: word.value, span: word.span };
}
