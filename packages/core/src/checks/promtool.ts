/** A command to copy that shows an expression's present value. Credentials are the reader's to add. */
export function promtool(url: string, expression: string): string {
  return `promtool query instant ${/^[\w:/.%[\]-]+$/.test(url) ? url : shellQuote(url)} ${shellQuote(expression)}`;
}

/** Single quotes for a POSIX shell. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
