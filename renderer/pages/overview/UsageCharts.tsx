import { lazy, Suspense } from 'react';
import type { Stats } from '../../../preload/api';
import { Card } from '../../components/Card';
import { bytes, percent } from '../../state/format';
import { useStore } from '../../state/store';
import { common } from '../../strings/common';
import { overview } from '../../strings/overview';
import type { ChartProps } from './Chart';

const Chart = lazy(() => import('./Chart'));
const { charts } = overview;
const rate = (value: number): string => common.perSecond(bytes(value));
const flow = (value: number, direction: string): string => charts.flow(rate(value), direction);

interface Plot {
  readonly title: string;
  readonly now: (last: Stats) => string;
  readonly series: ChartProps['series'];
  readonly format: (value: number) => string;
  /** The scale's least upper end. */
  readonly top: (last: Stats) => number;
}

const plots: readonly Plot[] = [
  {
    title: charts.cpu,
    now: (last) => percent(last.cpuPercent),
    series: [{ label: charts.cpu, of: (sample) => sample.cpuPercent }],
    format: percent,
    top: () => 100,
  },
  {
    title: charts.memory,
    now: (last) => common.amountOf(bytes(last.memoryUsedBytes), bytes(last.memoryTotalBytes)),
    series: [{ label: charts.memory, of: (sample) => sample.memoryUsedBytes }],
    format: bytes,
    top: (last) => last.memoryTotalBytes,
  },
  {
    title: charts.disk,
    now: (last) =>
      charts.both(flow(last.diskReadBytesPerSecond, charts.read), flow(last.diskWriteBytesPerSecond, charts.write)),
    series: [
      { label: charts.read, of: (sample) => sample.diskReadBytesPerSecond },
      { label: charts.write, of: (sample) => sample.diskWriteBytesPerSecond },
    ],
    format: rate,
    top: () => 2 ** 20,
  },
  {
    title: charts.network,
    now: (last) =>
      charts.both(
        flow(last.networkReceiveBytesPerSecond, charts.receive),
        flow(last.networkSendBytesPerSecond, charts.send),
      ),
    series: [
      { label: charts.receive, of: (sample) => sample.networkReceiveBytesPerSecond },
      { label: charts.send, of: (sample) => sample.networkSendBytesPerSecond },
    ],
    format: rate,
    top: () => 64 * 1024,
  },
];

/** What the VM used in the last five minutes. The numbers are told as text; the curves are for the eye. */
export function UsageCharts() {
  const stats = useStore((state) => state.stats);
  const last = stats.at(-1);
  return (
    <div className="charts">
      {plots.map((plot) => (
        <Card
          key={plot.title}
          title={plot.title}
          actions={<span className="muted small numeric">{last && plot.now(last)}</span>}
        >
          <div className="chart-place" aria-hidden="true">
            {last === undefined ? (
              <p className="muted small chart-waiting">{charts.waiting}</p>
            ) : (
              <Suspense fallback={null}>
                <Chart samples={stats} series={plot.series} format={plot.format} top={plot.top(last)} />
              </Suspense>
            )}
          </div>
        </Card>
      ))}
    </div>
  );
}
