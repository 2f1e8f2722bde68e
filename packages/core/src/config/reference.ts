import type { SchemaNode } from './json-schema.ts';

/** The configuration reference as Markdown, one row a setting, from the schema itself. */
export function configReference(schema: SchemaNode): string {
  const rows: string[] = [];
  walk(schema, '', rows);
  return ['| setting | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function walk(node: SchemaNode, path: string, rows: string[]): void {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const here = path ? `${path}.${name}` : name;
    describe(child, here, rows);
  }
}

function describe(node: SchemaNode, path: string, rows: string[]): void {
  const objects = [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])].filter((each) => each.properties);
  if (objects.length === 0 && !node.items?.properties && typeof node.additionalProperties !== 'object') {
    rows.push(row(path, node));
    return;
  }
  const meaning = node.description ?? node.items?.description;
  if (meaning) rows.push(`| \`${path}\` | ${node.items ? 'list' : 'map'} | | ${cell(meaning)} |`);
  for (const object of objects) {
    // What tells the branches of a union apart.
    const branch = object.properties?.method?.const ?? object.properties?.type?.const;
    walk(object, branch === undefined ? path : `${path} (${String(branch)})`, rows);
  }
  if (node.items?.properties) walk(node.items, `${path}[]`, rows);
  if (typeof node.additionalProperties === 'object') {
    if (node.additionalProperties.properties) walk(node.additionalProperties, `${path}.*`, rows);
    else if (!node.description) rows.push(row(path, node));
  }
}

function row(path: string, node: SchemaNode): string {
  const fallback = node.default === undefined ? '' : `\`${JSON.stringify(node.default)}\``;
  return `| \`${path}\` | ${cell(typeOf(node))} | ${cell(fallback)} | ${cell(node.description ?? '')} |`;
}

function typeOf(node: SchemaNode): string {
  if (node.title) return node.title;
  if (node.secret) return 'secret';
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  const alternatives = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  if (alternatives.length > 0) return [...new Set(alternatives.map(typeOf))].join(' or ');
  if (node.items) return `list of ${typeOf(node.items)}`;
  return node.type ?? 'any';
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
}
