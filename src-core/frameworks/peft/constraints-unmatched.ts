import { isModuleName } from '../../facts/module-names.ts';
import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { list } from '../check-keys.ts';
import { type PeftCheck, type PeftInput, sureModelType, sureModules } from './facts.ts';
import {
  allLinear,
  leaf,
  listTargets,
  NAMED,
  namedModules,
  TOP,
  targetsOf,
  unset,
} from './targets.ts';

const TUNER = 'tuners/tuners_utils.py';

/** Whether a name is several, joined by commas; no module's name has one. */
export function isJoined(name: string | undefined): boolean {
  return name !== undefined && /^[\w.-]+(?:,\s*[\w.-]*)+$/.test(name);
}

/** The listed names that the model lacks, where it has others of the list. */
function unmatched(peft: PeftInput): readonly string[] {
  const modules = sureModules(peft.input);
  const names = namedModules(peft) ?? [];
  if (modules === undefined || names.includes('all-linear')) return [];
  const lost = names.filter((name) => /^[\w.]+$/.test(name) && !modules.all.has(leaf(name)));
  const absent = lost.filter((name) => leaf(name) !== '' && !TOP.test(name));
  return names.some((name) => modules.all.has(leaf(name))) ? absent : [];
}

/** The module of the model that a name which no model has was meant to be. */
function meant(peft: PeftInput, name: string): string | undefined {
  const listed = new Set(namedModules(peft));
  const modules = sureModules(peft.input);
  if (modules === undefined || isModuleName(leaf(name))) return undefined;
  const others = [...modules.all].filter((one) => !modules.bare.has(one) && !listed.has(one));
  return closest(leaf(name), others, 1)[0];
}

/** Names that match no module: PEFT stops where that is all of them, and passes over any others. */
export const unmatchedChecks = lazy((): readonly PeftCheck[] => [
  ...(['error', 'warning'] as const).map(
    (severity): PeftCheck => ({
      id: `joined-targets-${severity}`,
      where: TUNER,
      of: NAMED,
      severity,
      rule: severity === 'error' ? 'rejected-combination' : 'ignored-key',
      check(peft) {
        const targets = targetsOf(peft);
        if (targets === undefined) return undefined;
        const names = targets.kind === 'names' ? targets.names : [targets.text];
        const joined = names.find(isJoined);
        const stops =
          names.every(isJoined) && unset(peft.options, peft.config.key('target_parameters'));
        if (joined === undefined || stops !== (severity === 'error')) return undefined;
        const apart = names.flatMap((name) => name.split(',')).map((name) => name.trim());
        return {
          at: peft.config.key('target_modules'),
          message: say`names are ${inWords(peft) ? say`separated by spaces` : say`items of a list`}: \`${joined}\` is one name, which no module has`,
          fixes: [
            listTargets(
              peft,
              apart.filter((name) => name !== ''),
            ),
          ],
        };
      },
    }),
  ),
  {
    id: 'mistyped-targets',
    where: TUNER,
    of: NAMED,
    rule: 'ignored-key',
    severity: 'warning',
    check(peft) {
      const name = unmatched(peft).find((one) => meant(peft, one) !== undefined);
      const near = name === undefined ? undefined : meant(peft, name);
      if (name === undefined || near === undefined) return undefined;
      const names = (namedModules(peft) ?? []).map((one) => meant(peft, one) ?? one);
      return {
        at: peft.config.key('target_modules'),
        message: say`no module of ${sureModelType(peft.input)} models ends with \`${name}\`: it adapts nothing, and nothing says so; did you mean \`${near}\`?`,
        fixes: [listTargets(peft, [...new Set(names)])],
      };
    },
  },
  {
    id: 'idle-targets',
    where: TUNER,
    of: NAMED,
    rule: 'ignored-key',
    severity: 'info',
    check(peft) {
      // What no family has may be a module that the program adds.
      const idle = unmatched(peft).filter((name) => isModuleName(leaf(name)));
      if (idle.length === 0) return undefined;
      const rest = (namedModules(peft) ?? []).filter((name) => !idle.includes(name));
      return {
        at: peft.config.key('target_modules'),
        message: say`no module of ${sureModelType(peft.input)} models ends with ${list(idle)}: this adapts nothing, and nothing says so`,
        fixes: [listTargets(peft, rest), ...allLinear(peft)],
      };
    },
  },
]);

/** Whether the names are words of a command line. */
function inWords({ options, config, input }: PeftInput): boolean {
  const { origin } = options.get(config.key('target_modules'));
  if (origin.kind !== 'written') return false;
  return input.recognized.sections.some(
    ({ unit, entries }) => unit.kind === 'command' && entries.includes(origin.entry),
  );
}
