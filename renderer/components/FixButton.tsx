import { titleOf, type FixId, type Remedy } from '../../preload/api';
import { call } from '../state/host';
import { toast, useStore } from '../state/store';
import { useAction } from '../state/use';
import { common } from '../strings/common';
import { Button } from './Button';

export interface FixButtonProps {
  readonly remedy: Remedy;
  readonly fixId: FixId;
  readonly onFixed?: (() => void) | undefined;
}

/** Carries a remedy out; what it fails with is told in a toast. */
export function FixButton({ remedy, fixId, onFixed }: FixButtonProps) {
  const connected = useStore((state) => state.connected);
  const title = titleOf(remedy);
  const fix = useAction(async () => {
    await call('fix.run', { fixId });
    toast('good', common.fixed(title));
    onFixed?.();
  });
  return (
    <Button busy={fix.busy} disabled={!connected} onClick={() => fix.run()} aria-label={common.fixOf(title)}>
      {common.fix}
    </Button>
  );
}
