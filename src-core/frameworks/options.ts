import type { Options, OptionValue } from '../run/options.ts';
import { byDefault, type Sourced, UNKNOWN, type Unknown, written } from '../run/sourced.ts';
import type { Entry, Node } from '../syntax/document.ts';
import type { Watch } from '../syntax/watch.ts';
import { asBool, asData, asInt, asNumber, asText, asTexts } from './convert.ts';
import type { Recognized, Section } from './framework.ts';
import { isFilledIn, unfilled } from './placeholder.ts';
import { findKey, type ResolvedKey, resolveKey } from './resolve-key.ts';
import type { KeySpec, Scope } from './schema.ts';

/** One written entry with what its key resolved to. */
export interface WrittenOption {
  readonly section: Section;
  readonly entry: Entry;
  readonly resolved: ResolvedKey;
}

/** The options of a run, and how they were written; frameworks read through it. */
export interface OptionTable extends Options {
  /** Every written entry in order, unknown keys included. */
  readonly entries: readonly WrittenOption[];
  readonly sections: readonly Section[];
  /** The deciding written entry of `key`. */
  find(key: string): WrittenOption | undefined;
}

/**
 * Reads the sections of a run. Later sections override earlier ones, later entries earlier ones.
 * A key is addressed by name, or as `scope.name` where two scopes share a name. What a watched
 * value says is read when somebody asks for it. Where a config is `unread`, nothing falls back to its
 * default: it may be written there.
 */
export function readOptions(
  { sections, unread }: Pick<Recognized, 'sections' | 'unread'>,
  watch?: Watch,
): OptionTable {
  const entries = sections.flatMap((section) =>
    section.entries.map((entry): WrittenOption => {
      const resolved = resolveKey(section.scope, entry.key, namesOf(section));
      return { section, entry: asFilled(entry, resolved, watch), resolved };
    }),
  );
  const byKey = new Map<string, WrittenOption>();
  for (const option of [...entries].sort((a, b) => rank(a) - rank(b))) {
    const name = nameOf(option.resolved);
    if (name === undefined) continue;
    if (option.section.nested !== true) byKey.set(name, option);
    byKey.set(`${option.section.scope.id}.${name}`, option);
  }
  return new Table(sections, entries, byKey, watch, unread === true);
}

/** What a template fills in is not known, where it is no text. */
function asFilled(entry: Entry, resolved: ResolvedKey, watch: Watch | undefined): Entry {
  if (resolved.kind !== 'key') return entry;
  const { value } = entry;
  const look = () => (isFilledIn(value, resolved.spec) ? unfilled(value) : undefined);
  const found = value === watch?.node ? watch.check(look) : look();
  return found === undefined ? entry : { ...entry, value: found };
}

/** Old names count first, so that the name of today overrides them wherever it stands. */
function rank({ resolved }: WrittenOption): number {
  return resolved.kind === 'gone' ? 0 : 1;
}

/** The name an entry is addressed by. A key that was only renamed still says what is meant. */
function nameOf(resolved: ResolvedKey): string | undefined {
  if (resolved.kind === 'key') return resolved.spec.name;
  const plain = resolved.kind === 'gone' && resolved.gone.note === undefined;
  return plain ? resolved.gone.now : undefined;
}

/** Prefixes and dashes are legal on a command line; a mapping or a call takes names as they are. */
function namesOf(section: Section): Scope['names'] {
  return section.unit.kind === 'command' || section.flags === true ? section.scope.names : 'exact';
}

/** `--lr 1e-5 $MORE`: an option that takes one value leaves the words behind it to others. */
function nodeOf({ section, entry: { value }, resolved }: WrittenOption): Node {
  if (value.kind !== 'list' || section.unit.kind !== 'command' || resolved.kind !== 'key')
    return value;
  const [first, ...rest] = value.items;
  const several = resolved.spec.kinds.some((kind) => kind === 'list' || kind === 'any');
  return first === undefined || several || rest.some((item) => item.kind !== 'opaque')
    ? value
    : first;
}

class Table implements OptionTable {
  readonly written: readonly string[];

  constructor(
    readonly sections: readonly Section[],
    readonly entries: readonly WrittenOption[],
    private readonly byKey: ReadonlyMap<string, WrittenOption>,
    private readonly watch: Watch | undefined,
    private readonly unread: boolean,
  ) {
    this.written = [...byKey.keys()].filter((key) => !key.includes('.'));
  }

  find(key: string): WrittenOption | undefined {
    return this.byKey.get(key);
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  node(key: string): Node | undefined {
    return this.byKey.get(key)?.entry.value;
  }

  get(key: string): Sourced<OptionValue> {
    return this.read<OptionValue>(key, asData, (value) => value);
  }

  bool(key: string): Sourced<boolean> {
    const option = this.byKey.get(key);
    if (option?.resolved.kind === 'key' && option.resolved.negated)
      return written(false, option.section.file, option.entry, option.section.scope.id);
    // A bare flag is true; a YAML key with nothing behind it is null.
    const bare = option?.entry.value.kind === 'absent' && option.section.unit.kind !== 'command';
    const convert = bare ? (): Unknown => UNKNOWN : asBool;
    return this.read<boolean>(key, convert, (v) => (typeof v === 'boolean' ? v : UNKNOWN));
  }

  int(key: string): Sourced<number> {
    return this.read(key, asInt, (value) => (typeof value === 'number' ? value : UNKNOWN));
  }

  float(key: string): Sourced<number> {
    return this.read(key, asNumber, (value) => (typeof value === 'number' ? value : UNKNOWN));
  }

  text(key: string): Sourced<string> {
    return this.read(key, asText, (value) => (value === null ? UNKNOWN : String(value)));
  }

  texts(key: string): Sourced<readonly string[]> {
    return this.read(key, asTexts, (value) => (typeof value === 'string' ? [value] : UNKNOWN));
  }

  isNull(key: string): boolean {
    const node = this.node(key);
    if (node === undefined) return (this.spec(key)?.default ?? null) === null;
    // A YAML key with nothing behind it is null; a bare flag is not.
    if (node.kind === 'absent') return this.find(key)?.section.unit.kind !== 'command';
    const isNull = () => node.kind === 'scalar' && node.value === null;
    return node === this.watch?.node ? this.watch.through(isNull) : isNull();
  }

  private spec(key: string): KeySpec | undefined {
    const dot = key.indexOf('.');
    for (const { scope, nested } of this.sections) {
      if (nested === true && dot < 0) continue;
      const name = dot > 0 && scope.id === key.slice(0, dot) ? key.slice(dot + 1) : key;
      const spec = findKey(scope, name);
      if (spec !== undefined) return spec;
    }
    return undefined;
  }

  private read<T>(
    key: string,
    convert: (node: Node) => T | Unknown,
    fallback: (value: string | number | boolean | null) => T | Unknown,
  ): Sourced<T> {
    const option = this.byKey.get(key);
    if (option !== undefined) {
      const { section, entry } = option;
      const node = nodeOf(option);
      const { watch } = this;
      return watch?.node === node
        ? watched(watch, convert, section, entry)
        : written(convert(node), section.file, entry, section.scope.id);
    }
    const spec = this.unread ? undefined : this.spec(key);
    if (spec?.default === undefined) return byDefault<T>(UNKNOWN, 'not stated');
    const origin = this.sections[0]?.scope.origin ?? 'the framework';
    return byDefault(fallback(spec.default), origin, { label: spec.source });
  }
}

/** A written value that is converted each time it is asked for. */
function watched<T>(
  watch: Watch,
  convert: (node: Node) => T | Unknown,
  { file, scope }: Section,
  entry: Entry,
): Sourced<T> {
  return {
    get value() {
      return watch.through(() => convert(watch.node));
    },
    origin: { kind: 'written', file, entry, scope: scope.id },
  };
}
