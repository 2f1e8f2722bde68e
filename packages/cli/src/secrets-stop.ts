export interface StopRequest {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Lets signals end the process again. */
  dispose(): void;
}

/**
 * The first Ctrl-C or SIGTERM asks to stop where nothing is left half-done, the
 * second ends the process at once: the journal makes that safe, too.
 */
export function stopOnSignal(say: (text: string) => void): StopRequest {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    say('stopping at the next safe boundary (again: at once)');
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
