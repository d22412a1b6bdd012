import { Tooltip } from 'radix-ui';
import type { ButtonHTMLAttributes, Ref } from 'react';
import { Icon, type IconName } from './Icon';
import { Spinner } from './Spinner';

type Native = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'type'> & { readonly ref?: Ref<HTMLButtonElement> };

export interface ButtonProps extends Native {
  /** One primary button at most in a group; danger is for what cannot be undone. */
  readonly look?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly icon?: IconName;
  /** Its work is running: it keeps its width and ignores clicks. */
  readonly busy?: boolean;
  readonly type?: 'button' | 'submit';
}

export const Button = ({
  look = 'plain',
  icon,
  busy = false,
  type = 'button',
  children,
  className = '',
  onClick,
  ...rest
}: ButtonProps) => (
  <button
    {...rest}
    type={type}
    className={`button button-${look} ${className}`}
    aria-busy={busy || undefined}
    aria-disabled={busy || undefined}
    onClick={busy ? (event) => event.preventDefault() : onClick}
  >
    {busy ? <Spinner /> : icon !== undefined && <Icon name={icon} />}
    {children}
  </button>
);

/** A button that is only an icon: its label is read out and shown as a tooltip. */
export const IconButton = ({
  icon,
  label,
  className = '',
  ...rest
}: Native & { readonly icon: IconName; readonly label: string }) => (
  <Tooltip.Root>
    <Tooltip.Trigger asChild>
      <button {...rest} type="button" className={`button button-quiet button-icon ${className}`} aria-label={label}>
        <Icon name={icon} />
      </button>
    </Tooltip.Trigger>
    <Tooltip.Portal>
      <Tooltip.Content className="tooltip" sideOffset={6}>
        {label}
      </Tooltip.Content>
    </Tooltip.Portal>
  </Tooltip.Root>
);
