import type { Report } from '../model/report.ts';

export interface RenderOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
  /** Every check, every finding, every reason. */
  readonly verbose: boolean;
  /** Only what is not well. */
  readonly quiet: boolean;
  /** The report before this one (`--watch`): what is new and what is gone is marked. */
  readonly previous?: Report;
}
