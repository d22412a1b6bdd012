/**
 * Replaces react-remove-scroll, which Radix wraps around dialogs and menus; build.mjs swaps it in. The original injects
 * a <style>, which our content security policy forbids. We do not need it: the page element scrolls, not the document,
 * so nothing scrolls behind a dialog.
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
