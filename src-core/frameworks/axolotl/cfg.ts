import type { OptionValue } from '../../run/options.ts';
import { UNKNOWN, type Unknown } from '../../run/sourced.ts';
import type { Entry } from '../../syntax/document.ts';
import { asData, boolOfText, numberOfText } from '../convert.ts';
import type { Recognized, Section } from '../framework.ts';
import { isPlaceholder } from '../placeholder.ts';
import { resolveKey } from '../resolve-key.ts';
import type { KeySpec } from '../schema.ts';

/** A value of a config as Python sees it; `undefined`: the key is not written. */
export type Value = OptionValue | undefined | Unknown;

/**
 * A config as the dictionary that axolotl's validators look at: every written key, known or not,
 * with Python's idea of truth. What cannot be known is neither on nor off.
 */
export interface Cfg {
  /** The value at a key, or at `outer.inner`. */
  get(path: string): Value;
  /** Whether it is written and not null. */
  set(path: string): boolean;
  /** Known to be true in Python's sense. */
  on(path: string): boolean;
  /** Known to be false in Python's sense, or not written. */
  off(path: string): boolean;
  /** Known to equal one of the values. */
  is(path: string, ...values: readonly (string | number | boolean)[]): boolean;
  text(path: string): string | undefined;
  number(path: string): number | undefined;
  list(path: string): readonly OptionValue[] | undefined;
  /** Whether a plugin whose dotted name holds `name` is listed. */
  plugin(name: string): boolean;
  /** Whether enough is written to be a config of its own rather than an excerpt. */
  readonly whole: boolean;
}

const kept = new WeakMap<Recognized, Cfg>();

/** The config of a run; `unseen`: what is not written may be given out of sight, as it is wanted. */
export function cfgOf(recognized: Recognized, unseen = false): Cfg {
  if (unseen) return new Dictionary(recognized.sections, true);
  const found = kept.get(recognized) ?? new Dictionary(recognized.sections);
  kept.set(recognized, found);
  return found;
}

/** Python's `bool(value)`; `undefined` when it cannot be known. */
export function truth(value: Value): boolean | undefined {
  if (value === UNKNOWN) return undefined;
  if (value === undefined || value === null || value === false) return false;
  if (value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' ? Object.keys(value).length > 0 : true;
}

class Dictionary implements Cfg {
  /** Read each time: a value that is being typed may say something else the next time. */
  private readonly values = new Map<string, () => Value>();
  private readonly plugins: readonly string[];
  readonly whole: boolean;

  constructor(
    sections: readonly Section[],
    private readonly unseen = false,
  ) {
    for (const section of sections) {
      if (section.nested === true) continue;
      for (const entry of section.entries) this.add(section, entry);
    }
    const plugins = this.list('plugins') ?? [];
    this.plugins = plugins.filter((one) => typeof one === 'string');
    const parts = [
      ['base_model'],
      ['learning_rate'],
      ['datasets', 'pretraining_dataset'],
      ['micro_batch_size', 'gradient_accumulation_steps', 'batch_size'],
    ];
    const there = parts.filter((keys) => keys.some((key) => this.values.has(key)));
    this.whole = there.length >= 3;
  }

  private add(section: Section, entry: Entry): void {
    const resolved = resolveKey(section.scope, entry.key);
    const spec = resolved.kind === 'key' ? resolved.spec : undefined;
    if (section.unit.kind !== 'command') {
      this.values.set(entry.key, () => asData(entry.value));
      return;
    }
    const key = entry.key.replaceAll('-', '_');
    const no = /^no_(\w+)$/.exec(key)?.[1];
    if (spec === undefined && no !== undefined) this.values.set(no, () => false);
    else this.values.set(spec?.name ?? key, () => argument(asData(entry.value), spec));
  }

  /** Whether a key may be given out of sight. */
  private given(path: string): boolean {
    return this.unseen && !this.values.has(path.split('.')[0] ?? '');
  }

  get(path: string): Value {
    const [outer = '', inner] = path.split('.');
    const value = this.given(outer) ? UNKNOWN : this.values.get(outer)?.();
    if (inner === undefined || value === UNKNOWN || value === undefined) return filled(value);
    return isMap(value) ? filled(value[inner]) : undefined;
  }

  set(path: string): boolean {
    const value = this.get(path);
    return value !== undefined && value !== null;
  }

  on(path: string): boolean {
    return this.given(path) || truth(this.get(path)) === true;
  }

  off(path: string): boolean {
    return truth(this.get(path)) === false;
  }

  is(path: string, ...values: readonly (string | number | boolean)[]): boolean {
    const value = this.get(path);
    return this.given(path) || values.some((one) => one === value);
  }

  text(path: string): string | undefined {
    const value = this.get(path);
    return typeof value === 'string' ? value : undefined;
  }

  number(path: string): number | undefined {
    const value = this.get(path);
    if (typeof value === 'number') return value;
    return typeof value === 'string' ? numberOfText(value) : undefined;
  }

  list(path: string): readonly OptionValue[] | undefined {
    const value = this.get(path);
    return isList(value) ? value : undefined;
  }

  plugin(name: string): boolean {
    return this.given('plugins') || this.plugins.some((one) => one.includes(name));
  }
}

/** What a template fills in is not known. */
function filled(value: Value): Value {
  return typeof value === 'string' && isPlaceholder(value) ? UNKNOWN : value;
}

/** A word of the command line as the type of its option. */
function argument(value: Value, spec: KeySpec | undefined): Value {
  if (value === null && spec?.kinds.includes('bool')) return true;
  if (typeof value !== 'string' || spec === undefined) return value;
  const numeric = spec.kinds.includes('int') || spec.kinds.includes('float');
  const number = numeric ? numberOfText(value) : undefined;
  if (number !== undefined) return number;
  return (spec.kinds.includes('bool') ? boolOfText(value) : undefined) ?? value;
}

function isList(value: Value): value is readonly OptionValue[] {
  return Array.isArray(value);
}

/** Whether a value is a mapping. */
export function isMap(value: Value): value is { readonly [key: string]: OptionValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
