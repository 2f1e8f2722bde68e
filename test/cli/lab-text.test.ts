import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { useCli } from '../support/cli.ts';

const cli = useCli();

/** What `agentops lab NAME` says before it waits; it is closed then. */
async function instructions(scenario: string, signal: NodeJS.Signals): Promise<{ readonly text: string; readonly code: number }> {
  const child = spawn(process.execPath, [cli.bin, 'lab', scenario], { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(child, 'close');
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.includes('Ctrl-C')) child.kill(signal);
  }
  const [code] = await closed;
  return { text, code };
}

describe('agentops lab', () => {
  it('says how to go on with a rotation where one stopped', async () => {
    const { text, code } = await instructions('rotation-stopped', 'SIGINT');
    expect(text).toContain('\n  agentops diagnose\n  agentops secrets list\n  agentops secrets resume openai-key\n');
    expect(code).toBe(0);
  });

  it('says nothing of rotations elsewhere', async () => {
    const { text, code } = await instructions('healthy', 'SIGHUP');
    expect(text).toContain('\n  agentops diagnose\n  agentops cost report\n');
    expect(text).not.toContain('secrets');
    expect(code).toBe(0);
  });
});
