import { lazy } from '../../text/lazy.ts';
import maximaData from './maxima.data.json' with { type: 'json' };
import profileData from './profiles.data.json' with { type: 'json' };

/** One tensor's largest magnitude and root mean square, by layer (one entry where it is not per layer). */
export interface Magnitudes {
  readonly max: readonly number[];
  readonly rms: readonly number[];
}

/** Which tensor of a decoder a published figure describes. */
export type Site =
  | 'embedding'
  | 'attn'
  | 'gate'
  | 'router'
  | 'routerLogits'
  | 'mlp'
  | 'residual'
  | 'finalNorm';

/**
 * Per-layer magnitudes of a published model, from the repository of arXiv 2605.15572
 * (bf16 weights, 5,000 samples). Layers count from 0.
 */
export interface ActivationProfile extends Partial<Record<Site, Magnitudes>> {
  readonly family: string;
  readonly layers: number;
  readonly hidden: number;
  /** File under `results/` of the repository. */
  readonly file: string;
}

/** One published largest magnitude. */
export interface ActivationMaximum {
  readonly model: string;
  readonly family: string;
  readonly where: Site;
  readonly value: number;
  readonly layer?: number;
  readonly measuredIn: string;
  readonly source: string;
}

/** A profile as the table keeps it: its numbers are read when they are needed. */
type Written = Omit<ActivationProfile, Site> &
  Partial<Record<Site, { readonly max: string; readonly rms: string }>>;

const written = profileData as unknown as Readonly<Record<string, Written>>;
const maxima = maximaData as unknown as readonly ActivationMaximum[];

const layered = ['embedding', 'attn', 'gate', 'router', 'routerLogits', 'mlp', 'residual'] as const;
const sites: readonly Site[] = [...layered, 'finalNorm'];

const read = new Map<string, ActivationProfile>();

/** The published profile of exactly this model. */
function profileAt(model: string): ActivationProfile | undefined {
  const row = written[model];
  const profile = read.get(model) ?? (row && decoded(row));
  if (profile !== undefined) read.set(model, profile);
  return profile;
}

function decoded(row: Written): ActivationProfile {
  const profile: Record<string, unknown> = { ...row };
  for (const site of sites) {
    const magnitudes = row[site];
    if (magnitudes === undefined) continue;
    profile[site] = { max: numbers(magnitudes.max), rms: numbers(magnitudes.rms) };
  }
  return profile as unknown as ActivationProfile;
}

const numbers = (text: string): readonly number[] => text.split(' ').map(Number);

/** Where the profile was published. */
export function sourceOf(profile: ActivationProfile): string {
  return `clx1415926/Max_act_llm ${profile.file} (arXiv 2605.15572), bf16, 5,000 samples`;
}

function largest(model: string, profile: ActivationProfile): ActivationMaximum {
  let best = { where: 'residual' as Site, value: 0, layer: 0 };
  for (const where of layered) {
    profile[where]?.max.forEach((value, layer) => {
      if (value > best.value) best = { where, value, layer };
    });
  }
  const { family } = profile;
  return { model, family, ...best, measuredIn: 'bf16', source: sourceOf(profile) };
}

/** The part of an id after the organisation, in lower case, without what repackaging adds. */
function bareName(id: string): string {
  const name = id.slice(id.lastIndexOf('/') + 1).toLowerCase();
  return name.replace(/-(unsloth-)?bnb-4bit$|-bf16$|-hf$/, '');
}

/** The larger of two facts, the first of equal ones. */
function larger(best: ActivationMaximum | undefined, fact: ActivationMaximum): ActivationMaximum {
  return best === undefined || fact.value > best.value ? fact : best;
}

const profilesByName = lazy(() => grouped(Object.keys(written), bareName));
const maximaByName = lazy(() => grouped(maxima, (fact) => bareName(fact.model)));

function grouped<T>(all: readonly T[], key: (one: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group === undefined) groups.set(key(one), [one]);
    else group.push(one);
  }
  return groups;
}

function ofProfile(model: string): readonly ActivationMaximum[] {
  const profile = profileAt(model);
  return profile === undefined ? [] : [largest(model, profile)];
}

const maximaByModel = lazy(() => {
  const byModel = new Map<string, ActivationMaximum>();
  for (const fact of [...Object.keys(written).flatMap(ofProfile), ...maxima])
    byModel.set(fact.model, larger(byModel.get(fact.model), fact));
  return byModel;
});

/** The published profile of this very model (a mirror under another organisation counts), if any. */
export function profileOf(
  id: string,
): { readonly model: string; readonly profile: ActivationProfile } | undefined {
  const model = profilesByName().get(bareName(id))?.at(-1);
  const profile = model === undefined ? undefined : profileAt(model);
  return model === undefined || profile === undefined ? undefined : { model, profile };
}

/** The largest published magnitude of this very model, if any. */
export function maximumOf(id: string): ActivationMaximum | undefined {
  const name = bareName(id);
  let best: ActivationMaximum | undefined;
  for (const model of profilesByName().get(name) ?? [])
    for (const fact of ofProfile(model)) best = larger(best, fact);
  for (const fact of maximaByName().get(name) ?? []) best = larger(best, fact);
  return best;
}

const families: readonly (readonly [RegExp, string])[] = [
  [/qwen2\.5-vl/, 'qwen2.5-vl'],
  [/qwen2\.5-omni|qwen3-(vl|omni|next|coder)|gemma-3n|mt5|flan-t5/, ''],
  [/qwen2\.5|distill-qwen/, 'qwen2.5'],
  [/qwen3\.5/, 'qwen3.5'],
  [/qwen3-/, 'qwen3'],
  [/gemma-3-/, 'gemma-3'],
  [/gemma-2-/, 'gemma-2'],
  [/gemma-(1\.1-)?[27]b/, 'gemma'],
  [/gpt-oss/, 'gpt-oss'],
  [/llama-?2-/, 'llama-2'],
  [/llama-?3|distill-llama/, 'llama-3'],
  [/mistral-7b/, 'mistral'],
  [/^opt-/, 'opt'],
  [/^gpt2/, 'gpt2'],
  [/^falcon-(7|11|40)b/, 'falcon'],
  [/^olmo-[17]b/, 'olmo'],
  [/^phi-2/, 'phi-2'],
  [/^phi-4$/, 'phi-4'],
  [/^t5-/, 't5'],
  [/^pythia-/, 'pythia'],
  [/^ling-mini/, 'ling'],
];

/** The family whose published figures are the nearest to this id; `undefined` when there is none. */
export function activationFamily(id: string): string | undefined {
  const name = bareName(id);
  return families.find(([pattern]) => pattern.test(name))?.[1] || undefined;
}

/** Every published largest magnitude of a family, one for each model, largest first. */
export function familyMaxima(family: string): readonly ActivationMaximum[] {
  return [...maximaByModel().values()]
    .filter((fact) => fact.family === family)
    .sort((a, b) => b.value - a.value);
}

/** A profile of the family, of the model whose width is nearest to `hidden`. */
export function familyProfile(
  family: string,
  hidden: number,
): { model: string; profile: ActivationProfile } | undefined {
  let nearest: { readonly model: string; readonly distance: number } | undefined;
  for (const [model, row] of Object.entries(written)) {
    if (row.family !== family) continue;
    const distance = Math.abs(Math.log(row.hidden / hidden));
    if (nearest === undefined || distance < nearest.distance) nearest = { model, distance };
  }
  const profile = nearest && profileAt(nearest.model);
  return nearest && profile && { model: nearest.model, profile };
}

/** Ids of every model with a per-layer profile. */
export const profiledModels = (): readonly string[] => Object.keys(written);
