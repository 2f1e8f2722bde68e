/** Colours a terminal report uses; with `color` off every function answers its text as it is. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
  magenta(text: string): string;
}

/** SGR pairs: on, off. */
const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], yellow: [33, 39], green: [32, 39], magenta: [35, 39] } as const;

/** The palette, or one that does nothing. */
export function createPaint(color: boolean): Paint {
  const paint = (name: keyof typeof codes) => (text: string) =>
    color && text !== '' ? `\u001B[${codes[name][0]}m${text}\u001B[${codes[name][1]}m` : text;
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    yellow: paint('yellow'),
    green: paint('green'),
    magenta: paint('magenta'),
  };
}
