import { joined, type Message } from '../text/message.ts';
import { estimate } from './estimate.ts';
import type { FitChange } from './fit-change.ts';
import { FitScreen } from './fit-screen.ts';
import { kindOfCost, type Lever, SLOTS } from './lever.ts';
import { leversOf } from './levers.ts';
import type { Estimate } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import { verdict } from './verdict.ts';

/** Changes that make a run fit, with what it then needs. */
export interface FitPlan {
  readonly title: Message;
  readonly changes: readonly FitChange[];
  /** How much of the training it changes: the sum of what its levers cost. */
  readonly cost: number;
  readonly estimate: Estimate;
  /** Only the expected need fits, the high end of it does not. */
  readonly tight: boolean;
}

/** What a search may use. */
export interface FitMeans {
  /** Makes an estimate; the caller's may remember it. */
  readonly whole?: (spec: EstimateSpec) => Estimate;
  /** Those of `leversOf(spec)` that may be pulled; all where left out. */
  readonly levers?: readonly Lever[];
}

/** Most plans that one search gives. */
const LIMIT = 5;
/** With so many plans no more combinations are looked for. */
const ENOUGH = 3;
/** Most whole estimates of one search; the changes that cost the training least come first. */
const MOST_ESTIMATES = 12;

/**
 * Changes that make `spec` fit a card of `memoryBytes`, in order of how little the training changes.
 * A combination comes only where nothing fits that is a part of it, nor any single change of its kind
 * or a cheaper one: each change in a plan is needed.
 */
export function fit(
  spec: EstimateSpec,
  memoryBytes: number,
  { whole = estimate, levers = leversOf(spec) }: FitMeans = {},
): readonly FitPlan[] {
  const now = whole(spec);
  const { kind, room } = verdict(now, memoryBytes);
  if (kind === 'fits') return [];
  const screen = new FitScreen(room);
  screen.learn(spec, now);
  const run: Run = { spec, memoryBytes, whole, screen, tight: kind === 'tight' };
  const search = new Search(run);
  for (const candidate of candidates(levers, run)) search.consider(candidate);
  return search.plans();
}

/** The run as it is, and what judges changes of it. */
interface Run {
  readonly spec: EstimateSpec;
  readonly memoryBytes: number;
  readonly whole: (spec: EstimateSpec) => Estimate;
  readonly screen: FitScreen;
  readonly tight: boolean;
}

/** Levers of different slots, in the order of the slots. */
type Candidate = readonly Lever[];

const costOf = (candidate: Candidate): number => candidate.reduce((sum, one) => sum + one.cost, 0);

interface Found {
  readonly candidate: Candidate;
  readonly plan: FitPlan;
}

/** One search: what it found, and how many estimates it may still make. */
class Search {
  private readonly found: Found[] = [];
  private left = MOST_ESTIMATES;

  constructor(private readonly run: Run) {}

  plans(): readonly FitPlan[] {
    return this.found.map(({ plan }) => plan);
  }

  /** Adds a plan when the candidate is called for and fits. */
  consider(candidate: Candidate): void {
    if (this.found.length >= LIMIT || this.left === 0 || !this.calledFor(candidate)) return;
    const { screen, whole, memoryBytes } = this.run;
    const spec = applied(candidate, this.run.spec);
    if (spec === undefined || screen.hopeless(spec) || !this.eachSaves(candidate, spec)) return;
    this.left -= 1;
    const result = whole(spec);
    screen.learn(spec, result);
    const { kind } = verdict(result, memoryBytes);
    if (kind === 'fits' || (kind === 'tight' && this.mayBeTight(candidate)))
      this.found.push({ candidate, plan: planOf(candidate, result, kind === 'tight') });
  }

  /** A tight fit is named only where nothing less fits, and no part of it is as tight. */
  private mayBeTight(candidate: Candidate): boolean {
    return (
      !this.run.tight &&
      this.found.every((one) => one.plan.tight && !isPart(one.candidate, candidate))
    );
  }

  /** Whether no lever of the candidate could be left out. */
  private eachSaves(candidate: Candidate, spec: EstimateSpec): boolean {
    return candidate.every((lever) => {
      const others = candidate.filter((one) => one !== lever);
      const without = applied(others, this.run.spec);
      return without === undefined || this.run.screen.saves(without, spec);
    });
  }

  /** Whether nothing that was found makes it needless. */
  private calledFor(candidate: Candidate): boolean {
    const enough = this.found.filter(({ plan }) => !plan.tight);
    if (enough.some((one) => isPart(one.candidate, candidate))) return false;
    if (candidate.length === 1) return true;
    const kind = kindOfCost(costOf(candidate));
    const simpler = enough.some(
      (one) => one.candidate.length === 1 && kindOfCost(one.plan.cost) <= kind,
    );
    return !simpler && this.found.length < ENOUGH;
  }
}

/** Whether `whole` pulls every lever of `part`, be it not as far, and more. */
function isPart(part: Candidate, whole: Candidate): boolean {
  return part.every((one) => whole.some((other) => other.slot === one.slot));
}

function planOf(candidate: Candidate, result: Estimate, tight: boolean): FitPlan {
  return {
    title: joined(
      candidate.map(({ title }) => title),
      ', ',
    ),
    changes: candidate.flatMap(({ changes }) => changes),
    cost: costOf(candidate),
    estimate: result,
    tight,
  };
}

/** The run after the changes, unless one of them has nothing to change. */
function applied(candidate: Candidate, spec: EstimateSpec): EstimateSpec | undefined {
  return candidate.reduce<EstimateSpec | undefined>((one, lever) => one && lever.apply(one), spec);
}

/**
 * What is worth a look, cheapest first: levers that keep the training as it is, together with up to
 * two of the others. Others that leave no hope even with all of the first kind are left out.
 */
function candidates(levers: readonly Lever[], { spec, screen }: Run): readonly Candidate[] {
  const kept = bySlot(levers.filter((one) => kindOfCost(one.cost) === 0 && one.apply(spec)));
  const others = bySlot(levers.filter((one) => kindOfCost(one.cost) > 0));
  const deepest = kept.flatMap((group) => group.slice(-1));
  const hopeful = products(others, 2).filter((some) => {
    const most = applied(ordered([...some, ...deepest]), spec);
    return most !== undefined && !screen.hopeless(most);
  });
  const chains = products(kept, kept.length);
  return hopeful
    .flatMap((some) => chains.map((chain) => ordered([...some, ...chain])))
    .filter((candidate) => candidate.length > 0)
    .sort((a, b) => costOf(a) - costOf(b));
}

function ordered(levers: readonly Lever[]): Candidate {
  return [...levers].sort((a, b) => SLOTS.indexOf(a.slot) - SLOTS.indexOf(b.slot));
}

/** Levers in groups that exclude each other, the mildest of each group first. */
function bySlot(levers: readonly Lever[]): readonly (readonly Lever[])[] {
  return SLOTS.map((slot) =>
    levers.filter((one) => one.slot === slot).sort((a, b) => a.cost - b.cost),
  ).filter((group) => group.length > 0);
}

/** Every way to take at most one of each group, and at most `most` in all. */
function products(groups: readonly (readonly Lever[])[], most: number): readonly Candidate[] {
  return groups.reduce<readonly Candidate[]>(
    (all, group) =>
      all.flatMap((taken) =>
        taken.length < most ? [taken, ...group.map((one) => [...taken, one])] : [taken],
      ),
    [[]],
  );
}
