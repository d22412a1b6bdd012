import { describe, expect, it } from 'vitest';
import { GiB, MiB, nearestStop, position, stops } from './scale';

describe('stops', () => {
  it('are finer where there is less', () => {
    const memory = stops('memoryBytes', { min: GiB, max: 20 * GiB }, 4 * GiB);
    expect(memory.slice(0, 3)).toEqual([GiB, 1.25 * GiB, 1.5 * GiB]);
    expect(memory[memory.indexOf(4 * GiB) + 1]).toBe(4.5 * GiB);
    expect(memory[memory.indexOf(16 * GiB) + 1]).toBe(17 * GiB);
    expect(memory.at(-1)).toBe(20 * GiB);
  });

  it('have both ends and what is configured, on the grid or not', () => {
    const odd = 3000 * MiB;
    const memory = stops('memoryBytes', { min: GiB, max: 7.3 * GiB }, odd);
    expect(memory).toContain(odd);
    expect(memory.at(-1)).toBe(7.3 * GiB);
    const disk = stops('diskBytes', { min: 20.5 * GiB, max: 64 * GiB }, 20.5 * GiB);
    expect(disk.slice(0, 3)).toEqual([20.5 * GiB, 21 * GiB, 22 * GiB]);
  });

  it('leave out what is out of range, and live with a range of one value', () => {
    expect(stops('cpus', { min: 1, max: 4 }, 9)).toEqual([1, 2, 3, 4]);
    expect(stops('cpus', { min: 1, max: 1 }, 1)).toEqual([1]);
  });

  it('stay few enough for the keyboard on a host with terabytes', () => {
    expect(stops('diskBytes', { min: 20 * GiB, max: 4096 * GiB }, 20 * GiB).length).toBeLessThan(400);
  });
});

describe('places on the slider', () => {
  const memory = stops('memoryBytes', { min: GiB, max: 8 * GiB }, GiB);

  it('are those of the stops, and between them in proportion', () => {
    expect(position(memory, GiB)).toBe(0);
    expect(position(memory, 8 * GiB)).toBe(1);
    const [four, next] = [4 * GiB, 4.5 * GiB].map((value) => position(memory, value));
    expect(position(memory, 4.25 * GiB)).toBeCloseTo(((four ?? 0) + (next ?? 0)) / 2);
  });

  it('end with the slider', () => {
    expect(position(memory, 100 * GiB)).toBe(1);
    expect(position(memory, 0)).toBe(0);
    expect(position([GiB], GiB)).toBe(0);
  });

  it('take what is typed to the nearest stop', () => {
    expect(memory[nearestStop(memory, 4.3 * GiB)]).toBe(4.5 * GiB);
    expect(memory[nearestStop(memory, 99 * GiB)]).toBe(8 * GiB);
  });
});
