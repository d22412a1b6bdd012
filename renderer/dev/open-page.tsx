/**
 * For component tests: a page on a fake host.
 */
import { cleanup, render, waitFor } from '@testing-library/react';
import { Tooltip } from 'radix-ui';
import type { ReactElement } from 'react';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { connect, useStore } from '../state/store';
import { fakeBridge, type FakeBridge, type FakeOptions } from './fake-bridge';

/**
 * Opens a page for one test, in a window of some size: jsdom lays nothing out, and a virtual list would see no room.
 *
 * @returns a function that renders the page once the host's first snapshot has arrived
 */
export function usePage(page: ReactElement): (options: FakeOptions) => Promise<FakeBridge> {
  let disconnect = (): void => undefined;
  beforeEach(() => {
    vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
    vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(900);
  });
  afterEach(() => {
    cleanup();
    disconnect();
    useStore.setState(useStore.getInitialState());
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
  return async (options) => {
    const bridge = fakeBridge(options);
    disconnect = connect(bridge);
    await waitFor(() => expect(useStore.getState().snapshot).not.toBeNull());
    render(<Tooltip.Provider>{page}</Tooltip.Provider>);
    return bridge;
  };
}
