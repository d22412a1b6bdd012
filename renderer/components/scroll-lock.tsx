/**
 * Stands in for react-remove-scroll, which Radix puts around what it opens: build.mjs swaps it in. That one injects a
 * <style>, which our content security policy forbids; and nothing behind a dialog scrolls here, since it is the page
 * element that scrolls and not the document.
 */
import type { ComponentType, ReactNode } from 'react';

interface RemoveScrollProps {
  readonly as?: ComponentType<{ readonly children: ReactNode }>;
  readonly allowPinchZoom?: boolean;
  readonly shards?: readonly unknown[];
  readonly children: ReactNode;
}

export const RemoveScroll = ({
  as: As = ({ children }) => <>{children}</>,
  allowPinchZoom: _pinch,
  shards: _shards,
  ...rest
}: RemoveScrollProps) => <As {...rest} />;
