/** ms; a server of which nothing at all is heard for so long is down for whoever has to act on an incident. */
const defaultLimitMs = 5000;

/**
 * Whether a server has been heard at all: an established TLS connection, or the
 * head of any answer. A slow one that is alive keeps each request's own limit;
 * one that stays silent is given up as a whole, whatever is still asked of it.
 */
export interface FirstAnswer {
  readonly limitMs: number;
  /** Aborts when the limit passed in silence. */
  readonly gaveUp: AbortSignal;
  /** A request goes out; the first one starts the clock. */
  asked(): void;
  /** Something came back. */
  heard(): void;
}

export function awaitFirstAnswer(limitMs = defaultLimitMs): FirstAnswer {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  return {
    limitMs,
    gaveUp: stop.signal,
    asked() {
      if (!over) timer ??= setTimeout(() => stop.abort(), limitMs).unref();
    },
    heard() {
      over = true;
      clearTimeout(timer);
    },
  };
}
