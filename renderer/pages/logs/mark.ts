/**
 * The find that a search has come to. It is kept as a line and not as a number: while lines come and the oldest go out
 * of memory, numbers move.
 */
import type { LogModel } from '../../components/log/log-model';

export interface Mark {
  /** The line's id. */
  readonly id: number;
  /** Where the line was in what is shown, had none of that ever gone out of memory. */
  readonly place: number;
}

/** Marks a position of what is shown; null where there is no line. */
export function markAt(model: LogModel, position: number): Mark | null {
  const line = model.at(position);
  return line === undefined ? null : { id: line.id, place: position + model.forgotten };
}

/** Where the marked line is in what is shown; undefined where it is there no more. */
export function positionOf(model: LogModel, mark: Mark | null): number | undefined {
  if (mark === null) return undefined;
  const position = mark.place - model.forgotten;
  return model.at(position)?.id === mark.id ? position : undefined;
}

/**
 * Goes to the next find or the one before, around the ends; null where nothing is found.
 *
 * @param seen the first position that is in sight: where a search begins that has come to no find yet
 */
export function stepFrom(model: LogModel, mark: Mark | null, by: 1 | -1, seen: number): Mark | null {
  const { found } = model;
  const current = positionOf(model, mark);
  const next = current === undefined ? model.findFrom(seen) - (by === 1 ? 0 : 1) : model.findFrom(current) + by;
  const position = found === 0 ? undefined : model.positionOfFind((next + found) % found);
  return position === undefined ? null : markAt(model, position);
}
