import { Toast } from 'radix-ui';
import { dismissToast, useStore } from '../state/store';
import { common } from '../strings/common';
import { IconButton } from './Button';
import { Hints } from './ErrorPanel';
import { Icon } from './Icon';

/** Good news disappears by itself. A failure stays until the user closes it. */
export function Toasts() {
  const toasts = useStore((state) => state.toasts);
  return (
    <Toast.Provider label={common.notification}>
      {toasts.map((toast) => (
        <Toast.Root
          key={toast.id}
          className={`toast tone-${toast.tone}`}
          duration={toast.tone === 'good' ? 5000 : Infinity}
          onOpenChange={(open) => {
            if (!open) dismissToast(toast.id);
          }}
        >
          <Icon name={toast.tone === 'good' ? 'check' : 'warning'} />
          <div className="toast-text">
            <Toast.Title>{toast.title}</Toast.Title>
            {toast.error !== undefined && toast.error.hints.length > 0 && <Hints hints={toast.error.hints} />}
          </div>
          <Toast.Close asChild>
            <IconButton icon="cross" label={common.close} />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="toasts" />
    </Toast.Provider>
  );
}
