import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import type { WorkloadKind, WorkloadRow } from '../../../preload/api';
import { Icon } from '../../components/Icon';
import { useNow } from '../../state/use-now';
import { workloads as strings } from '../../strings/workloads';
import { columnsOf, type Column } from './columns';
import type { Sort } from './table-state';

/** Height of a row in pixels: `--row-height` of workloads.css. */
const rowHeight = 40;

interface WorkloadsTableProps {
  readonly kind: WorkloadKind;
  readonly rows: readonly WorkloadRow[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly onOpen: (row: WorkloadRow) => void;
}

/** A table that renders only the rows in view. */
export function WorkloadsTable({ kind, rows, sort, onSort, onOpen }: WorkloadsTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const now = useNow(1000);
  const columns = columnsOf[kind];
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.uid ?? index,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div ref={scroller} className="workload-scroller" role="region" aria-label={strings.kinds[kind]} tabIndex={0}>
      <table className="workload-table" aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {columns.map((column) => {
              const { key } = column;
              const isSorted = sort.by === key;
              return (
                <th
                  key={key}
                  scope="col"
                  className={classOf(column)}
                  aria-sort={isSorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}
                >
                  <button
                    type="button"
                    className="workload-sort"
                    onClick={() => onSort({ by: key, descending: isSorted && !sort.descending })}
                  >
                    {strings.columns[key]}
                    <span className={`workload-arrow ${isSorted ? (sort.descending ? 'is-down' : 'is-up') : ''}`}>
                      <Icon name="chevron" size={14} />
                    </span>
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <tr aria-hidden="true" style={{ height: above }} />}
          {items.map(({ index, key }) => {
            const row = rows[index];
            return (
              row !== undefined && (
                <Row key={key} row={row} columns={columns} rowIndex={index + 2} now={now} onOpen={onOpen} />
              )
            );
          })}
          {below > 0 && <tr aria-hidden="true" style={{ height: below }} />}
        </tbody>
      </table>
    </div>
  );
}

/** A row that lights up for a moment when it changes. */
function Row({
  row,
  columns,
  rowIndex,
  now,
  onOpen,
}: {
  readonly row: WorkloadRow;
  readonly columns: readonly Column[];
  readonly rowIndex: number;
  readonly now: number;
  readonly onOpen: (row: WorkloadRow) => void;
}) {
  const content = columns.map(({ value }) => value(row)).join('\n');
  const [shown, setShown] = useState({ content, changes: 0 });
  if (shown.content !== content) setShown({ content, changes: shown.changes + 1 });
  return (
    <tr className={lightOf(shown.changes)} aria-rowindex={rowIndex} onClick={() => onOpen(row)}>
      {columns.map((column, position) => {
        const cell = column.cell?.(row, now) ?? column.value(row);
        return (
          <td
            key={column.key}
            className={classOf(column)}
            title={column.cell === undefined ? String(column.value(row)) : undefined}
          >
            {position === openerOf(row.kind) ? (
              <button type="button" className="workload-open">
                {cell}
              </button>
            ) : (
              cell
            )}
          </td>
        );
      })}
    </tr>
  );
}

/** Alternates between two identical animations: a browser restarts one only under another name. */
const lightOf = (changes: number): string =>
  changes === 0 ? '' : changes % 2 === 1 ? 'is-changed' : 'is-changed-again';

const classOf = ({ look, minor }: Column): string =>
  `${look === undefined ? '' : `workload-${look}`} ${minor === true ? 'workload-minor' : ''}`.trim();

/** The column whose cell is a button, for the keyboard. Its click bubbles to the row. */
const openerOf = (kind: WorkloadKind): number => (kind === 'events' ? 2 : 0);
