/** A generator of random numbers that gives the same ones for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 ≤ x < 2^32. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** 0 ≤ x < 1. */
  share(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number, low ≤ x ≤ high. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.share() * (high - low + 1));
  }

  /** Lengths of what people and tools write: most are short, some are very long. */
  logNormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.share())) * Math.cos(2 * Math.PI * this.share());
    return median * Math.exp(sigma * normal);
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.share() * values.length)] as T;
  }

  /** Letters and digits. */
  id(length: number): string {
    let text = '';
    while (text.length < length) text += this.bits().toString(36).padStart(7, '0');
    return text.slice(0, length);
  }

  uuid(): string {
    const hex = (n: number): string => n.toString(16).padStart(8, '0');
    const [a, b, c, d] = [hex(this.bits()), hex(this.bits()), hex(this.bits()), hex(this.bits())];
    return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
  }
}
