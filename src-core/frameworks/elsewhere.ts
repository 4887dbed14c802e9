import { type Message, say } from '../text/message.ts';
import { accelerateSectionOf } from './accelerate/scopes.ts';
import { pluginOf, rootScope } from './axolotl/scopes.ts';
import { deepSpeedScope, deepSpeedSectionOf } from './deepspeed/scopes.ts';
import { llamaFactoryScope } from './llamafactory/scopes.ts';
import { findKey } from './resolve-key.ts';
import type { Scope } from './schema.ts';
import { loadScopes, type SchemaData } from './schema-load.ts';
import { swiftScope } from './swift/scopes.ts';
import { hfScope } from './transformers/scopes.ts';
import trl from './trl/keys.data.json' with { type: 'json' };
import { otherConfig } from './verl/scopes.ts';

const loadTrl = loadScopes(trl as unknown as SchemaData);

interface KeyPlace {
  readonly id: string;
  readonly title: string;
  /** It is a class or a function, whose keywords may be taken for another's. */
  readonly called?: boolean;
  /** Whose users alone are told of it: its classes go on where theirs end. */
  readonly own?: string;
  scope(): Scope | undefined;
}

/** Where a key may come from when a user takes one framework's key for another's. */
const PLACES: readonly KeyPlace[] = [
  {
    id: 'transformers',
    title: 'TrainingArguments',
    called: true,
    scope: () => hfScope('TrainingArguments'),
  },
  {
    id: 'from_pretrained',
    title: 'from_pretrained',
    called: true,
    scope: () => hfScope('from_pretrained'),
  },
  ...['SFTConfig', 'DPOConfig', 'GRPOConfig'].map((name) => ({
    id: 'trl',
    title: `TRL's ${name}`,
    own: 'transformers',
    scope: () => loadTrl(name),
  })),
  { id: 'swift', title: 'ms-swift', scope: () => swiftScope('rlhf') },
  { id: 'llamafactory', title: 'LLaMA-Factory', scope: llamaFactoryScope },
  {
    id: 'bitsandbytes',
    title: 'BitsAndBytesConfig',
    called: true,
    scope: () => hfScope('BitsAndBytesConfig'),
  },
  { id: 'peft', title: "PEFT's LoraConfig", called: true, scope: () => hfScope('LoraConfig') },
  { id: 'trl', title: "TRL's SFTConfig", called: true, scope: () => loadTrl('SFTConfig') },
  { id: 'axolotl', title: 'axolotl', scope: () => rootScope([]) },
];

/** Options of this kind carry the same names everywhere, forks and backends add them. */
const COMMON = /parallel/;

/**
 * A part of the framework itself, or another framework, that has `key`, or had it once, by its title. With
 * `called`, only what is called in Python.
 */
export function elsewhere(key: string, own: string, called: boolean): Message | undefined {
  const name = key.replaceAll('-', '_');
  const plugin = own === 'axolotl' ? pluginOf(name) : undefined;
  const section = own === 'deepspeed' ? deepSpeedSectionOf(name) : undefined;
  const engine = own === 'accelerate' ? engineOf(name) : undefined;
  const config = own === 'verl' ? otherConfig(key) : undefined;
  if (section !== undefined) return section;
  if (engine !== undefined) return engine;
  if (config !== undefined) return config;
  if (plugin !== undefined) return say`the plugin ${plugin}, which \`plugins\` does not list`;
  if (COMMON.test(name)) return undefined;
  const others = ENGINES.has(own) ? PLACES.filter(({ id }) => id === 'transformers') : PLACES;
  const places = called ? others.filter((one) => one.called) : others;
  const near = places.filter((one) => one.id !== own && (one.own ?? own) === own);
  return near.find(({ scope }) => hasKey(scope(), name))?.title;
}

/** Configs of an engine: what they are given by mistake is one of their own, or the trainer's beside them. */
const ENGINES: ReadonlySet<string> = new Set(['deepspeed', 'accelerate']);

/** Where accelerate's config has a key, or what of DeepSpeed it leaves to a JSON (accelerate commands/launch.py). */
function engineOf(name: string): Message | undefined {
  const own = accelerateSectionOf(name);
  if (own !== undefined) return own;
  const isDeepSpeeds = ['config', 'zero_optimization'].some(
    (id) => deepSpeedScope(id)?.keys.find(name)?.name === name,
  );
  return isDeepSpeeds ? say`DeepSpeed's JSON, which \`deepspeed_config_file\` names` : undefined;
}

function hasKey(scope: Scope | undefined, name: string): boolean {
  if (scope === undefined) return false;
  return findKey(scope, name) !== undefined || scope.gone.some((gone) => gone.name === name);
}
