import Table from 'cli-table3';

const none = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Quiet columns, no boxes; the head in bold where there is colour. */
export function plainTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: { width: number; color: boolean },
): string {
  const table = new Table({
    chars: none,
    style: { 'padding-left': 0, 'padding-right': 0, head: options.color ? ['bold'] : [], border: [] },
    head: [...head],
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
