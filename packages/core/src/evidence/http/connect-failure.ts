import type { Failure } from '../failure.ts';

/** A failure that is classified already. */
export class ConnectFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail);
    this.name = 'ConnectFailure';
    this.failure = failure;
  }
}
