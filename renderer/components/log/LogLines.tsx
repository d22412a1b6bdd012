import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useLayoutEffect, useRef, type Ref, useImperativeHandle } from 'react';
import { Button } from '../Button';
import { logs as strings } from '../../strings/logs';
import { cut, type Line, type LogModel } from './log-model';

/** Height of a line that is not wrapped, in pixels: `--line-height` of logs.css. */
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
  const forgotten = useRef(0);
  const virtualizer = useVirtualizer({
    count: model.shown,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    getItemKey: (position) => model.at(position)?.id ?? position,
    overscan: 30,
    paddingStart: 8,
    paddingEnd: 8,
  });
  useImperativeHandle(ref, () => ({
    show: (position) => virtualizer.scrollToIndex(position, { align: 'center' }),
    top: () => virtualizer.range?.startIndex ?? 0,
  }));

  // Measured heights are of another width
  useLayoutEffect(() => virtualizer.measure(), [wrap, virtualizer]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const gone = model.forgotten - forgotten.current;
    forgotten.current = model.forgotten;
    if (following) element.scrollTop = element.scrollHeight;
    // What is being read stays where it is while older lines go
    else if (gone > 0 && !wrap) element.scrollTop -= gone * lineHeight;
    lastTop.current = element.scrollTop;
  }, [version, following, wrap, model]);

  const scrolled = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const isUp = element.scrollTop < lastTop.current - 1;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < endSlack;
    lastTop.current = element.scrollTop;
    if (isAtEnd) onFollow(true);
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
        <div className="log-space" style={{ height: virtualizer.getTotalSize() }}>
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

/** Of `2026-05-04T09:59:00+0000 …`: the clock's part, and the end of the whole. */
const [clockStart, clockEnd, timeEnd] = [11, 19, 24];

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
        <time className="log-time" dateTime={line.text.slice(0, timeEnd)} title={line.text.slice(0, line.start).trim()}>
          {line.text.slice(clockStart, clockEnd)}
        </time>
      )}
      {cut(line.text.slice(line.start), search).map((part, index) =>
        index % 2 === 1 ? <mark key={index}>{part}</mark> : part,
      )}
    </div>
  );
});
