import assert from 'node:assert/strict';
import type { Finding, Fix } from '../../src-core/finding.ts';
import type { Rule } from '../../src-core/rules/rule.ts';
import type { Case } from './case.ts';
import { afterFix, look, type Outcome, relevant } from './run-case.ts';
import type { Suite } from './suite.ts';

/** A page says what the rule is about, shows it, and says what its fix may do. */
export function checkPage(rule: Rule, page: Suite): void {
  const titles = page.sections.map(({ title }) => title);
  assert.equal(titles[1], rule.id, 'the first heading is the id of the rule');
  const wanted = ['Why it matters', 'Examples', ...(rule.fix === 'none' ? [] : ['Fix safety'])];
  for (const title of wanted) assert.ok(titles.includes(title), `${page.path} lacks "## ${title}"`);
  const rulers = page.cases.flatMap((one) => one.files.flatMap((file) => file.rulers));
  assert.ok(
    rulers.some((ruler) => ruler.rule === rule.id),
    `no example of ${page.path} shows the rule at work`,
  );
  const offered = page.cases.flatMap((one) =>
    look(one)
      .findings.filter((finding) => finding.rule === rule.id)
      .flatMap((finding) => finding.fixes),
  );
  checkClass(rule, offered);
}

const STRENGTH = { none: 0, suggestion: 1, unsafe: 2, safe: 3 } as const;

/** The class of fix that a rule announces is the strongest that its examples offer. */
function checkClass(rule: Rule, offered: readonly Fix[]): void {
  const strongest = Math.max(0, ...offered.map(({ safety }) => STRENGTH[safety]));
  assert.ok(
    strongest <= STRENGTH[rule.fix],
    `${rule.id} announces fix "${rule.fix}" and offers a stronger one`,
  );
  if (rule.fix !== 'none')
    assert.ok(strongest > 0, `no example of ${rule.id} offers the fix that it announces`);
}

/** Every fix removes its finding, adds no error, and leaves the file readable; safe ones come first. */
export function checkFixes(one: Case): void {
  const before = look(one);
  for (const finding of relevant(one, before.findings)) {
    const order = finding.fixes.map(({ safety }) => safety);
    const mixed = order.lastIndexOf('safe') >= order.filter((safety) => safety === 'safe').length;
    assert.ok(!mixed, `${finding.rule}: a safe fix behind another: ${order.join(', ')}`);
    for (const fix of finding.fixes) checkFix(one, before, finding, fix);
  }
}

function checkFix(one: Case, before: Outcome, finding: Finding, fix: Fix): void {
  const name = `${finding.rule}: "${fix.title}"`;
  assert.ok(
    fix.files.some(({ edits }) => edits.length > 0),
    `${name} edits nothing`,
  );
  const texts = afterFix(one, fix);
  assert.ok(texts, `${name} edits a file that is not there`);
  const after = look(one, texts);
  const count = ({ findings }: Outcome, rule: string) =>
    findings.filter((other) => other.rule === rule).length;
  // A suggestion that says it is tight leaves a hint that says the same.
  const tight = /, tight$/.test(fix.title);
  const hints = after.findings.filter(
    ({ rule, severity, message }) =>
      rule === finding.rule && severity === 'hint' && message !== finding.message,
  );
  const left = count(after, finding.rule) - (tight ? hints.length : 0);
  assert.ok(
    left < count(before, finding.rule),
    `${name} leaves its finding\n${[...texts.values()].join('\n')}`,
  );
  const errors = new Set(after.findings.filter((f) => f.severity === 'error').map((f) => f.rule));
  for (const rule of errors)
    assert.ok(
      count(after, rule) <= count(before, rule),
      `${name} adds an error [${rule}]\n${[...texts.values()].join('\n')}`,
    );
  assert.deepEqual(after.unrecognised, before.unrecognised, `${name} hides the run`);
  assert.ok(after.syntaxProblems <= before.syntaxProblems, `${name} breaks the syntax`);
}
