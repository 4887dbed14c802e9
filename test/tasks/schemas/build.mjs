// Joins extracted fields, history and renames into one compact data object.
import { CHOICES } from './choices.mjs';
import { compareVersions, readHistory } from './history.mjs';
import { deprecations, goneValues, olderChoices, renames } from './renames.mjs';
import { encodeGone, encodeKey, group, Tables, toSpec } from './rows.mjs';
import { namesOf, newSince5 } from './sources/shared.mjs';

/** @returns the object that src-core/frameworks/schema-load.ts reads */
export function buildData(source, folder) {
  const tables = new Tables();
  const history = source.history ? readHistory(folder, source.history) : undefined;
  const added5 = source.transformers ? newSince5(folder, source.transformers) : new Set();
  const keyRows = [];
  const goneRows = [];
  for (const scope of source.scopes) {
    const life = lifeOf(history, scope);
    const specs = specsOf(source, scope, life, history, added5, folder);
    keyRows.push(specs.map((spec) => encodeKey(spec, tables)));
    goneRows.push(goneOf(source, scope, life, specs).map(encodeGone));
  }
  const keys = group(keyRows);
  const gone = group(goneRows);
  return {
    framework: source.framework,
    version: source.version,
    origin: source.origin,
    files: tables.files,
    choices: tables.choices,
    scopes: source.scopes.map((scope, index) => ({
      id: scope.id,
      title: scope.title,
      unknown: scope.unknown,
      names: scope.names,
      groups: keys.members[index],
      gone: gone.members[index],
    })),
    groups: keys.groups,
    gone: gone.groups,
  };
}

function lifeOf(history, scope) {
  if (scope.life !== undefined) return scope.life;
  if (history === undefined || scope.history === undefined) return new Map();
  return history.life(scope.history === 'all' ? history.classes : scope.history);
}

function specsOf(source, scope, life, history, added5, folder) {
  const rules = { enumOpen: source.enumOpen === true };
  const trainer = source.transformers ? namesOf(folder, source.transformers) : new Set();
  const out = scope.fields.map((field) => {
    const spec = toSpec(field, rules);
    const inherited = source.own !== true && /^transformers\//.test(spec.source);
    if (inherited && added5.has(field.name)) spec.since = 'transformers@5.0';
    else if (scope.added?.has(field.name)) spec.since = '5.0';
    else if (!inherited) {
      // A class that declares an inherited field again had it before: its history starts too late.
      const since = source.own || trainer.has(field.name) ? undefined : life.get(field.name)?.since;
      if (since !== undefined && compareVersions(since, history.oldest) > 0) {
        spec.since = since === 'HEAD' ? source.version : since;
      }
    }
    if (field.since) spec.since = field.since;
    if (field.until) spec.until = field.until;
    if (inherited || source.own) {
      spec.choices = [...new Set([...spec.choices, ...(olderChoices[field.name] ?? [])])];
    }
    addChoices(spec, source.framework, scope.id);
    spec.gone = valuesGone(source, scope.id, field.name, inherited);
    const old = deprecations[source.framework];
    spec.deprecated = old?.[`${scope.id}.${field.name}`] ?? old?.[field.name] ?? spec.deprecated;
    return spec;
  });
  const names = new Set(out.map((spec) => spec.name));
  for (const field of scope.lost ?? []) {
    if (names.has(field.name)) continue;
    const spec = toSpec(field, rules);
    spec.until = source.own ? field.until : `transformers@${field.until}`;
    out.push(spec);
  }
  return out;
}

/** Choices that are checked in code. */
function addChoices(spec, framework, scope) {
  const table = CHOICES[framework] ?? {};
  const entry =
    table[`${scope}.${spec.name}`] ?? (spec.choices.length === 0 ? table[spec.name] : undefined);
  if (entry === undefined) return;
  spec.choices = entry.values;
  spec.open = entry.open === true;
  spec.extendedBy = entry.extendedBy;
}

function valuesGone(source, scope, name, inherited) {
  const table = goneValues[source.framework] ?? {};
  const own = table[`${scope}.${name}`] ?? table[name] ?? [];
  if (!inherited) return own.length > 0 ? own : undefined;
  const base = (goneValues.transformers[name] ?? []).map((entry) => ({
    ...entry,
    until: `transformers@${entry.until}`,
  }));
  return own.length + base.length > 0 ? [...own, ...base] : undefined;
}

/** Keys that history knows and the scope has no more, with what to write instead. */
function goneOf(source, scope, life, specs) {
  const out = new Map();
  const now = specs.filter((spec) => spec.until === undefined);
  const present = new Set(now.flatMap((spec) => [spec.name, ...spec.aliases]));
  const pairs = Object.assign({}, ...[...(scope.renames ?? [])].reverse().map((id) => renames[id]));
  const add = (name, until) => {
    const { now, note } = pairs[name] ?? renamesOfTransformers(source, name) ?? {};
    out.set(name, {
      name,
      until,
      now: present.has(now) ? now : undefined,
      note: noteFor(now, note, present),
    });
  };
  for (const [name, { until }] of life) {
    if (!present.has(name) && until !== 'HEAD') add(name, until);
  }
  for (const [name, pair] of Object.entries(pairs)) {
    if (pair.until && !present.has(name) && !out.has(name)) add(name, pair.until);
  }
  for (const spec of specs) if (spec.until !== undefined) add(spec.name, spec.until);
  for (const spec of out.values()) if (spec.now === spec.name) spec.now = undefined;
  return [...out.values()].sort((a, b) => compareNames(a.name, b.name));
}

const compareNames = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function renamesOfTransformers(source, name) {
  return source.transformers ? renames.transformers[name] : undefined;
}

function noteFor(now, note, present) {
  return now === undefined || present.has(now) ? note : undefined;
}
