import { existsSync, readFileSync } from 'node:fs';
import { type Measurement, measure, median, type RunOptions } from '../measure.ts';

/** What one program took for one thing, run after run. */
export class Runs {
  readonly name: string;
  readonly #walls: number[] = [];
  readonly #peaks: number[] = [];
  readonly #cpus: number[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get wallMs(): number {
    return median(this.#walls);
  }

  get cpuMs(): number {
    return median(this.#cpus);
  }

  get peakBytes(): number {
    return median(this.#peaks);
  }

  /** Runs the program once more; throws unless it ends with 0. */
  async once(command: string, args: readonly string[], options: RunOptions): Promise<Measurement> {
    const before = childrenCpuMs();
    const measured = await measure(command, args, options);
    if (measured.exitCode !== 0) throw new Error(`${this.name}: exit code ${measured.exitCode}\n${measured.errors}`);
    this.#walls.push(measured.wallMs);
    this.#peaks.push(measured.peakBytes);
    this.#cpus.push(childrenCpuMs() - before);
    return measured;
  }

  /** Medians, and the fastest and the slowest run. */
  toString(): string {
    const range = `${seconds(Math.min(...this.#walls))} – ${seconds(Math.max(...this.#walls))}, ${this.#walls.length} runs`;
    return `${this.name.padEnd(28)} ${seconds(this.wallMs).padStart(9)} wall ${seconds(this.cpuMs).padStart(9)} CPU ${megabytes(this.peakBytes).padStart(8)}   (${range})`;
  }
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** User and system time of all children that have ended. /proc counts in hundredths of a second. */
function childrenCpuMs(): number {
  if (!existsSync('/proc/self/stat')) return 0;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
