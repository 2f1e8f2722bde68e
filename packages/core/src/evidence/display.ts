/**
 * What may be shown of addresses and of servers' own words. Credentials travel
 * in user info, query strings and headers; none of them may reach a report.
 */

/** A URL without user info, query and fragment: `https://prom.example:9090/prometheus`. */
export function displayUrl(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname.replace(/\/+$/, '')}`;
  } catch {
    return 'an unreadable URL';
  }
}

/**
 * A server's own message, fit to be shown: one line, at most `max` characters,
 * URLs reduced to what {@link displayUrl} leaves, and each of `secrets` (what we
 * sent ourselves and a server may echo) blotted out.
 */
export function displayText(text: string, secrets: readonly string[] = [], max = 200): string {
  let clean = text;
  // Longest first, so that no secret survives as the rest of a shorter one.
  for (const secret of [...secrets].filter((value) => value.length > 2).sort((a, b) => b.length - a.length)) {
    clean = clean.replaceAll(secret, '***');
  }
  clean = clean
    .replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, (url) => displayUrl(url))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters of a server must not reach a terminal.
    .replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim();
  return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean;
}

/** A part of a URL decoded; as it is where a `%` in it was never encoded. */
export function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
