import { picoFromDollars } from '../../model/money.ts';
import { html, type Markup } from '../html/markup.ts';
import { rough } from './words.ts';

/** Of every chart, in the units of its viewBox. */
export const width = 880;
export const height = 240;
export const left = 64;
const bottom = 26;

/** Dollars upwards: three lines with their amounts, and where a value lies. */
export function moneyAxis(most: number): { readonly grid: readonly Markup[]; y(value: number): number } {
  const top = niceCeiling(most);
  const y = (value: number): number => (height - bottom) * (1 - value / top) + 8;
  const grid = [0, 0.5, 1].map(
    (part) =>
      html`<line x1="${left}" x2="${width}" y1="${round(y(top * part))}" y2="${round(y(top * part))}" class="grid"/><text x="${left - 8}" y="${round(y(top * part) + 4)}" text-anchor="end">${rough(picoFromDollars(top * part)).replace(/\.00$/, '')}</text>`,
  );
  return { grid, y };
}

/** Labels below, as many as there is room for. */
export function labelAxis(labels: readonly string[]): Markup[] {
  const step = (width - left) / Math.max(1, labels.length);
  const every = Math.ceil(labels.length / 16);
  return labels.flatMap((label, index) =>
    index % every === 0
      ? [html`<text x="${round(left + (index + 0.5) * step)}" y="${height - 4}" text-anchor="middle">${label}</text>`]
      : [],
  );
}

/** 1, 2 or 5 times a power of ten, at least `value`. */
function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value) ?? value;
}

export function round(value: number): string {
  return value.toFixed(1);
}
