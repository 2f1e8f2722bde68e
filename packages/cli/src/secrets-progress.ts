import type { Clock } from '@agentops/core/host';
import type { RotationEvent } from '@agentops/core/model/rotation-plan';
import { eventLine, eventText, worthALine } from '@agentops/core/render/secrets/event';
import { withLocalTimes } from '@agentops/core/render/secrets/words';
import { isWatched } from './output.ts';

export interface RotationProgress {
  readonly onEvent: (event: RotationEvent) => void;
  /** A line that stays, whatever is shown at the time. */
  say(text: string): void;
  stop(): void;
}

const symbols = { done: '✔', failed: '✖', skipped: '-' } as const;

/** Steps as they happen, on stderr: a spinner where a person watches, lines for a log elsewhere. */
export async function rotationProgress({
  quiet,
  timeZone,
  clock,
}: {
  readonly quiet: boolean;
  readonly timeZone: string;
  readonly clock: Clock;
}): Promise<RotationProgress> {
  const now = (): number => clock.monotonic();
  const local = (text: string): string => withLocalTimes(text, clock.now(), timeZone);
  const write = (text: string): void => void process.stderr.write(`${text}\n`);
  const plain = (text: string): void => write(`agentops: ${text}`);
  if (quiet) return { onEvent: () => undefined, say: plain, stop: () => undefined };
  if (!isWatched()) {
    const worth = worthALine({ waits: true });
    return {
      onEvent: (event) => {
        if (worth(event, now())) write(local(eventLine(event)));
      },
      say: plain,
      stop: () => undefined,
    };
  }
  const { default: ora } = await import('ora');
  // discardStdin off: it would put the terminal into raw mode, and Ctrl-C must stay Ctrl-C.
  const worth = worthALine({ waits: false });
  const spinner = ora({ stream: process.stderr, discardStdin: false });
  return {
    onEvent: (event) => {
      const start = `${event.secret}  ${event.step.padEnd(8)}`;
      const text = local(`${start}  ${eventText(event)}`.trimEnd());
      if (event.status === 'started' || event.status === 'waiting') {
        spinner.text = text;
        if (!spinner.isSpinning) spinner.start();
      } else if (worth(event, now())) {
        spinner.stopAndPersist({ symbol: symbols[event.status], text });
      }
    },
    say: (text) => {
      const wasSpinning = spinner.isSpinning;
      spinner.stop();
      plain(text);
      if (wasSpinning) spinner.start();
    },
    stop: () => void spinner.stop(),
  };
}
