/**
 * Remembers the last `size` results of a pure function by its argument's JSON. Most keystrokes
 * leave the run as it was, and with it every number that follows from it.
 */
export function memoize<A, R>(make: (argument: A) => R, size: number): (argument: A) => R {
  const kept = new Map<string, R>();
  return (argument) => {
    const key = JSON.stringify(argument);
    const found = kept.get(key);
    if (found !== undefined) {
      kept.delete(key);
      kept.set(key, found);
      return found;
    }
    const made = make(argument);
    kept.set(key, made);
    const oldest = kept.size > size ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    return made;
  };
}
