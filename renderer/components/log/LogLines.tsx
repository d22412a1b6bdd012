import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useLayoutEffect, useRef, type Ref, useImperativeHandle } from 'react';
import { Button } from '../Button';
import { timeOfDay } from '../../state/format';
import { logs as strings } from '../../strings/logs';
import { cut, type Line, type LogModel } from './log-model';

/** Height of a line that is not wrapped, in pixels: `--line-height` of log.css. */
const lineHeight = 20;
/** How far from the end still counts as at the end, in pixels. */
const endSlack = 24;

export interface LogLinesHandle {
  /** Scrolls a shown line to the middle. */
  readonly show: (position: number) => void;
  /** Position of the first line in view. */
  readonly top: () => number;
}

interface LogLinesProps {
  readonly model: LogModel;
  readonly version: number;
  readonly wrap: boolean;
  readonly search: string;
  /** Position of the match that the search is at. */
  readonly current: number | undefined;
  readonly following: boolean;
  readonly onFollow: (following: boolean) => void;
  readonly ref: Ref<LogLinesHandle>;
}

/** Renders only the lines in view. Scrolling up stops following the log; scrolling to the end resumes it. */
export function LogLines({ model, version, wrap, search, current, following, onFollow, ref }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  /** The line at the top: how many shown lines ever came before it, and how far it is scrolled out of view. */
  const anchor = useRef({ place: 0, into: 0 });
  const forgotten = useRef(0);
  /** We changed the scroll position and the event for it has not arrived: until then the virtualizer uses the old one. */
  const isSettling = useRef(false);
  /** We scrolled to a match. If it is near the end, that must not resume following. */
  const isShowing = useRef(false);
  const virtualizer = useVirtualizer({
    count: model.shown,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    getItemKey: (position) => model.at(position)?.id ?? position,
    overscan: 30,
    paddingStart: 8,
    paddingEnd: 8,
  });
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _delta, { scrollOffset }) =>
    !isSettling.current && model.forgotten === forgotten.current && item.start < (scrollOffset ?? 0);
  useImperativeHandle(ref, () => ({
    show: (position) => {
      isShowing.current = true;
      virtualizer.scrollToIndex(position, { align: 'center' });
    },
    top: () => virtualizer.range?.startIndex ?? 0,
  }));

  // Heights were measured at another width
  useLayoutEffect(() => virtualizer.measure(), [wrap, virtualizer]);
  const remember = (element: HTMLElement): void => {
    lastTop.current = element.scrollTop;
    const top = virtualizer.getVirtualItemForOffset(element.scrollTop);
    if (top !== undefined) anchor.current = { place: top.index + model.forgotten, into: element.scrollTop - top.start };
  };
  const size = virtualizer.getTotalSize();
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const isOlder = model.forgotten > forgotten.current;
    forgotten.current = model.forgotten;
    if (following) {
      isShowing.current = false;
      element.scrollTop = element.scrollHeight;
    } else if (isOlder || (isSettling.current && element.scrollTop === lastTop.current)) {
      // Keep the line that is being read in place when older lines are dropped
      const { place, into } = anchor.current;
      const start = virtualizer.measurementsCache[Math.max(0, place - model.forgotten)]?.start ?? 0;
      isSettling.current = true;
      element.scrollTop = start + into;
      lastTop.current = element.scrollTop;
      return;
    }
    remember(element);
    // Depends on the size too: wrapped lines count as one line high until they are measured
  }, [version, following, wrap, model, size]);

  const scrolled = (): void => {
    const element = scroller.current;
    if (element === null) return;
    isSettling.current = false;
    const isOurs = isShowing.current;
    isShowing.current = false;
    const isUp = element.scrollTop < lastTop.current - 1;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < endSlack;
    remember(element);
    if (isAtEnd && !isOurs) onFollow(true);
    else if (isUp) onFollow(false);
  };
  return (
    <div className="log-frame">
      <div
        ref={scroller}
        className={`log-lines ${wrap ? 'log-wrap' : ''}`}
        role="region"
        aria-label={strings.lines}
        tabIndex={0}
        onScroll={scrolled}
        onKeyDown={(event) => {
          if (event.key === 'End') onFollow(true);
        }}
      >
        <div className="log-space" style={{ height: size }}>
          {virtualizer.getVirtualItems().map((item) => {
            const line = model.at(item.index);
            return (
              line !== undefined && (
                <div
                  key={item.key}
                  data-index={item.index}
                  ref={wrap ? virtualizer.measureElement : undefined}
                  className="log-row"
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <Row line={line} search={search} isCurrent={item.index === current} />
                </div>
              )
            );
          })}
        </div>
      </div>
      {!following && (
        <Button className="log-latest" icon="down" onClick={() => onFollow(true)}>
          {strings.latest}
        </Button>
      )}
    </div>
  );
}

/** Length of the timestamp that journald puts before a line: `2026-05-04T09:59:00+0000`. */
const timeLength = 24;

/** The guest's timestamp of a line as a time of day in the user's time zone; unchanged if it cannot be parsed. */
function localTime(time: string): string {
  const at = Date.parse(time);
  return Number.isNaN(at) ? time : timeOfDay(at, true);
}

const Row = memo(function Row({
  line,
  search,
  isCurrent,
}: {
  readonly line: Line;
  readonly search: string;
  readonly isCurrent: boolean;
}) {
  const look = line.note === true ? 'log-note' : `log-${line.level}`;
  return (
    <div className={`log-line ${look} ${isCurrent ? 'log-current' : ''}`}>
      {line.start > 0 && (
        <time
          className="log-time"
          dateTime={line.text.slice(0, timeLength)}
          title={line.text.slice(0, line.start).trim()}
        >
          {localTime(line.text.slice(0, timeLength))}
        </time>
      )}
      {cut(line.text.slice(line.start), search).map((part, index) =>
        index % 2 === 1 ? <mark key={index}>{part}</mark> : part,
      )}
    </div>
  );
});
