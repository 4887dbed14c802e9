import assert from 'node:assert/strict';
import { analyze, type Completions, complete, languageOf } from '../../src-core/index.ts';
import { applyEdits } from '../../src-core/text/edit.ts';

/** What is proposed at one place. */
export interface Asked extends Completions {
  /** The text once the proposal of that label is taken. */
  take(label: string): string;
}

/** Asks at the `¦` of a file. */
export function ask(path: string, marked: string): Asked {
  const offset = marked.indexOf('¦');
  const text = marked.replace('¦', '');
  const language = languageOf(path);
  assert.ok(language !== undefined && offset >= 0);
  const found = complete(analyze({ file: { path, language, text }, settings: {} }), offset);
  const { items } = found;
  return {
    ...found,
    take(label) {
      const item = items.find((one) => one.label === label);
      assert.ok(item !== undefined, `${label} in ${items.map((one) => one.label).slice(0, 20)}`);
      assert.ok(item.edit.span.start <= offset && item.edit.span.end >= offset);
      return applyEdits(text, [item.edit]);
    },
  };
}
