/**
 * How a secret is called that a pattern covers (`vault.path: agents/*`):
 * NAME-SECRET, as names of entries are written: lower-case letters, digits and
 * dashes, at most 52.
 */
export function nameInFolder(name: string, secret: string): string {
  return `${name}-${secret}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 52)
    .replace(/-+$/, '');
}

/** Fills in what stands for an entry's name (`{name}`) and for the last part of its path (`{secret}`). */
export function fillNames(text: string, { name, secret }: { readonly name: string; readonly secret: string }): string {
  return text.replaceAll('{name}', name).replaceAll('{secret}', secret);
}
