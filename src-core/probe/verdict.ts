import {
  type ActivationMaximum,
  type ActivationProfile,
  activationFamily,
  familyMaxima,
  maximumOf,
  profileOf,
  type Site,
  sourceOf,
} from '../facts/activations/activations.ts';
import { type Message, say } from '../text/message.ts';
import { type FloatFormat, formatOf, fp32 } from './formats.ts';
import { type FailureReport, reportFor } from './reports.ts';
import type { Basis, FirstOverflow, Verdict } from './result.ts';
import type { DtypeSpec } from './spec.ts';
import { type Formats, formatsOf, inStream } from './stored-formats.ts';
import { magnitudeWords } from './verdict-words.ts';

/** The verdict without its emulation: what published figures alone say. */
export interface QuickVerdict {
  readonly verdict: Verdict;
  readonly basis: Basis;
  readonly format: FloatFormat;
  readonly firstOverflow: FirstOverflow | undefined;
  readonly notes: readonly Message[];
  /** What happens by the report that the verdict rests on. */
  readonly outcome?: Message;
}

/** The share of a format's range from which a magnitude counts as near its end. */
export const nearShare = 0.25;

/** The op of the emulated step whose output a published site is; a sparse MLP's is `experts`. */
export function opOf(site: Site, sparse: boolean): string {
  return site === 'mlp' && sparse ? 'experts' : siteOps[site];
}

const siteOps: Readonly<Record<Site, string>> = {
  embedding: 'embed',
  attn: 'o_proj',
  gate: 'gate_proj',
  router: 'router',
  routerLogits: 'router',
  mlp: 'down_proj',
  residual: 'mlp_residual',
  finalNorm: 'final_norm',
};

const perLayer: readonly Site[] = ['attn', 'gate', 'routerLogits', 'mlp', 'residual'];

/** The first published value, in order of execution, that the format cannot hold. */
export function firstCrossing(
  profile: ActivationProfile,
  format: FloatFormat,
  stream: FloatFormat,
): FirstOverflow | undefined {
  const sparse = profile.router !== undefined;
  for (let layer = 0; layer < profile.layers; layer++) {
    for (const site of perLayer) {
      const value = profile[site]?.max[layer] ?? 0;
      const own = inStream(site) ? stream : format;
      if (value >= own.overflowsFrom) return crossing({ where: site, value, layer }, own, sparse);
    }
  }
  return undefined;
}

function crossing(
  fact: { readonly where: Site; readonly value: number; readonly layer?: number },
  format: FloatFormat,
  sparse: boolean,
): FirstOverflow {
  const { where, value, layer } = fact;
  const at = layer === undefined ? {} : { layer };
  return { op: opOf(where, sparse), ...at, value, limit: format.max, direction: 'forward' };
}

function judge(value: number, format: FloatFormat): Verdict {
  if (value >= format.overflowsFrom) return 'overflow';
  return value >= nearShare * format.max ? 'near' : 'fine';
}

/**
 * One published value in the format it would be stored in. A residual that stays in fp32 bounds what
 * its branches give in 16 bit: the difference of two residuals, at most twice the largest.
 */
function judgeFact(fact: ActivationMaximum, formats: Formats): Verdict {
  const { compute, stream, keepsWo, clamps } = formats;
  if ((keepsWo || clamps) && fact.where === 'mlp') return 'unknown';
  if (!inStream(fact.where)) return judge(fact.value, compute);
  if (stream === compute) return judge(fact.value, compute);
  return judge(2 * fact.value, compute) === 'fine' ? 'fine' : 'unknown';
}

const rank: Readonly<Record<Verdict, number>> = { unknown: 0, fine: 1, near: 2, overflow: 3 };

/** The worst of a profile's sites, each in the format it would be stored in. */
function judgeProfile(profile: ActivationProfile, { compute, stream }: Formats): Verdict {
  return ([...perLayer, 'embedding', 'finalNorm'] as const)
    .map((site) => {
      const largest = Math.max(0, ...(profile[site]?.max ?? []));
      return judge(largest, inStream(site) ? stream : compute);
    })
    .reduce((worst, one) => (rank[one] > rank[worst] ? one : worst));
}

/** What published figures say of the run's compute dtype. A look-up, well under a millisecond. */
export function quickVerdict(spec: DtypeSpec): QuickVerdict {
  const format = formatOf(spec.computeDtype) ?? fp32;
  if (format.bits === 8) return scaledBeforeCast(format);
  const report = reportFor(spec.model, spec.computeDtype, spec.attention);
  if (report?.overflows) return fromReport(report, format, spec.model);
  const own = maximumOf(spec.model);
  const notes =
    report === undefined ? [] : [say`${report.model}: ${report.outcome} (${report.source})`];
  if (own !== undefined) return fromMeasurement(spec, own, format, notes);
  return fromFamily(spec, format, notes);
}

/** FP8 recipes bring each tensor into range first, so a magnitude alone settles nothing. */
function scaledBeforeCast(format: FloatFormat): QuickVerdict {
  return {
    verdict: 'unknown',
    basis: { kind: 'none' },
    format,
    firstOverflow: undefined,
    notes: [
      say`${format.name} ends at ${format.max}; FP8 recipes scale each tensor before they cast it`,
    ],
  };
}

function fromReport(report: FailureReport, format: FloatFormat, asked: string): QuickVerdict {
  const { model, source, op, outcome, hint } = report;
  const known = hint?.models.test(asked.toLowerCase()) ? [hint.text] : [];
  return {
    verdict: 'overflow',
    basis: { kind: 'reported', model, source },
    outcome,
    format,
    firstOverflow: { op, limit: format.max, direction: 'forward' },
    notes: [
      say`${model}: ${outcome}`,
      ...known,
      say`nobody has published how large QK^T gets in which layer`,
    ],
  };
}

function fromMeasurement(
  spec: DtypeSpec,
  own: ActivationMaximum,
  format: FloatFormat,
  notes: readonly Message[],
): QuickVerdict {
  const formats = formatsOf(spec);
  const found = profileOf(spec.model);
  const verdict = found ? judgeProfile(found.profile, formats) : judgeFact(own, formats);
  const first = found && firstCrossing(found.profile, format, formats.stream);
  const basis: Basis =
    first && found
      ? { kind: 'measured', model: found.model, source: sourceOf(found.profile) }
      : { kind: 'measured', model: own.model, source: own.source };
  return {
    verdict,
    basis,
    format,
    firstOverflow: verdict === 'overflow' ? (first ?? crossing(own, format, false)) : undefined,
    notes: [
      ...notes,
      ...streamNotes(formats),
      say`fine-tuning, other data and BOS move these magnitudes`,
    ],
  };
}

function streamNotes({ compute, stream, keepsWo, clamps }: Formats): Message[] {
  const notes: Message[] = [];
  if (stream !== compute) {
    notes.push(
      say`the residual stream is ${stream.name} here; only matrix products are ${compute.name}`,
    );
  }
  if (keepsWo)
    notes.push(say`loaded in fp16, transformers keeps \`wo\` in fp32 and clamps infinities`);
  else if (clamps) notes.push(say`T5 clamps infinities where its layers pass on fp16`);
  return notes;
}

/** Siblings speak only with one voice: all past the limit, or two or more with most of it free. */
function fromFamily(spec: DtypeSpec, format: FloatFormat, notes: readonly Message[]): QuickVerdict {
  const family = activationFamily(spec.model);
  const all = family === undefined ? [] : familyMaxima(family);
  const same = ofSameSize(all, spec.model);
  const facts = same.length > 0 ? same : all;
  const [top] = facts;
  if (top === undefined) return nothingPublished(spec, format, notes);
  const formats = formatsOf(spec);
  const verdicts = new Set(facts.map((fact) => judgeFact(fact, formats)));
  const [only] = verdicts;
  const enough = only === 'overflow' || (only === 'fine' && facts.length > 1);
  const agreed = verdicts.size === 1 && only !== undefined && enough;
  const others =
    facts.length === 1 ? say`one of its siblings was` : say`${facts.length} siblings were`;
  const who = agreed
    ? say`this model was not measured; ${others}`
    : say`this model was not measured, and its siblings do not settle it (largest: ${top.model})`;
  return {
    verdict: agreed ? only : 'unknown',
    basis: { kind: 'family', model: top.model, source: top.source, sameSize: facts === same },
    format,
    firstOverflow: agreed && only === 'overflow' ? whereSibling(top, format) : undefined,
    notes: [...notes, ...streamNotes(formats), who],
  };
}

/** The siblings of the same size: the base of a tuned model first of all. */
function ofSameSize(facts: readonly ActivationMaximum[], id: string): readonly ActivationMaximum[] {
  const size = sizeIn(id);
  return facts.filter(({ model }) => size !== undefined && sizeIn(model) === size);
}

/** `27b` of `google/gemma-2-27b-it`. */
function sizeIn(id: string): string | undefined {
  return /(?:^|[-_])(\d+(?:\.\d+)?b)(?:$|[-_])/.exec(id.toLowerCase())?.[1];
}

/** A sibling's crossing without its layer, which is not this model's. */
function whereSibling({ where, value }: ActivationMaximum, format: FloatFormat): FirstOverflow {
  return crossing({ where, value }, format, false);
}

function nothingPublished(
  spec: DtypeSpec,
  format: FloatFormat,
  notes: readonly Message[],
): QuickVerdict {
  const published = spec.publishedDtype && formatOf(spec.publishedDtype);
  const shrinks = published && published.max > format.max;
  const own = spec.publishedDtype === spec.computeDtype;
  const note = shrinks
    ? say`no magnitudes are published; published in ${published.name}, the range shrinks to ${magnitudeWords(format.max)}`
    : own
      ? say`no magnitudes are published; ${format.name} is the format the checkpoint was published in`
      : say`no magnitudes are published for this model or its family`;
  return {
    verdict: 'unknown',
    basis: { kind: 'none' },
    format,
    firstOverflow: undefined,
    notes: [...notes, note],
  };
}
