import type { Candidate, Discovery } from './discovery.ts';
import { secretsSection } from './write-secrets.ts';

/** The commented agentops.yaml for what was found; what was not reachable stands there as a comment. */
export function configFileFor(found: Discovery): string {
  const sections = [
    '# agentops.yaml: every setting is optional; `agentops config reference` lists them all.\n# Secrets never belong in this file: write ${env:NAME} or ${file:PATH}.\n# yaml-language-server: $schema=./agentops.schema.json   (agentops config schema > agentops.schema.json)\nversion: 1',
    kubernetes(found),
    server('prometheus', 'Prometheus, Thanos, Mimir or VictoriaMetrics: the performance and budget checks', found.prometheus, (url) => [
      `prometheus:`,
      `  url: ${url}`,
      '  # bearerToken: ${env:PROMETHEUS_TOKEN}',
      '  # headers: { X-Scope-OrgID: agents }',
    ]),
    server('redis', 'Redis: connectivity, and the agents’ registry', found.redis, (url) => [
      'redis:',
      '  - name: redis',
      `    url: ${url}`,
      '    # password: ${env:REDIS_PASSWORD}',
    ]),
    server('vault', 'Vault or OpenBao: seal status, and the age of secrets (metadata only)', found.vault, (url) => [
      'vault:',
      `  address: ${url}`,
      '  # auth: { method: kubernetes, role: agentops }   # default: VAULT_TOKEN, then ~/.vault-token',
      '  # secrets:',
      '  #   - { mount: kv, path: agents }',
    ]),
    secretsSection(found.secrets),
    providers(found),
    '# HTTP endpoints that agents depend on\n# endpoints:\n#   - { name: gateway, url: https://gateway.example.com/health }',
    cost(found),
    '# US dollars; checked against spend seen in Prometheus\n# budget: { daily: 100, monthly: 2000 }',
    '# Findings that are known and accepted\n# suppressions:\n#   - { id: resources/missing-limits, resource: agents/*, reason: "batch jobs", until: 2027-01-31 }',
  ];
  return `${sections.join('\n\n')}\n`;
}

function kubernetes({ kubernetes: cluster }: Discovery): string {
  if (!cluster.found) return `# Kubernetes: not found (${oneLine(cluster.detail)})\n# kubernetes: { contexts: [my-context] }`;
  const names = cluster.namespaces.filter((name) => !name.startsWith('kube-'));
  const list = names.slice(0, 12).join(', ');
  const hint = list ? `  # namespaces: [${list}]   # default: all` : '  # namespaces: [agents]   # default: all';
  return `# Kubernetes ${cluster.version} at ${cluster.server}\nkubernetes:\n  contexts: [${quoted(cluster.context)}]\n${hint}`;
}

function server(name: string, title: string, candidates: readonly Candidate[], lines: (url: string) => string[]): string {
  const chosen = candidates.find((each) => each.reachable);
  const others = candidates.filter((each) => each !== chosen && (each.reachable || each.origin !== 'localhost'));
  const notes = others.map(
    (each) =>
      `# also: ${each.url} (${each.origin}; ${each.reachable ? `answers, ${each.detail}` : oneLine(each.detail)}${each.hint ? `; try: ${each.hint}` : ''})`,
  );
  if (chosen) return [`# ${title}`, `# ${chosen.origin}, version ${chosen.detail}`, ...notes, ...lines(quoted(chosen.url))].join('\n');
  const example =
    others[0]?.url ?? { prometheus: 'http://prometheus:9090', redis: 'redis://redis:6379', vault: 'https://vault:8200' }[name] ?? '';
  return [`# ${title}`, `# none was reachable from here`, ...notes, ...lines(quoted(example)).map((line) => `# ${line}`)].join('\n');
}

function cost({ codingAgents }: Discovery): string {
  const found =
    codingAgents.length > 0
      ? `# found, and read without being named: ${codingAgents.map(oneLine).join(', ')}`
      : '# Claude Code and Codex logs of this user are read where there are any; none were found';
  return `# What model usage costs: agentops cost report\n${found}\n# cost:\n#   sources:\n#     - { path: logs/usage/*.jsonl }`;
}

function providers({ providers: names }: Discovery): string {
  const title = '# Model providers whose API must be reachable; no token is spent';
  if (names.length === 0) return `${title}\n# providers:\n#   - { name: openai }`;
  return [title, 'providers:', ...names.map(({ name, variable }) => `  - { name: ${name} }   # ${variable} is set`)].join('\n');
}

function quoted(text: string): string {
  return /^[\w./:@${}-]+$/.test(text) && !/[{}]/.test(text) ? text : JSON.stringify(text);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
