import { keepPlayed } from '../../src-core/index.ts';

/** Of about 3 KB each. */
const MOST = 2000;

/** Has each thread of a check remember what runs needed: many scripts start the same run, or try the same changes. */
export function rememberPlayed(): void {
  const played = new Map<string, string>();
  keepPlayed({
    read: (key) => played.get(key),
    write(key, text) {
      if (played.size < MOST) played.set(key, text);
    },
  });
}
