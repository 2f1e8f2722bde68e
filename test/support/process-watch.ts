import { readdirSync, readFileSync } from 'node:fs';

/**
 * Looks at the command line and the environment of every process of this
 * machine, again and again, for a text that must never stand there.
 */
export function watchProcesses(
  needle: RegExp,
  except: readonly number[],
): { stop(): { readonly looks: number; readonly found: readonly string[] } } {
  const found = new Set<string>();
  let looks = 0;
  const look = (): void => {
    looks += 1;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (except.includes(Number(pid))) continue;
      for (const part of ['cmdline', 'environ']) {
        try {
          const text = readFileSync(`/proc/${pid}/${part}`, 'utf8');
          if (needle.test(text)) found.add(`${part} of ${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}`);
        } catch {
          // It ended meanwhile, or is not ours to look at.
        }
      }
    }
  };
  const timer = setInterval(look, 10);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return { looks, found: [...found] };
    },
  };
}
