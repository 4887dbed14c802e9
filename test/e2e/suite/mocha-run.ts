/** The count a run ends with. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Runs what was declared, and counts. */
export function runMocha(mocha: {
  run(done: (failures: number) => void): Mocha.Runner;
}): Promise<Tally> {
  return new Promise((resolve) => {
    const runner = mocha.run((failed) => {
      resolve({ passed: runner.stats?.passes ?? 0, failed });
    });
  });
}

/** The options of every run. */
export const OPTIONS = { ui: 'tdd', color: false, timeout: 30_000, reporter: 'spec' } as const;
