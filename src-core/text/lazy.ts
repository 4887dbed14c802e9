/** Makes a value when it is first asked for, and keeps it; what it is made of is let go then. */
export function lazy<T>(make: () => T): () => T {
  let waiting: (() => T) | undefined = make;
  let value: T | undefined;
  return () => {
    if (waiting !== undefined) {
      value = waiting();
      waiting = undefined;
    }
    return value as T;
  };
}
