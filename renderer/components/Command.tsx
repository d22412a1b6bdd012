import { useEffect, useState } from 'react';
import { common } from '../strings/common';
import { toast } from '../state/store';
import { IconButton } from './Button';

/** A button that copies a text and says so for two seconds. */
export function CopyButton({ text, label = common.copy }: { readonly text: string; readonly label?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => toast('bad', common.notCopied),
    );
  };
  return (
    <>
      <IconButton icon={copied ? 'check' : 'copy'} label={copied ? common.copied : label} onClick={copy} />
      <span className="visually-hidden" role="status">
        {copied ? common.copied : ''}
      </span>
    </>
  );
}

/** A command to paste into a terminal. */
export const Command = ({ command }: { readonly command: string }) => (
  <div className="command">
    <code>{command}</code>
    <CopyButton text={command} label={common.copyCommand} />
  </div>
);
