import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import type { Stats } from '../../../preload/api';
import { useResolvedTheme } from '../../shell/theme';
import { timeOfDay } from '../../state/format';

export interface ChartProps {
  readonly samples: readonly Stats[];
  /** One or two; the second has the second colour. */
  readonly series: readonly { readonly label: string; readonly of: (sample: Stats) => number }[];
  readonly format: (value: number) => string;
  /** Least upper end of the scale. */
  readonly top: number;
}

const height = 120;
const windowSeconds = 300;

/** A token's colour as the canvas needs it: worked out, not as light-dark(). */
function colour(host: HTMLElement, token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  host.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const data = ({ samples, series }: Pick<ChartProps, 'samples' | 'series'>): UPlot.AlignedData => [
  samples.map(({ at }) => at / 1000),
  ...series.map(({ of }) => samples.map(of)),
];

/** Seconds only where the marks are less than a minute apart. */
const timesOf = (seconds: readonly number[]): string[] => {
  const isFine = seconds.some((second) => second % 60 !== 0);
  return seconds.map((second) => timeOfDay(second * 1000, isFine));
};

/** A curve over the last five minutes. */
export default function Chart({ samples, series, format, top }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const theme = useResolvedTheme();
  const latest = useRef({ samples, top, format });
  latest.current = { samples, top, format };

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const [text, line] = [colour(element, '--text-muted'), colour(element, '--line')];
    const axis: UPlot.Axis = {
      stroke: text,
      font: '11px system-ui',
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
    };
    const chart = new UPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: {
            range: () => {
              const end = (latest.current.samples.at(-1)?.at ?? Date.now()) / 1000;
              return [end - windowSeconds, end];
            },
          },
          y: { range: (_self, _min, max) => [0, Math.max(latest.current.top, max * 1.1)] },
        },
        axes: [
          { ...axis, size: 22, space: 60, values: (_self, splits) => timesOf(splits) },
          {
            ...axis,
            size: 64,
            splits: (_self, _axis, min, max) => [min, (min + max) / 2, max],
            values: (_self, splits) => splits.map((value) => latest.current.format(value)),
          },
        ],
        series: [
          {},
          ...series.map(({ label }, index) => {
            const stroke = colour(element, `--chart-${index + 1}`);
            return {
              label,
              stroke,
              width: 1.6,
              points: { show: false },
              ...(series.length === 1 ? { fill: `${stroke.replace('rgb(', 'rgba(').replace(')', ', 0.12)')}` } : {}),
            };
          }),
        ],
      },
      data({ samples: latest.current.samples, series }),
      element,
    );
    plot.current = chart;
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
  }, [theme, series]);

  useEffect(() => plot.current?.setData(data({ samples, series })), [samples, series]);
  return <div ref={host} />;
}
