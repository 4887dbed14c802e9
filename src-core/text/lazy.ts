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

/** Makes the value of a name when it is first asked for, and keeps it. */
export function byName<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined || made.has(name)) return known as T;
    const value = make(name);
    made.set(name, value);
    return value;
  };
}
