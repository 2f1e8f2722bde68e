/** A piece of HTML that is safe to insert; text becomes one by {@link html} alone. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | readonly Markup[] | undefined;

/** Tagged template: everything inserted is escaped unless it is markup already. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const inserted = parts.map((part) => {
    if (part === undefined) return '';
    if (part instanceof Markup) return part.text;
    if (Array.isArray(part)) return part.map((each: Markup) => each.text).join('');
    return escapeHtml(String(part));
  });
  return new Markup(strings.map((text, index) => text + (inserted[index] ?? '')).join(''));
}

function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\P{Cc}\t\n]|\p{Bidi_Control}/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
