/**
 * Writes what is generated and committed: parts of README.md, the package's copy of the licence.
 *
 *   node scripts/generate.ts           writes them
 *   node scripts/generate.ts --check   fails where one is out of date
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AnyCheck } from '../packages/core/src/checks/check.ts';
import { allChecks, categoryTitles } from '../packages/core/src/checks/registry.ts';
import { configJsonSchema, type SchemaNode } from '../packages/core/src/config/json-schema.ts';
import { configReference } from '../packages/core/src/config/reference.ts';

const root = join(import.meta.dirname, '..');
const parts: Readonly<Record<string, () => string>> = { checks: checkTable, configuration: settingsTable };

const readme = Object.entries(parts).reduce((text, [name, write]) => replacePart(text, name, write()), read('README.md'));
const files: Readonly<Record<string, string>> = { 'README.md': readme, 'packages/cli/LICENSE': read('LICENSE') };
const stale = Object.entries(files).filter(([name, text]) => read(name) !== text);

if (process.argv.includes('--check')) {
  for (const [name] of stale) process.stderr.write(`${name} is out of date: npm run generate\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [name, text] of stale) writeFileSync(join(root, name), text);
  process.stdout.write(stale.length > 0 ? `wrote ${stale.map(([name]) => name).join(', ')}\n` : 'nothing to do\n');
}

function read(name: string): string {
  try {
    return readFileSync(join(root, name), 'utf8');
  } catch {
    return '';
  }
}

function replacePart(text: string, name: string, content: string): string {
  const start = `<!-- generated: ${name} -->`;
  const end = `<!-- end: ${name} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no place for "${name}"`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}

/** Every setting but those of checks, which stand with the checks. */
function settingsTable(): string {
  const schema = configJsonSchema();
  const { checks: _checks, ...properties } = schema.properties ?? {};
  return configReference({ ...schema, properties });
}

/** A table a category: id, what is looked at, settings with their defaults. */
function checkTable(): string {
  const categories = [...new Set(allChecks.map(({ meta }) => meta.category))];
  const tables = categories.map((category) => {
    const rows = allChecks.filter(({ meta }) => meta.category === category).map(checkRow);
    return [`**${categoryTitles[category]}**`, '', '| check | looks at | settings |', '| --- | --- | --- |', ...rows].join('\n');
  });
  return `${allChecks.length} checks.\n\n${tables.join('\n\n')}`;
}

function checkRow(check: AnyCheck): string {
  const schema = z.toJSONSchema(check.settings, { io: 'input', unrepresentable: 'any' }) as SchemaNode;
  const settings = Object.entries(schema.properties ?? {})
    // null: a level that is not used.
    .filter(([, node]) => node.default !== null)
    .map(([name, node]) => `\`${name}: ${shown(node.default)}\``);
  return `| \`${check.meta.id}\` | ${check.meta.title} | ${settings.join(', ')} |`;
}

/** Long lists are left to `agentops explain`. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value);
  return text.length > 40 ? '…' : text;
}
