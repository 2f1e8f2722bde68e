import type { AnyCheck } from '@agentops/core/checks/check';
import { allChecks, findCheck } from '@agentops/core/checks/registry';
import type { SchemaNode } from '@agentops/core/config/json-schema';
import { loadConfig } from '@agentops/core/config/load';
import { nearest } from '@agentops/core/config/nearest';
import { settingsOf } from '@agentops/core/diagnose/select';
import { AgentOpsError } from '@agentops/core/errors';
import type { Command } from 'commander';
import { z } from 'zod';
import { globalsOf } from '../globals.ts';
import { oneOf, writeResult } from '../output.ts';
import { terminalHost } from '../terminal-host.ts';

interface Setting {
  readonly name: string;
  readonly description: string;
  /** `ms` for durations, else empty: the description says it. */
  readonly unit: string;
  readonly default: unknown;
  /** What holds now: the configuration's value, else the default. */
  readonly value: unknown;
}

/** `agentops explain ID`. */
export async function explain(id: string, options: { output: string }, command: Command): Promise<void> {
  const format = oneOf('output format', options.output, ['text', 'json'] as const);
  const check = findCheck(id);
  if (!check) {
    const ids = allChecks.map(({ meta }) => meta.id);
    const word = id.split('/').at(-1) ?? id;
    const near = ids.find((each) => word !== '' && each.includes(word)) ?? nearest(id, ids);
    throw new AgentOpsError('usage', `unknown check "${id}"`, { hint: near ? `did you mean "${near}"?` : '`agentops checks` lists them' });
  }
  const globals = globalsOf(command);
  const { config } = loadConfig(terminalHost(globals), globals.config);
  const settings = settingsInForce(check, settingsOf(check, config));
  if (format === 'json') await writeResult(JSON.stringify({ ...check.meta, needs: check.needs, uses: check.uses, settings }, undefined, 2));
  else await writeResult(asText(check, settings));
}

function settingsInForce(check: AnyCheck, configured: object | undefined): Setting[] {
  const schema = z.toJSONSchema(check.settings, { io: 'input', unrepresentable: 'any' }) as SchemaNode;
  const defaults = check.settings.parse({}) as Readonly<Record<string, unknown>>;
  const chosen = (configured ?? {}) as Readonly<Record<string, unknown>>;
  return Object.entries(schema.properties ?? {}).map(([name, node]) => ({
    name,
    description: node.description ?? '',
    unit: node.title === 'duration' ? 'ms' : '',
    default: defaults[name],
    value: name in chosen ? chosen[name] : defaults[name],
  }));
}

function asText(check: AnyCheck, settings: readonly Setting[]): string {
  const { meta } = check;
  const lines = [`${meta.id}: ${meta.title}`, '', meta.why, '', 'What to do', ...meta.remedy.map((step) => `  · ${step}`)];
  if (settings.length > 0) {
    lines.push('', `Settings (agentops.yaml, checks: ${meta.id}:)`);
    for (const { name, description, unit, default: fallback, value } of settings) {
      const changed = JSON.stringify(value) === JSON.stringify(fallback) ? '' : ` (default ${asWritten(fallback, unit)})`;
      lines.push(`  ${name}: ${asWritten(value, unit)}${changed}${description ? `   ${description}` : ''}`);
    }
  }
  lines.push('', `Evidence: ${[...check.needs, ...check.uses].join(', ')}`);
  if (meta.source) lines.push(`Source: ${meta.source}`);
  return lines.join('\n');
}

/** As it would stand in agentops.yaml. */
function asWritten(value: unknown, unit: string): string {
  if (unit !== 'ms' || typeof value !== 'number') return JSON.stringify(value);
  const [factor, suffix] = (
    [
      [3_600_000, 'h'],
      [60_000, 'm'],
      [1000, 's'],
    ] as const
  ).find(([ms]) => value > 0 && value % ms === 0) ?? [1, 'ms'];
  return `${value / factor}${suffix}`;
}
