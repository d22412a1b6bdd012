/**
 * Where to place the window: where it was, if that is still on a display.
 */
import type { Remembered } from './memory';

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const minimumSize = { width: 720, height: 520 } as const;
const defaultSize = { width: 1180, height: 800 } as const;

/** This much of the title bar must be on a display for the window to be movable. */
const graspable = { width: 120, height: 40 } as const;

/**
 * Size, and position if known, of a new window. A window whose display is gone, or that is larger than its display, is
 * moved or resized so that all of it is visible.
 *
 * @param remembered from the last time
 * @param displays the work areas there are now, the primary one first
 */
export function placeWindow(
  remembered: Remembered['window'],
  displays: readonly Bounds[],
): { readonly width: number; readonly height: number; readonly x?: number; readonly y?: number } {
  const old = remembered?.bounds;
  const display = old === undefined ? undefined : displays.find((area) => isGraspable(old, area));
  const area = display ?? displays[0];
  const size = {
    width: fit(old?.width ?? defaultSize.width, minimumSize.width, area?.width),
    height: fit(old?.height ?? defaultSize.height, minimumSize.height, area?.height),
  };
  if (old === undefined || display === undefined) return size;
  return {
    ...size,
    x: clamp(old.x, display.x - size.width + graspable.width, display.x + display.width - graspable.width),
    y: clamp(old.y, display.y, display.y + display.height - graspable.height),
  };
}

/** Whether enough of a window's title bar is on a display to move the window. */
function isGraspable(window: Bounds, area: Bounds): boolean {
  const width = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  const height = Math.min(window.y + graspable.height, area.y + area.height) - Math.max(window.y, area.y);
  return width >= graspable.width && height > 0;
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));

const fit = (wanted: number, least: number, available = Infinity): number =>
  Math.min(Math.max(wanted, least), Math.max(available, least));
