import { displayWidth, padEnd, truncate } from './text';

export interface TableOptions {
  /** Columns of the terminal; without it nothing is cut. */
  readonly width?: number | undefined;
  readonly header?: readonly string[];
  readonly headerStyle?: (text: string) => string;
  /** Index of the column that gives way when the table is too wide. Default: the last. */
  readonly flexible?: number;
}

/** Rows as aligned columns, two blanks apart. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const { header, width, headerStyle = (text) => text } = options;
  const all = header === undefined ? rows : [header, ...rows];
  const count = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(0, ...all.map((row) => displayWidth(row[i] ?? ''))));
  const flexible = options.flexible ?? count - 1;
  if (width !== undefined && count > 0) {
    const others = widths.reduce((sum, w, i) => (i === flexible ? sum : sum + w + 2), 0);
    widths[flexible] = Math.max(8, Math.min(widths[flexible] ?? 0, width - others));
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => padEnd(truncate(cell, widths[i] ?? 0), widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return all.map((row, i) => (header !== undefined && i === 0 ? headerStyle(line(row)) : line(row))).join('\n');
}
