import { templateNames } from '../../facts/lookup.ts';
import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, isSet, setOption, textOf } from '../constraint.ts';
import { releasesOf, stillHas } from '../releases.ts';
import { rejects } from './facts.ts';
import { llamaFactoryScope } from './scopes.ts';

const WHERE = 'data/template.py';
/** Where a copy of the source registers templates of its own. */
const SOURCES = [`src/llamafactory/${WHERE}`, `src/llmtuner/${WHERE}`];

/** Templates that are gone, and the last release that has each (tags v0.1.0 to v0.9.5). */
const GONE: ReadonlyMap<string, string> = new Map([
  ['vanilla', '0.6.2'],
  ['chatglm3_system', '0.8.2'],
  ...[
    ...['aquila', 'atom', 'baichuan', 'baichuan2', 'belle', 'bluelm', 'chatglm2', 'codegeex2'],
    ...['codegeex4', 'cpm', 'cpm3', 'intern', 'marco', 'orion', 'skywork_o1', 'telechat'],
    ...['xverse', 'yayi', 'ziya'],
  ].map((name) => [name, '0.9.4'] as const),
]);

/** The written template when the newest release does not register it. */
function unknownTemplate({ options: o, context }: ConstraintInput): string | undefined {
  const name = isSet(o, 'template') ? textOf(o, 'template') : undefined;
  // `<template>` in a document is no name.
  if (name === undefined || !/^[\w.-]+$/.test(name)) return undefined;
  if (templateNames('llamafactory').includes(name)) return undefined;
  const own = context.source('llamafactory', SOURCES);
  return own.some(([, text]) => text.includes(`name="${name}"`)) ? undefined : name;
}

/** What is said of a template that is neither registered nor gone. */
function strange(input: ConstraintInput): { name: string; near: readonly string[] } | undefined {
  const name = unknownTemplate(input);
  if (name === undefined || GONE.has(name)) return undefined;
  return { name, near: closest(name, templateNames('llamafactory')) };
}

/** Templates that no release, or no newer one, registers. */
export const templateConstraints = lazy((): readonly Constraint[] => [
  {
    ...rejects('gone-template', WHERE, (input) => {
      const name = unknownTemplate(input);
      const until = name === undefined ? undefined : GONE.get(name);
      if (until === undefined) return undefined;
      if (stillHas({ until }, llamaFactoryScope(), releasesOf(input.context, 'llamafactory')))
        return undefined;
      return {
        at: 'template',
        message: say`template \`${name}\` is gone from LLaMA-Factory after ${until}: newer releases stop once the tokenizer is loaded`,
      };
    }),
    rule: 'bad-choice',
  },
  {
    ...rejects('misspelt-template', WHERE, (input) => {
      const found = strange(input);
      if (found === undefined || found.near.length === 0) return undefined;
      return {
        at: 'template',
        message: say`LLaMA-Factory has no template \`${found.name}\`: it stops once the tokenizer is loaded`,
        fixes: found.near.map((one) => setOption('template', one)),
      };
    }),
    rule: 'bad-choice',
  },
  {
    // Another release, or a fork, may register it.
    ...rejects('unknown-template', WHERE, (input) => {
      const found = strange(input);
      if (found === undefined || found.near.length > 0) return undefined;
      return {
        at: 'template',
        message: say`LLaMA-Factory has no template \`${found.name}\`: unless this copy registers it, the run stops once the tokenizer is loaded`,
      };
    }),
    rule: 'bad-choice',
    severity: 'warning',
  },
]);
