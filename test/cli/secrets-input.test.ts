import { afterEach, describe, expect, it, vi } from 'vitest';
import { HiddenLine } from '../../packages/cli/src/hidden-input.ts';
import { stopOnSignal } from '../../packages/cli/src/secrets-stop.ts';

afterEach(() => vi.restoreAllMocks());

/** What a line holds after these keys, and what the last of them did. */
function typed(keys: string): { readonly text: string; readonly end: string } {
  const line = new HiddenLine();
  let end = 'more';
  for (const byte of Buffer.from(keys)) end = line.take(byte);
  return { text: line.value().toString(), end };
}

describe('a hidden prompt', () => {
  it.each<[string, string, string, string]>([
    ['a value and Enter', 'sk-abc\r', 'sk-abc', 'done'],
    ['a line break', 'sk-abc\n', 'sk-abc', 'done'],
    ['Ctrl-D at its end', 'sk-abc\u0004', 'sk-abc', 'done'],
    ['Ctrl-D alone', '\u0004', '', 'aborted'],
    ['Ctrl-C', 'sk-abc\u0003', 'sk-abc', 'aborted'],
    ['Backspace', 'sk-abd\u007Fc\r', 'sk-abc', 'done'],
    ['Ctrl-H', 'sk-abd\bc\r', 'sk-abc', 'done'],
    ['Backspace takes a whole character', 'aé\u007F€\u007F😀\u007Fb\r', 'ab', 'done'],
    ['more Backspaces than characters', 'a\u007F\u007F\u007Fb\r', 'b', 'done'],
    ['Ctrl-U', 'wrong\u0015right\r', 'right', 'done'],
    ['arrow keys and function keys', 'a\u001B[D\u001B[1;5C\u001BOPb\r', 'ab', 'done'],
    ['a paste in brackets', '\u001B[200~sk-abc\u001B[201~\r', 'sk-abc', 'done'],
    ['other control characters', 'a\u0001\u0007b\r', 'ab', 'done'],
    ['blanks and tabs are part of it', ' a\tb \r', ' a\tb ', 'done'],
    ['not over yet', 'sk-abc', 'sk-abc', 'more'],
  ])('%s', (_name, keys, text, end) => {
    expect(typed(keys)).toEqual({ text, end });
  });

  it('forgets what was typed', () => {
    const line = new HiddenLine();
    for (const byte of Buffer.from('cnry')) line.take(byte);
    line.wipe();
    expect(line.value()).toHaveLength(0);
  });
});

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s: the first asks to stop, the second ends the process at once', (signal) => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const said: string[] = [];
    const others = process.listeners(signal);
    const stop = stopOnSignal((text) => said.push(text));
    const [listener] = process.listeners(signal).filter((each) => !others.includes(each));
    expect(stop.signal.aborted).toBe(false);
    listener?.(signal);
    expect(stop.signal.aborted).toBe(true);
    expect(said).toEqual(['stopping at the next safe boundary (again: at once)']);
    expect(exit).not.toHaveBeenCalled();
    listener?.(signal);
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
    stop.dispose();
    expect(process.listeners(signal)).toEqual(others);
  });
});
