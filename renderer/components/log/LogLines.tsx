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
  /** Brings a position of what is shown to the middle. */
  readonly show: (position: number) => void;
  /** The first position that is seen. */
  readonly top: () => number;
}

interface LogLinesProps {
  readonly model: LogModel;
  readonly version: number;
  readonly wrap: boolean;
  readonly search: string;
  /** The position that is marked as the find. */
  readonly current: number | undefined;
  readonly following: boolean;
  readonly onFollow: (following: boolean) => void;
  readonly ref: Ref<LogLinesHandle>;
}

/** The lines that are in sight. Scrolling up stops following; going to the end takes it up again. */
export function LogLines({ model, version, wrap, search, current, following, onFollow, ref }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  /** Of the line at the top: how many shown lines came before it since the beginning, and by how much it is scrolled. */
  const anchor = useRef({ place: 0, into: 0 });
  const forgotten = useRef(0);
  /** We moved the lines and the scroll event is still to come: until then the virtualizer goes by where they were. */
  const isSettling = useRef(false);
  /** A find was gone to: that it lies near the end does not mean that the end is wanted. */
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

  // Measured heights are of another width
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
      // What is being read stays where it is while older lines go
      const { place, into } = anchor.current;
      const start = virtualizer.measurementsCache[Math.max(0, place - model.forgotten)]?.start ?? 0;
      isSettling.current = true;
      element.scrollTop = start + into;
      lastTop.current = element.scrollTop;
      return;
    }
    remember(element);
    // The size: wrapped lines are taken for short ones until they were measured
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

/** Length of the time that journald puts before a line: `2026-05-04T09:59:00+0000`. */
const timeLength = 24;

/** The time before a line, which is the guest's, in the user's time zone; as it is where it cannot be read. */
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
