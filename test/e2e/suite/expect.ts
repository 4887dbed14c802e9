/** The few assertions that the suites need; they run in Node and in a web worker alike. */

function fail(message: string): never {
  throw new Error(message);
}

export function ok(value: unknown, message: string): asserts value {
  if (!value) fail(message);
}

export function equal<T>(actual: T, expected: T, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) fail(`${what}: expected ${b}, got ${a}`);
}

export function match(actual: string, pattern: RegExp, what: string): void {
  if (!pattern.test(actual)) fail(`${what}: expected ${pattern}, got ${JSON.stringify(actual)}`);
}

/** Waits until `probe` gives something truthy, and gives that. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 15_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) fail(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
