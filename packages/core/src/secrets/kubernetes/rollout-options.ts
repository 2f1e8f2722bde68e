import type { WorkloadRecord } from '../../model/rotation.ts';
import type { RunContext } from '../ports.ts';
import type { Cluster } from './client.ts';
import type { WorkloadKind } from './kinds.ts';
import type { TemplateChange } from './template-patch.ts';

export interface RolloutOptions {
  readonly cluster: () => Promise<Cluster>;
  readonly kind: WorkloadKind;
  readonly record: WorkloadRecord;
  /** The Secret's configured name, without a version. */
  readonly family: string;
  readonly to: string;
  readonly rotation: string;
  readonly inPlace: boolean;
  /** ms that new pods must stay ready. */
  readonly settle: number;
  /** ms that the workload may take. */
  readonly timeout: number;
  readonly context: RunContext;
}

/** Where a workload is going, and what is known of the beginning. */
export interface Direction {
  readonly to: 'new' | 'old';
  /** `failed.stamp` of a verdict that was there before the change. */
  readonly stale?: string;
  /** On the way back nothing had to be changed. */
  readonly untouched?: boolean;
  /** On the way back there was no such workload any more. */
  readonly gone?: boolean;
}

export interface Wait extends Pick<RolloutOptions, 'cluster' | 'inPlace' | 'settle' | 'timeout' | 'context'> {
  readonly label: string;
  readonly where: { readonly kind: WorkloadKind; readonly namespace: string; readonly name: string };
  readonly direction: Direction;
  readonly change: TemplateChange;
}
