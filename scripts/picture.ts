/**
 * Draws the terminal output of `agentops lab bad-rollout --diagnose` as
 * packages/cli/assets/diagnose.svg, for the README. Needs `npm run build`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const cli = join(import.meta.dirname, '..', 'packages', 'cli');
const command = ['lab', 'bad-rollout', '--diagnose'];
const width = 100;
/** Commands that stay on one line are cut here, as a terminal of this width would scroll them out of sight. */
const columns = 104;
const cell = { width: 7.8, height: 18 };
const padding = { left: 20, top: 52, bottom: 18 };

/** Foregrounds by SGR code, readable on the dark window whatever the page around it. */
const colors: Readonly<Record<string, string>> = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 35: '#d2a8ff' };
const theme = { window: '#161b22', frame: '#30363d', text: '#e6edf3', dim: '#9198a1', title: '#9198a1' };

/** Select graphic rendition: `ESC [ 31 m`. */
const sgr = new RegExp(String.raw`(${'\u001B'}\[[\d;]*m)`);

interface Style {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
}

const { stdout, stderr, status } = spawnSync(process.execPath, [join(cli, 'bin', 'agentops.cjs'), ...command], {
  encoding: 'utf8',
  env: { ...process.env, COLUMNS: String(width), FORCE_COLOR: '1', NO_COLOR: '' },
});
if (status !== 2) throw new Error(`agentops ended with ${status}: ${stderr}`);
const lines = [`\u001B[32m$\u001B[39m agentops ${command.join(' ')}`, ...stdout.trimEnd().split('\n')];
mkdirSync(join(cli, 'assets'), { recursive: true });
writeFileSync(join(cli, 'assets', 'diagnose.svg'), draw(lines));

function draw(text: readonly string[]): string {
  const size = {
    width: Math.ceil(columns * cell.width + 2 * padding.left),
    height: padding.top + text.length * cell.height + padding.bottom,
  };
  const rows = text.map((line, row) => `<text y="${padding.top + row * cell.height}">${spans(line)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-label="Terminal: agentops ${command.join(' ')}">
<rect x="0.5" y="0.5" width="${size.width - 1}" height="${size.height - 1}" rx="8" fill="${theme.window}" stroke="${theme.frame}"/>
<g><circle cx="20" cy="18" r="5.5" fill="#ff5f57"/><circle cx="38" cy="18" r="5.5" fill="#febc2e"/><circle cx="56" cy="18" r="5.5" fill="#28c840"/></g>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace" font-size="13" fill="${theme.text}" xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`;
}

/** A line as tspans, each with its place, so that columns stay in line whatever font is there. */
function spans(line: string): string {
  let style: Style = {};
  let column = 0;
  let out = '';
  for (const part of line.split(sgr)) {
    if (part.startsWith('\u001B')) {
      for (const code of part.slice(2, -1).split(';')) style = apply(style, code);
      continue;
    }
    // Words apart: a gap of two or more columns starts a new place.
    for (const [piece] of part.matchAll(/\s*\S+(?: \S+)*/g)) {
      const text = piece.trimStart();
      const start = column + piece.length - text.length;
      const shown = start + text.length > columns ? `${text.slice(0, columns - start - 1)}…` : text;
      if (start < columns)
        out += `<tspan x="${round(padding.left + start * cell.width)}" textLength="${round(shown.length * cell.width)}"${attributes(style)}>${escapeXml(shown)}</tspan>`;
      column += piece.length;
    }
    column += part.length - part.trimEnd().length;
  }
  return out;
}

function apply(style: Style, code: string): Style {
  if (code === '0' || code === '') return {};
  if (code === '1') return { ...style, bold: true };
  if (code === '2') return { ...style, dim: true };
  if (code === '22') return { ...style, bold: false, dim: false };
  if (code === '39') return { ...style, color: '' };
  return colors[code] ? { ...style, color: colors[code] } : style;
}

function attributes({ color, bold, dim }: Style): string {
  const fill = color || (dim ? theme.dim : '');
  return `${fill ? ` fill="${fill}"` : ''}${bold ? ' font-weight="700"' : ''}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
