import type { ScalarNode } from './document.ts';

/** What a scalar says. */
export type Said = Pick<ScalarNode, 'text' | 'value'>;

/**
 * Tells who looks at what one scalar says, so that after the next letter typed into it only they
 * have to look again. A look at the node itself counts as open: what came of it is not known. Looks
 * within `check` and through `through` are accounted for.
 */
export class Watch {
  readonly node: ScalarNode;
  private said: Said;
  private open = 0;
  private accounted = 0;
  private within = 0;
  private readonly checks: (() => boolean)[] = [];

  constructor(node: ScalarNode) {
    this.said = { text: node.text, value: node.value };
    const look = (): Said => this.look();
    this.node = {
      ...node,
      get text() {
        return look().text;
      },
      get value() {
        return look().value;
      },
    };
  }

  private look(): Said {
    if (this.within === 0) this.open += 1;
    return this.said;
  }

  /** Whether anything came of the scalar that cannot be made again by itself. */
  get isOpen(): boolean {
    return this.open > 0;
  }

  /** Runs `work`, to which all values of the kind are one: its looks do not count. */
  aside<T>(work: () => T): T {
    const { open, accounted } = this;
    const result = work();
    this.open = open;
    this.accounted = accounted;
    return result;
  }

  /** A look by way of a value that stays with whoever asked for it. */
  through<T>(work: () => T): T {
    this.accounted += 1;
    this.within += 1;
    try {
      return work();
    } finally {
      this.within -= 1;
    }
  }

  /** Notes a look at something that was made by looking. */
  lookAgain(): void {
    this.accounted += 1;
  }

  /** Whether `work` looks through a value of the scalar. */
  looksIn<T>(work: () => T): { readonly result: T; readonly looked: boolean } {
    const before = this.accounted;
    const result = work();
    const looked = this.accounted !== before;
    this.accounted = before;
    return { result, looked };
  }

  /**
   * Runs a check that finds nothing in most values, and keeps nothing of what it looks at. One that
   * looked is kept for `stillContent`.
   */
  check<T>(work: () => T | undefined): T | undefined {
    const { open } = this;
    const { result, looked } = this.looksIn(work);
    if (!looked && this.open === open) return result;
    this.open = open;
    if (result === undefined) this.checks.push(() => work() === undefined);
    else this.open += 1;
    return result;
  }

  /** Ends the count of what the run is made of: a look that nobody accounts for leaves it open. */
  settle(): void {
    this.open += this.accounted;
    this.accounted = 0;
  }

  /** Whether the checks that looked find nothing still. */
  stillContent(): boolean {
    return this.checks.every((check) => check());
  }

  /** Runs `work` as if the scalar said something else. */
  as<T>(said: Said, work: () => T): T {
    const kept = this.said;
    this.said = said;
    try {
      return work();
    } finally {
      this.said = kept;
    }
  }
}
