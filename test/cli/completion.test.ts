import { describe, expect, it } from 'vitest';
import { runChild } from '../support/child.ts';
import { useCli } from '../support/cli.ts';

const cli = useCli();

async function scriptFor(shell: string): Promise<string> {
  const ended = await cli.run(['completion', shell]);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return ended.stdout;
}

describe('bash', () => {
  it('is a valid script', async () => {
    expect(await runChild('bash', ['-n'], { input: await scriptFor('bash') })).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  /** What bash offers for the last word. */
  async function complete(script: string, ...words: string[]): Promise<string[]> {
    const line = words.map((word) => `'${word}'`).join(' ');
    const input = `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _agentops; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p agentops\n`;
    const ended = await runChild('bash', ['--norc'], { input });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const lines = ended.stdout.trimEnd().split('\n');
    expect(lines.pop()).toBe('complete -o default -F _agentops agentops');
    return lines.filter((word) => word !== '');
  }

  it('completes commands, commands below them, and options', async () => {
    const script = await scriptFor('bash');
    expect(await complete(script, 'agentops', 'diag')).toEqual(['diagnose']);
    expect(await complete(script, 'agentops', 'c')).toEqual(['checks', 'cost', 'config', 'completion']);
    expect(await complete(script, 'agentops', 'config', '')).toEqual(['schema', 'reference', 'check', '--help']);
    expect(await complete(script, 'agentops', 'secrets', 're')).toEqual(['resume']);
    expect(await complete(script, 'agentops', 'secrets', 'ro')).toEqual(['rotate', 'rollback']);
    expect(await complete(script, 'agentops', 'secrets', 'rotate', 'a-secret', '--d')).toEqual(['--due', '--dry-run']);
    expect(await complete(script, 'agentops', 'diagnose', '--fa')).toEqual(['--fail-on']);
    expect(await complete(script, 'agentops', 'diagnose', '--only', 'agents', '--wa')).toEqual(['--watch']);
    expect(await complete(script, 'agentops', 'nothing', 'diag')).toEqual(['diagnose']);
    expect(await complete(script, 'agentops', 'rbac', '--nothing')).toEqual([]);
    expect(await complete(script, 'agentops', 'rbac', '--v')).toEqual(['--vault']);
    expect(await complete(script, 'agentops', 's')).toEqual(['schedule', 'secrets']);
    expect(await complete(script, 'agentops', 'schedule', '--ta')).toEqual(['--target']);
    expect(await complete(script, 'agentops', 'secrets', 'rot')).toEqual(['rotate']);
  });
});

it('zsh loads the same through bashcompinit', async () => {
  const script = await scriptFor('zsh');
  expect(script.split('\n')[0]).toBe('#compdef agentops');
  expect(script).toContain('autoload -Uz bashcompinit && bashcompinit\n');
  expect(script).toContain((await scriptFor('bash')).split('\n').slice(1).join('\n'));
});

it('fish gets one line a word', async () => {
  const lines = (await scriptFor('fish')).trimEnd().split('\n').slice(1);
  for (const line of lines) expect(line).toMatch(/^complete -c agentops( -f)? -n '[\w ;-]+' (-a|-l) [\w-]+$/);
  expect(lines).toContain("complete -c agentops -f -n '__fish_use_subcommand' -a diagnose");
  expect(lines).toContain("complete -c agentops -n '__fish_seen_subcommand_from diagnose' -l fail-on");
  expect(lines).toContain("complete -c agentops -f -n '__fish_seen_subcommand_from config' -a schema");
});
