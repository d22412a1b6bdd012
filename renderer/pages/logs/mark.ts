/**
 * The current match of a search. It is kept as a line, not as a position: positions move when old lines are dropped from
 * memory.
 */
import type { LogModel } from '../../components/log/log-model';

export interface Mark {
  /** The line's id. */
  readonly id: number;
  /** Its position among the shown lines if none of them had ever been dropped from memory. */
  readonly place: number;
}

/** Marks the shown line at a position; null if there is none. */
export function markAt(model: LogModel, position: number): Mark | null {
  const line = model.at(position);
  return line === undefined ? null : { id: line.id, place: position + model.forgotten };
}

/** Current position of the marked line; undefined if it is no longer shown. */
export function positionOf(model: LogModel, mark: Mark | null): number | undefined {
  if (mark === null) return undefined;
  const position = mark.place - model.forgotten;
  return model.at(position)?.id === mark.id ? position : undefined;
}

/**
 * The next or previous match, wrapping around at the ends; null if nothing matches.
 *
 * @param seen position of the first line in view, where a new search starts
 */
export function stepFrom(model: LogModel, mark: Mark | null, by: 1 | -1, seen: number): Mark | null {
  const { found } = model;
  const current = positionOf(model, mark);
  const next = current === undefined ? model.findFrom(seen) - (by === 1 ? 0 : 1) : model.findFrom(current) + by;
  const position = found === 0 ? undefined : model.positionOfFind((next + found) % found);
  return position === undefined ? null : markAt(model, position);
}
