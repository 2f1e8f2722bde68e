import { scenarios } from '@agentops/lab/scenarios';
import type { Command } from 'commander';
import { oneOf, writeResult } from '../output.ts';

interface Node {
  readonly path: string;
  readonly words: readonly string[];
}

const shells = ['bash', 'zsh', 'fish'] as const;

/** What a command's argument may be, by command. */
const argumentWords: Readonly<Record<string, readonly string[]>> = {
  lab: ['list', ...scenarios.map(({ name }) => name)],
  completion: shells,
};

/** `agentops completion SHELL`: a script made from the command tree itself. */
export async function completion(shell: string, program: Command): Promise<void> {
  const write = { bash, zsh, fish }[oneOf('shell', shell, shells)];
  await writeResult(write(nodesOf(program, '')));
}

function nodesOf(command: Command, path: string): Node[] {
  const options = command.options.filter((option) => !option.hidden).flatMap((option) => (option.long ? [option.long] : []));
  const names = command.commands.map((sub) => sub.name());
  const here = { path, words: [...names, ...(argumentWords[path] ?? []), ...options, '--help'] };
  return [here, ...command.commands.flatMap((sub) => nodesOf(sub, `${path} ${sub.name()}`.trim()))];
}

function bash(nodes: readonly Node[]): string {
  const cases = nodes.map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`).join('\n');
  return `# agentops completion for bash: eval "$(agentops completion bash)"
_agentops() {
  local current=\${COMP_WORDS[COMP_CWORD]} path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  while :; do
    case $path in
${cases}
    esac
    [ -n "$words" ] || [ -z "$path" ] && break
    case $path in *' '*) path=\${path% *} ;; *) path='' ;; esac
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _agentops agentops
`;
}

function zsh(nodes: readonly Node[]): string {
  return `#compdef agentops
# agentops completion for zsh: source <(agentops completion zsh)
autoload -Uz bashcompinit && bashcompinit
${bash(nodes)}`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, words }) => {
    const parts = path === '' ? [] : path.split(' ');
    const condition =
      parts.length === 0 ? '__fish_use_subcommand' : parts.map((part) => `__fish_seen_subcommand_from ${part}`).join('; and ');
    return words.map((word) =>
      word.startsWith('--')
        ? `complete -c agentops -n '${condition}' -l ${word.slice(2)}`
        : `complete -c agentops -f -n '${condition}' -a ${word}`,
    );
  });
  return `# agentops completion for fish: agentops completion fish | source\n${lines.join('\n')}\n`;
}
