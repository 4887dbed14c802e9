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
import { type FloatFormat, formatOf, fp32 } from './formats.ts';
import { type FailureReport, reportFor } from './reports.ts';
import type { Basis, FirstOverflow, Verdict } from './result.ts';
import type { ProbeSpec } from './spec.ts';

/** The verdict without its emulation: what published figures alone say. */
export interface QuickVerdict {
  readonly verdict: Verdict;
  readonly basis: Basis;
  readonly format: FloatFormat;
  readonly firstOverflow: FirstOverflow | undefined;
  readonly notes: readonly string[];
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
): FirstOverflow | undefined {
  for (let layer = 0; layer < profile.layers; layer++) {
    for (const site of perLayer) {
      const value = profile[site]?.max[layer] ?? 0;
      if (value >= format.overflowsFrom) return crossing(site, value, format, layer);
    }
  }
  return undefined;
}

function crossing(site: Site, value: number, format: FloatFormat, layer?: number): FirstOverflow {
  const where = layer === undefined ? {} : { layer };
  return { op: siteOps[site], ...where, value, limit: format.max, direction: 'forward' };
}

function judge(value: number, format: FloatFormat): Verdict {
  if (value >= format.overflowsFrom) return 'overflow';
  return value >= nearShare * format.max ? 'near' : 'fine';
}

/** What published figures say of the run's compute dtype. A look-up, well under a millisecond. */
export function quickVerdict(spec: ProbeSpec): QuickVerdict {
  const format = formatOf(spec.computeDtype) ?? fp32;
  const report = reportFor(spec.model, spec.computeDtype, spec.attention);
  if (report?.overflows) return fromReport(report, format);
  const own = maximumOf(spec.model);
  const notes = report === undefined ? [] : [`${report.model}: ${report.outcome}`];
  if (own !== undefined) return fromMeasurement(spec, own, format, notes);
  return fromFamily(spec, format, notes);
}

function fromReport(report: FailureReport, format: FloatFormat): QuickVerdict {
  const { model, source, op, outcome } = report;
  return {
    verdict: 'overflow',
    basis: { kind: 'reported', model, source },
    format,
    firstOverflow: { op, limit: format.max, direction: 'forward' },
    notes: [`${model}: ${outcome}`, 'nobody has published how large QK^T gets in which layer'],
  };
}

function fromMeasurement(
  spec: ProbeSpec,
  own: ActivationMaximum,
  format: FloatFormat,
  notes: readonly string[],
): QuickVerdict {
  const verdict = judge(own.value, format);
  const found = profileOf(spec.model);
  const source = own.source;
  const inProfile = found && firstCrossing(found.profile, format);
  const first = inProfile ?? crossing(own.where, own.value, format, own.layer);
  const basis: Basis =
    inProfile && found
      ? { kind: 'measured', model: found.model, source: sourceOf(found.profile) }
      : { kind: 'measured', model: own.model, source };
  return {
    verdict,
    basis,
    format,
    firstOverflow: verdict === 'overflow' ? first : undefined,
    notes: [...notes, 'fine-tuning, other data and BOS tokens move these magnitudes'],
  };
}

/** Siblings speak only with one voice: all past the limit, or all with three quarters of it free. */
function fromFamily(spec: ProbeSpec, format: FloatFormat, notes: readonly string[]): QuickVerdict {
  const family = activationFamily(spec.model);
  const facts = family === undefined ? [] : familyMaxima(family);
  const [top] = facts;
  if (top === undefined) return nothingPublished(spec, format, notes);
  const verdicts = new Set(facts.map((fact) => judge(fact.value, format)));
  const [only] = verdicts;
  const agreed = verdicts.size === 1 && only !== undefined && only !== 'near';
  return {
    verdict: agreed ? only : 'unknown',
    basis: { kind: 'family', model: top.model, source: top.source },
    format,
    firstOverflow:
      agreed && only === 'overflow' ? crossing(top.where, top.value, format) : undefined,
    notes: [
      ...notes,
      agreed
        ? `this model was not measured; ${facts.length} of its siblings were`
        : `this model was not measured, and its siblings differ (largest: ${top.model})`,
    ],
  };
}

function nothingPublished(
  spec: ProbeSpec,
  format: FloatFormat,
  notes: readonly string[],
): QuickVerdict {
  const published = formatOf(spec.publishedDtype ?? 'float32');
  const shrinks = published !== undefined && published.max > format.max;
  const own = spec.publishedDtype === spec.computeDtype;
  const note = shrinks
    ? `no magnitudes are published; published in ${published.name}, the range shrinks to ${format.max}`
    : own
      ? `no magnitudes are published; ${format.name} is the format the checkpoint was published in`
      : 'no magnitudes are published for this model or its family';
  return {
    verdict: 'unknown',
    basis: { kind: 'none' },
    format,
    firstOverflow: undefined,
    notes: [...notes, note],
  };
}
