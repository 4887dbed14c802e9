/** A JSON object whose fields are read with care: nothing is trusted to be there or of its type. */
export type Config = Readonly<Record<string, unknown>>;

/** The value as an object, or `undefined`. */
export function asConfig(value: unknown): Config | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return { ...value };
}

/** No dimension, count or rope base is larger. */
const LARGEST = 1e12;

/** The first of the named fields that is a number from `least` to 1e12. */
export function count(config: Config, names: readonly string[], least = 1): number | undefined {
  for (const name of names) {
    const value = config[name];
    if (typeof value === 'number' && value >= least && value <= LARGEST) return value;
  }
  return undefined;
}

/** The first of the named fields that is a boolean. */
export function flag(config: Config, names: readonly string[]): boolean | undefined {
  for (const name of names) {
    const value = config[name];
    if (typeof value === 'boolean') return value;
  }
  return undefined;
}

/** The first of the named fields that is a string. */
export function text(config: Config, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = config[name];
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** A copy without the fields that are `undefined`. */
export function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> };
}
