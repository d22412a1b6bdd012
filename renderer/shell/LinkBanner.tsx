import { Command } from '../components/Command';
import { Hints } from '../components/ErrorPanel';
import { Icon } from '../components/Icon';
import { useStore } from '../state/store';
import { shell } from '../strings/shell';

/** Warns that what is shown may be out of date, and why. */
export function LinkBanner() {
  const connected = useStore((state) => state.connected);
  const link = useStore((state) => state.snapshot?.link);
  if (!connected) {
    return (
      <div className="banner tone-bad" role="alert">
        <Icon name="warning" />
        <div className="stack">
          <p className="strong">{shell.hostLost}</p>
          <p>{shell.hostLostHint}</p>
          <Command command={shell.hostLostCommand} />
        </div>
      </div>
    );
  }
  if (link?.state !== 'lost') return null;
  return (
    <div className="banner tone-warn" role="alert">
      <Icon name="warning" />
      <div className="stack">
        <p className="strong">{shell.libvirtLost}</p>
        <p>{link.error.message}</p>
        <Hints hints={link.error.hints} />
      </div>
    </div>
  );
}
