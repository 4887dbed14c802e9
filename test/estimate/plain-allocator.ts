// torch's caching allocator as its source reads, without any structure for speed: every block in one
// list, looked through from the start. What src-core/estimate/allocator.ts has to equal.

import type { AllocatorConf } from '../../src-core/run/training-run.ts';

const MIB = 2048; // units of 512 bytes

interface Piece {
  segment: string;
  readonly small: boolean;
  address: number;
  units: number;
  free: boolean;
}

/** Sizes in units of 512 bytes. */
export class PlainAllocator {
  reserved = 0;
  most = 0;
  private pieces: Piece[] = [];
  private nextAddress = 0;
  private segments = 0;
  private holes = 0;

  private readonly expandable: boolean;

  constructor(
    private readonly conf: AllocatorConf,
    private readonly limit = Number.POSITIVE_INFINITY,
  ) {
    this.expandable = conf.expandableSegments;
  }

  malloc(asked: number): Piece {
    const units = this.rounded(asked);
    const small = units <= MIB;
    const piece = this.bestFit(units, small) ?? this.fresh(units, small);
    const rest = piece.units - units;
    if (small || this.expandable ? rest > 0 : rest > MIB) {
      const at = this.pieces.indexOf(piece) + 1;
      const behind = { ...piece, address: piece.address + units, units: rest, free: true };
      this.pieces.splice(at, 0, behind);
      piece.units = units;
    }
    piece.free = false;
    return piece;
  }

  /** The next of the steps that the sizes between two powers of two are divided into. */
  private rounded(units: number): number {
    let [floor, interval] = [1, -11]; // 2^11 units are 1 MiB
    while (floor * 2 <= units) [floor, interval] = [floor * 2, interval + 1];
    const steps = this.conf.roundupDivisions.at(Math.min(Math.max(interval, 0), 15)) ?? 0;
    if (steps < 2 || units <= steps) return units;
    let size = floor;
    while (size < units) size += floor / steps;
    return size;
  }

  free(piece: Piece): void {
    piece.free = true;
    this.pieces = this.pieces.reduce<Piece[]>((joined, one) => {
      const last = joined.at(-1);
      if (last?.free && one.free && last.segment === one.segment) last.units += one.units;
      else joined.push(one);
      return joined;
    }, []);
  }

  /** The smallest that is large enough, the lowest address first; a growing end counts as endless. */
  private bestFit(units: number, small: boolean): Piece | undefined {
    const end = this.expandable ? this.of(small).at(-1) : undefined;
    const [first, second] = this.of(small)
      .filter((piece) => piece.free && piece.units >= units)
      .sort((a, b) => a.units - b.units || a.address - b.address);
    return first === end ? (second ?? first) : first;
  }

  private of(small: boolean): readonly Piece[] {
    return this.pieces.filter((piece) => piece.small === small);
  }

  private fresh(units: number, small: boolean): Piece {
    return this.expandable ? this.grown(units, small) : this.segment(units, small);
  }

  private segment(units: number, small: boolean): Piece {
    const all = small ? 2 * MIB : units < 10 * MIB ? 20 * MIB : roundUp(units, 2 * MIB);
    if (this.reserved + all > this.limit) this.release();
    this.hold(all);
    const address = this.nextAddress;
    this.nextAddress += all;
    const piece = { segment: `${++this.segments}`, small, address, units: all, free: true };
    this.pieces.push(piece);
    return piece;
  }

  /** One segment of each pool grows by whole pages. */
  private grown(units: number, small: boolean): Piece {
    const page = pageOf(small);
    const lacks = () => {
      const end = this.of(small).at(-1);
      return roundUp(units - (end?.free ? end.units : 0), page);
    };
    if (this.reserved + lacks() > this.limit) this.unmap();
    const more = lacks();
    this.hold(more);
    const end = this.of(small).at(-1);
    if (end?.free) {
      end.units += more;
      return end;
    }
    const address = end === undefined ? 0 : end.address + end.units;
    const segment = end?.segment ?? `${++this.segments}`;
    const piece = { segment, small, address, units: more, free: true };
    this.pieces.splice(
      end === undefined ? this.pieces.length : this.pieces.indexOf(end) + 1,
      0,
      piece,
    );
    return piece;
  }

  private hold(units: number): void {
    this.reserved += units;
    this.most = Math.max(this.most, this.reserved);
  }

  /** Gives segments back of which nothing is in use. */
  private release(): void {
    const used = new Set(this.pieces.filter(({ free }) => !free).map(({ segment }) => segment));
    for (const { segment, units } of this.pieces) if (!used.has(segment)) this.reserved -= units;
    this.pieces = this.pieces.filter(({ segment }) => used.has(segment));
  }

  /** Gives the pages back that lie in free pieces; what is behind a hole is a segment of its own. */
  private unmap(): void {
    for (const small of [true, false]) {
      const page = pageOf(small);
      let hole = '';
      const kept = this.of(small).flatMap((piece) => {
        const own = { ...piece, segment: piece.segment + hole };
        const [from, to] = [
          roundUp(piece.address, page),
          Math.floor((piece.address + piece.units) / page) * page,
        ];
        if (!piece.free || to <= from) {
          return [Object.assign(piece, own)];
        }
        this.reserved -= to - from;
        const head = { ...own, units: from - piece.address };
        hole = `/${++this.holes}`;
        const tail = {
          ...own,
          segment: piece.segment + hole,
          address: to,
          units: piece.address + piece.units - to,
        };
        return [head, tail].filter(({ units }) => units > 0);
      });
      this.pieces = [...this.pieces.filter((piece) => piece.small !== small), ...kept];
    }
  }
}

const pageOf = (small: boolean): number => (small ? 2 : 20) * MIB;

const roundUp = (units: number, step: number): number => Math.ceil(units / step) * step;
