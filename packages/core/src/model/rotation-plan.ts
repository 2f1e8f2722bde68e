import type { RotationState, RotationStep } from './rotation.ts';

/** One line of a plan: what will be done and to what. */
export interface PlanStep {
  readonly step: RotationStep;
  /** `check-and-set on version 4` */
  readonly text: string;
  /** Every object that is touched: `kv/agents/openai`, `Deployment agents/code-gen`. */
  readonly objects: readonly string[];
}

/** What rotating one secret would do. Made from metadata: no value is read for it. */
export interface RotationPlan {
  readonly secret: string;
  /** `kv/agents/openai`; undefined where the value never leaves Vault. */
  readonly location: string | undefined;
  readonly currentVersion: number;
  /** ms since the epoch: when the present value was made; undefined where that was not seen. */
  readonly valueSince: number | undefined;
  readonly steps: readonly PlanStep[];
  /** Until which step it can be undone; undefined: it cannot be undone at all. */
  readonly undoUntil: RotationStep | undefined;
  readonly warnings: readonly string[];
  /** Why it must not run as it stands; undefined: it can. */
  readonly blocked: string | undefined;
  /** What could not be seen while planning, and why. */
  readonly notSeen: readonly string[];
}

/** How far a run is: for progress lines and for the record of how long each step took. */
export interface RotationEvent {
  readonly secret: string;
  readonly step: RotationStep;
  readonly status: 'started' | 'waiting' | 'done' | 'failed' | 'skipped';
  readonly detail: string;
  /** ms since the step began; on `done` and `failed`. */
  readonly ms?: number;
}

/** How a run of one secret ended. */
export interface RotationOutcome {
  readonly secret: string;
  readonly rotation: string | undefined;
  readonly result: /** Everything is done. */
    | 'done'
    /** The new value serves; the old one is valid until `graceUntil`. */
    | 'grace'
    /** It failed, and the old value serves again. */
    | 'rolled-back'
    /** It stands in the middle, safe; `resume` goes on. */
    | 'stopped'
    | 'needs-operator'
    /** Somebody else is at it. */
    | 'locked'
    /** Nothing was done: not due, outside the window, declined. */
    | 'skipped'
    /** Nothing was done, for it could not be seen whether it is due. */
    | 'unknown'
    /** Nothing was done, and something is wrong. */
    | 'failed';
  /** A way back that a person asked for: no failure. */
  readonly asked?: true;
  readonly state: RotationState | undefined;
  readonly version: number | undefined;
  /** ms since the epoch */
  readonly graceUntil: number | undefined;
  /** Why, and what to do next. */
  readonly detail: string;
  readonly next: readonly string[];
}
