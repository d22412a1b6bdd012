import { describe, expect, it } from 'vitest';
import { parseJobInfo } from './managed-save';

describe('parseJobInfo', () => {
  it('reads how much of the memory is written', () => {
    // virsh 9.0, in the middle of a managedsave
    const text = `Job type:         Unbounded
Operation:        Save
Time elapsed:     1023         ms
Data processed:   402.121 MiB
Data remaining:   2.111 GiB
Data total:       4.016 GiB
Memory processed: 402.121 MiB
Memory remaining: 2.111 GiB
Memory total:     4.016 GiB
Memory bandwidth: 401.000 MiB/s
Dirty rate:       0            pages/s
`;
    expect(parseJobInfo(text)).toEqual({ done: 402.121 * 2 ** 20, total: 4.016 * 2 ** 30 });
  });

  it('knows nothing before there is a job', () => {
    expect(parseJobInfo('Job type:         None\n')).toBeUndefined();
  });
});
