import { asBool } from '../convert.ts';
import type { Section } from '../framework.ts';
import { findKey } from '../resolve-key.ts';
import { tolerantScope } from './scopes.ts';

const KEY = 'ignore_args_error';

/** With `ignore_args_error`, what is left over of the arguments is logged (swift/pipelines/base.py). */
export function toleratedIn(sections: readonly Section[]): readonly Section[] {
  const options = sections.flatMap(({ entries }) => entries);
  const option = options.findLast(({ key }) => key.replaceAll('-', '_') === KEY);
  if (option === undefined || asBool(option.value) === false) return sections;
  return sections.map((section) =>
    findKey(section.scope, KEY) === undefined
      ? section
      : { ...section, scope: tolerantScope(section.scope) },
  );
}
